// Putting laws in order within their list: drop what is dragged between two rows, or Alt with the arrow keys.
// Only where the list is shown in its own order, as rows sorted by a column have no places.

import { announce } from "../announce.js";

/** @import { Where } from "../domain.js" */

/** Put laws elsewhere in their list. @typedef {(ids: string[], where: Where) => unknown} Place */

const OVER = ["is-over-start", "is-over-end"];

/** `ids()` are those being dragged. @param {HTMLElement} root @param {{ ids: () => string[], place: Place }} page */
export function wirePlacing(root, { ids, place }) {
  const ordered = () => root.querySelector("#list-state")?.dataset.ownOrder === "yes";
  /** @type {Found | null} */ let over = null;

  /** @param {Found | null} row @param {boolean} end */
  function show(row, end) {
    if (over && over !== row) over.classList.remove(...OVER);
    over = row;
    row?.classList.toggle("is-over-start", !end);
    row?.classList.toggle("is-over-end", end);
  }

  function hide() {
    over?.classList.remove(...OVER);
    over = null;
  }

  root.addEventListener("dragover", (event) => {
    const row = event.target?.closest?.("tr.record");
    if (!row || !ordered() || !document.body.classList.contains("is-dragging-laws")) return;
    event.preventDefault();
    /** @type {DataTransfer} */ (event.dataTransfer).dropEffect = "move";
    show(row, lowerHalf(row, event.clientY));
  });
  root.addEventListener("dragleave", (event) => {
    if (!root.contains(/** @type {Node | null} */ (event.relatedTarget))) hide();
  });
  root.addEventListener("dragend", hide);
  root.addEventListener("drop", (event) => {
    const row = /** @type {Found | null} */ (over);
    if (!row) return;
    event.preventDefault();
    const end = row.classList.contains("is-over-end");
    hide();
    const moved = ids();
    if (!moved.includes(row.dataset.recordId)) void place(moved, end ? { after: row.dataset.recordId } : { before: row.dataset.recordId });
  });

  root.addEventListener("keydown", (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const row = event.target?.closest?.("tr.record");
    if (!by || !row || !event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    if (ordered()) void step(row, by, place);
    else announce("Show the list in its own order to move laws.");
  });
}

/** One place up or down, past its neighbour on the page. Nothing at the page's edge. */
/** @param {Found} row @param {number} by @param {Place} place */
export function step(row, by, place) {
  const neighbour = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!neighbour) return null;
  const other = /** @type {Found} */ (neighbour).dataset.recordId;
  return place([row.dataset.recordId], by < 0 ? { before: other } : { after: other });
}

/** @param {Found} row @param {number} y */
function lowerHalf(row, y) {
  const box = row.getBoundingClientRect();
  return y > box.top + box.height / 2;
}
