// Putting laws in order within their list: drop what is dragged between two rows, or Alt with the arrow keys.
// Only where the list is shown in its own order, as rows sorted by a column have no places.

import { announce } from "../announce.js";

const OVER = ["is-over-start", "is-over-end"];

/** `place(ids, where)` with `where` one of `{ before }`, `{ after }`; `ids()` are those being dragged. */
export function wirePlacing(root, { ids, place }) {
  const ordered = () => root.querySelector("#list-state")?.dataset.ownOrder === "yes";
  /** @type {HTMLElement | null} */ let over = null;

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
    event.dataTransfer.dropEffect = "move";
    show(row, lowerHalf(row, event.clientY));
  });
  root.addEventListener("dragleave", (event) => {
    if (!root.contains(event.relatedTarget)) hide();
  });
  root.addEventListener("dragend", hide);
  root.addEventListener("drop", (event) => {
    const row = over;
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
export function step(row, by, place) {
  const neighbour = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (!neighbour) return null;
  const other = neighbour.dataset.recordId;
  return place([row.dataset.recordId], by < 0 ? { before: other } : { after: other });
}

function lowerHalf(row, y) {
  const box = row.getBoundingClientRect();
  return y > box.top + box.height / 2;
}
