// On every page: the sign in the top bar knows whether others are heard, and lists say their counts and names as they
// are by now, wherever they are named.

import { showSizes } from "../counts.js";
import { Problem, get } from "../http.js";
import { showLive } from "../sync_state.js";
import { tabs } from "../tabs.js";
import { wireCatchingUp } from "./catching_up.js";
import { wireHere } from "./here.js";
import { live } from "./live.js";
import { works } from "./work.js";

const ASKED_AFTER_MS = 300;
let isLeaving = false;

export function wireLive() {
  // Who signs in or out on this very page is on the way to another, and knows it.
  window.addEventListener("beforeunload", () => { isLeaving = true; });
  window.addEventListener("pageshow", () => { isLeaving = false; });
  live.addEventListener("change", () => {
    showLive(live.state);
    if (live.state === "off" || live.state === "away") works.forget();
  });
  live.addEventListener("refused", () => setTimeout(() => void askWhose(), ASKED_AFTER_MS));
  if (!live.user) return;
  wireCatchingUp();
  live.follow("service", { heard: () => undefined });
  live.follow("register", { heard: (event) => { if (event === "changed") document.dispatchEvent(new CustomEvent("sertantai:register")); } });
  followAll(`user:${live.user}`);
  for (const { dataset } of document.querySelectorAll("[data-organization]")) followAll(`organization:${dataset.organization}`);
  for (const place of document.querySelectorAll("[data-here]")) wireHere(place);
}

/** What happens to any list of somebody, or of an organization. @param {string} topic */
function followAll(topic) {
  let isIn = false;
  live.follow(topic, {
    heard(event, payload) {
      // Who was away does not know what happened meanwhile.
      if (event === "joined") {
        if (isIn && payload.mode !== "standing") tabs.hand({ list: null, live: true });
        isIn = true;
        works.are(topic, payload.work ?? []);
      } else if (event === "work") works.heard(topic, payload);
      else if (event === "lists") told(payload);
      else if (event === "organizations" || event === "members") tabs.hand({ list: null, live: true });
    },
  });
}

/** @param {{ list?: string, version?: number, count?: number, name?: string }} said nothing: look again */
function told({ list, version, count, name }) {
  if (list && count !== undefined) showSizes({ [list]: count });
  if (list && name) {
    for (const place of document.querySelectorAll(`a[href="/groups/${CSS.escape(list)}"] .target-name`)) {
      if (place.textContent !== name) place.textContent = name;
    }
  }
  if (!list || !version || !tabs.isOwn(list, version)) tabs.hand({ list: list ?? null, version, count, live: true });
}

/** The server lets nobody in with what this browser has: they may be signed out, which it then says. */
async function askWhose() {
  if (isLeaving || live.state === "off") return;
  try {
    await get("/api/v1/me", { tries: 1 });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
  }
}
