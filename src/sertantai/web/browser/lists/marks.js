// Marking rows, to do something with several: click, Shift-click for a range, x by keyboard; and dragging
// what is marked onto another list, beside the page or in the switcher (with Shift it is moved, else copied).

import { announce } from "../announce.js";
import { number } from "../ticking/words.js";

/** @import { Target } from "../domain.js" */

/** What `wireMarks` gives: the ids that are marked or dragged, and what hears of a drop on another list. */
/** @typedef {ReturnType<typeof wireMarks>} Marks */

const CONTROLS = "a, button, input, label, summary, select, details, textarea";

/** @param {HTMLElement} root */
export function wireMarks(root) {
  const marks = { ids, dragged, clear, restore, onDrop: /** @type {((target: Target) => unknown) | null} */ (null) };
  /** @type {HTMLElement | null} */ let last = null;
  /** @type {HTMLElement | null} */ let lone = null; // a row that is dragged without being marked

  const rows = () => [...root.querySelectorAll("tr.record")];
  const marked = () => rows().filter((row) => row.classList.contains("is-marked"));

  function ids() { return marked().map((row) => row.dataset.recordId); }

  function dragged() { return lone ? [String(lone.dataset.recordId)] : ids(); }

  function clear() {
    for (const row of marked()) set(row, false);
    show();
  }

  /** The rows were written anew. @param {string[]} marked */
  function restore(marked) {
    for (const row of rows()) set(row, marked.includes(row.dataset.recordId));
    show({ aloud: false });
  }

  /** @param {Found} row @param {boolean} value */
  function set(row, value) {
    row.classList.toggle("is-marked", value);
  }

  function show({ aloud = true } = {}) {
    const bar = root.querySelector("#marked-bar");
    if (!bar) return;
    const count = marked().length;
    bar.hidden = count === 0;
    bar.querySelector("#marked-count").textContent = number(count);
    if (count && aloud) announce(`${number(count)} marked`);
  }

  /** @param {Found} row */
  function range(row) {
    const all = rows();
    const [from, to] = [all.indexOf(/** @type {Found} */ (last)), all.indexOf(row)].sort((a, b) => a - b);
    for (const one of all.slice(Math.max(from, 0), to + 1)) set(one, true);
  }

  root.addEventListener("click", (event) => {
    const row = event.target?.closest("tr.record");
    if (!row || event.target?.closest(CONTROLS) || String(getSelection())) return;
    if (event.shiftKey && last?.isConnected) range(row);
    else set(row, !row.classList.contains("is-marked"));
    last = row;
    show();
  });

  root.addEventListener("keydown", (event) => {
    const row = event.target?.closest?.("tr.record");
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "x") { set(row, !row.classList.contains("is-marked")); last = row; show(); }
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = event.key === "ArrowDown" ? row.nextElementSibling : row.previousElementSibling;
      if (/** @type {Found} */ (event.target).matches("[data-testid=record-checkbox]") && next) {
        event.preventDefault();
        next.querySelector("[data-testid=record-checkbox]").focus();
      }
    }
  });

  root.addEventListener("dragstart", (event) => {
    const row = event.target?.closest?.("tr.record");
    if (!row) return;
    // Nothing on the page may move now: it would move away from under the pointer.
    lone = row.classList.contains("is-marked") ? null : row;
    const titles = (lone ? [lone] : marked()).map((one) => one.dataset.title);
    const carried = /** @type {DataTransfer} */ (event.dataTransfer);
    carried.effectAllowed = "copyMove";
    carried.setData("text/plain", titles.join("\n"));
    document.body.classList.add("is-dragging-laws");
    if (!document.getElementById("lists-side").offsetParent) document.getElementById("group-switcher")?.setAttribute("open", "");
  });
  root.addEventListener("dragend", () => {
    lone = null;
    document.body.classList.remove("is-dragging-laws");
    document.getElementById("group-switcher")?.removeAttribute("open");
  });

  wireTargets(marks);
  return marks;
}

/** Lists take what is dropped on them. @param {Marks} marks */
function wireTargets(marks) {
  for (const link of document.querySelectorAll("#lists-side li a, #group-switcher a.menu-item[href^='/groups/']")) {
    link.addEventListener("dragover", (event) => {
      event.preventDefault();
      /** @type {DataTransfer} */ (event.dataTransfer).dropEffect = event.shiftKey ? "move" : "copy";
      link.classList.add("is-target");
    });
    link.addEventListener("dragleave", () => link.classList.remove("is-target"));
    link.addEventListener("drop", (event) => {
      event.preventDefault();
      link.classList.remove("is-target");
      const id = String(link.pathname.split("/").pop());
      const name = link.querySelector(".target-name").textContent;
      void marks.onDrop?.({ id, name, move: event.shiftKey });
    });
  }
}
