// Smart lists that are looked at anew say so wherever a page names them.

import { announce } from "../announce.js";
import { works } from "./work.js";

let isSaid = false;

export function wireCatchingUp() {
  works.addEventListener("work", show);
  document.addEventListener("sertantai:part", show);
}

function show() {
  const lists = new Set(works.of("smart_list").map(({ list }) => list));
  let isShown = false;
  for (const sign of document.querySelectorAll("[data-catching-up]")) {
    sign.hidden = !lists.has(sign.dataset.catchingUp);
    isShown ||= !sign.hidden;
  }
  if (isShown === isSaid) return;
  isSaid = isShown;
  announce(isShown ? "Smart lists are catching up" : "Smart lists are up to date");
}
