// The list of an open page is gone, or the right to it: its laws go from the screen, and it is said.

import { announce } from "../announce.js";
import { closeDialog } from "../dialog.js";

const TITLE = "This list is no longer available";

/** @param {HTMLElement} page what shows the list */
export function showListGone(page) {
  if (page.hidden) return;
  for (const row of page.querySelectorAll("tr.record")) row.remove();
  for (const drawer of document.querySelectorAll("dialog.drawer[open]")) closeDialog(drawer);
  page.hidden = true;
  const box = document.createElement("section");
  box.className = "list-is-gone";
  box.dataset.testid = "list-gone";
  box.append(
    Object.assign(document.createElement("h1"), { textContent: TITLE }),
    Object.assign(document.createElement("p"), { textContent: "It was deleted, or it is no longer shared with you." }),
    Object.assign(document.createElement("a"), { href: "/groups", className: "btn btn-primary", textContent: "Your lists" }),
  );
  page.before(box);
  announce(TITLE, { urgent: true });
}
