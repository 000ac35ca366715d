// A table of records that can be ticked, with mouse, finger and keyboard: one tab stop, arrows inside.
//
// Wire it once to an element that outlives its rows; call `show()` after rows were replaced. The server
// writes the rows (pages/register/table.html); this keeps them showing what `ticking.selection` says.

import { announce } from "../announce.js";
import { Ranges } from "./ranges.js";
import { laws, number } from "./words.js";

/** @import { Ticking } from "./ticking.js" */
/** @import { ShownView } from "../domain.js" */

const JUMP_ROWS = 10;

export class TickTable {
  /** @type {string | null} */ #current = null;
  /** The rows that are shown, each with its box. */
  /** @type {[Found, Found][]} */ #drawn = [];
  /** @type {Set<string>} */ #marked = new Set();
  /** @type {number | null} */
  #markFrom = null;

  /**
   * root: element around the table, listens for everything in it.
   * view: () => ({ filter, sort, page, pages }), what the rows are a page of.
   * actions: focus is "first" or "last".
   * @param {HTMLElement} root @param {Ticking} ticking
   * @param {{
   *   view: () => ShownView,
   *   actions: { open: (id: string) => unknown, turn: (by: number, focus: string | null) => Promise<unknown>, tickMatching: () => unknown },
   * }} page
   */
  constructor(root, ticking, { view, actions }) {
    this.root = root;
    this.ticking = ticking;
    this.view = view;
    this.actions = actions;
    this.ranges = new Ranges(ticking);
    root.addEventListener("click", (event) => this.#clicked(event));
    root.addEventListener("mousedown", (event) => { if (event.shiftKey && event.target?.closest(".tick")) event.preventDefault(); });
    root.addEventListener("change", (event) => this.#boxChanged(event));
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("focusin", (event) => this.#focused(event));
    ticking.selection.addEventListener("change", () => this.#paint());
  }

  get rows() { return [...this.root.querySelectorAll("tr[data-record-id]")]; }
  get ids() { return this.rows.map((row) => row.dataset.recordId); }
  /** @param {string} id */
  row(id) { return this.root.querySelector(`tr[data-record-id="${CSS.escape(id)}"]`); }

  /** The rows are new: one tab stop, the boxes as they are to be. */
  show() {
    this.#unmark();
    const rows = this.rows;
    const kept = this.#current && rows.find((row) => row.dataset.recordId === this.#current);
    this.#drawn = rows.map((row) => [row, row.querySelector('[data-testid="record-checkbox"]')]);
    const stop = kept || rows.find((row) => row.contains(document.activeElement)) || rows[0];
    for (const inner of this.root.querySelectorAll("thead a, thead input, tbody a, tbody input, tbody tr")) {
      const index = inner === stop ? 0 : -1;
      if (inner.tabIndex !== index || !inner.hasAttribute("tabindex")) inner.tabIndex = index;
    }
    this.#current = stop?.dataset.recordId ?? null;
    this.#paint();
  }

  focus(which = "current") {
    const rows = this.rows;
    const row = which === "first" ? rows[0] : which === "last" ? rows.at(-1) : (this.#current === null ? null : this.row(this.#current)) ?? rows[0];
    this.#goTo(row);
  }

  /** Tick the page, or untick it when all of it is ticked. */
  tickPage() {
    const ids = this.ids;
    const value = !ids.every((id) => this.ticking.selection.has(id));
    const changing = ids.filter((id) => this.ticking.selection.has(id) !== value);
    this.ranges.forget();
    if (changing.length) this.ticking.tickMany(changing, value);
    announce(`${laws(ids.length)} on this page ${value ? "ticked" : "unticked"}`);
  }

  // -------------------------------------------------------------------------------------------- mouse

  /** @param {MouseEvent} event */
  #clicked(event) {
    const box = event.target?.closest('[data-testid="record-checkbox"]');
    if (box) {
      this.#boxClicked(box, event.shiftKey);
      return;
    }
    const title = event.target?.closest("a.record-title");
    if (title && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      this.actions.open(title.closest("tr").dataset.recordId);
    }
  }

  /** @param {Found} box @param {boolean} shift */
  #boxClicked(box, shift) {
    const row = box.closest("tr");
    const id = row.dataset.recordId;
    const value = !this.ticking.selection.has(id);
    if (!this.ticking.mayTick) {
      box.checked = false;
      this.ticking.denied();
      return;
    }
    if (shift && this.ranges.reaches()) this.ranges.extend(id, value, this.ids, this.view(), titleOf(row));
    else {
      this.ticking.tick(id, value, titleOf(row));
      this.ranges.start(id, this.view());
    }
    box.checked = this.ticking.selection.has(id);
  }

  /** @param {Event} event */
  #boxChanged(event) {
    if (/** @type {Found} */ (event.target).id !== "select-page") return;
    this.tickPage();
    this.#paint();
  }

  // ----------------------------------------------------------------------------------------- keyboard

  /** @param {FocusEvent} event */
  #focused(event) {
    const row = event.target?.closest("tr[data-record-id]");
    if (!row || row.dataset.recordId === this.#current) return;
    if (this.#current) this.row(this.#current)?.setAttribute("tabindex", "-1");
    row.tabIndex = 0;
    this.#current = row.dataset.recordId;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.altKey || event.target?.closest("select, textarea, input:not([type=checkbox])")) return;
    const row = event.target?.closest("tr");
    if (!row || !this.root.contains(row)) return;
    const chord = `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.shiftKey ? "Shift+" : ""}${event.key}`;
    const done = row.closest("thead") ? this.#keyInHeader(chord, event) : this.#keyInRow(chord, row, event);
    if (done) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** @param {string} chord @param {Found} row @param {KeyboardEvent} event */
  #keyInRow(chord, row, event) {
    const rows = this.rows;
    const at = rows.indexOf(row);
    switch (chord) {
      case "ArrowDown": return this.#step(rows, at, 1);
      case "ArrowUp": return this.#step(rows, at, -1);
      case "PageDown": return this.#goTo(rows[Math.min(at + JUMP_ROWS, rows.length - 1)]);
      case "PageUp": return this.#goTo(rows[Math.max(at - JUMP_ROWS, 0)]);
      case "Home": return this.#goTo(rows[0]);
      case "End": return this.#goTo(rows.at(-1));
      case "ArrowRight": return this.#turn(1, "first");
      case "ArrowLeft": return this.#turn(-1, "first");
      case "Shift+ArrowDown": return this.#mark(rows, at, 1);
      case "Shift+ArrowUp": return this.#mark(rows, at, -1);
      case "Escape": return this.#unmark();
      case "Enter": this.actions.open(row.dataset.recordId); return true;
      case " ": case "Shift+ ": return /** @type {Found} */ (event.target).tagName === "INPUT" ? false : this.#tickMarked(row);
      // Never a single letter: words typed for the search may come here.
      case "Ctrl+Shift+A": case "Ctrl+Shift+a": this.tickPage(); return true;
      case "Ctrl+a": case "Ctrl+A": this.actions.tickMatching(); return true;
      default: return false;
    }
  }

  /** @param {string} chord @param {KeyboardEvent} event */
  #keyInHeader(chord, event) {
    const stops = [...this.root.querySelectorAll("thead input, thead a")];
    const at = stops.indexOf(/** @type {Found} */ (event.target));
    if (chord === "ArrowDown") return this.#goTo(this.rows[0]);
    if (chord === "ArrowRight" || chord === "ArrowLeft") {
      stops[(at + (chord === "ArrowRight" ? 1 : -1) + stops.length) % stops.length]?.focus();
      return true;
    }
    return false;
  }

  /** @param {Found[]} rows @param {number} at @param {number} by */
  #step(rows, at, by) {
    this.#unmark();
    const next = rows[at + by];
    if (next) return this.#goTo(next);
    if (by > 0) return this.#turn(1, "first");
    if (this.view().page > 1) return this.#turn(-1, "last");
    this.root.querySelector("#select-page")?.focus();
    return true;
  }

  /** @param {number} by @param {string | null} focus */
  #turn(by, focus) {
    const { page, pages } = this.view();
    if (page + by >= 1 && page + by <= pages) this.actions.turn(by, focus);
    return true;
  }

  /** @param {Found | undefined} row */
  #goTo(row) {
    if (!row) return true;
    row.focus({ preventScroll: true });
    keepInView(row);
    return true;
  }

  // ------------------------------------------------------------------------------- marks with the keys

  /** @param {Found[]} rows @param {number} at @param {number} by */
  #mark(rows, at, by) {
    const next = rows[at + by];
    if (!next) return true;
    const from = (this.#markFrom ??= at);
    const [low, high] = [Math.min(from, at + by), Math.max(from, at + by)];
    this.#marked = new Set(rows.slice(low, high + 1).map((row) => row.dataset.recordId));
    this.#goTo(next);
    this.#paintMark();
    announce(`${laws(this.#marked.size)} marked`);
    return true;
  }

  #unmark() {
    if (!this.#marked.size) return false;
    this.#marked.clear();
    this.#markFrom = null;
    this.#paintMark();
    return true;
  }

  /** @param {Found} row */
  #tickMarked(row) {
    const { selection } = this.ticking;
    const ids = this.#marked.size > 1 ? [...this.#marked] : [row.dataset.recordId];
    const value = !ids.every((id) => selection.has(id));
    const changing = ids.filter((id) => selection.has(id) !== value);
    if (ids.length === 1) {
      this.ticking.tick(ids[0], value, titleOf(row));
      this.ranges.start(ids[0], this.view());
    } else {
      this.ticking.tickMany(changing, value);
    }
    return true;
  }

  #paintMark() {
    for (const row of this.rows) row.classList.toggle("is-marked", this.#marked.has(row.dataset.recordId));
  }

  // -------------------------------------------------------------------------------------------- paint

  #paint() {
    const { selection } = this.ticking;
    let ticked = 0;
    const rows = this.#drawn;
    for (const [row, box] of rows) {
      const on = selection.has(row.dataset.recordId);
      ticked += Number(on);
      if (box.checked !== on) box.checked = on;
      if ((row.getAttribute("aria-selected") === "true") !== on) {
        row.setAttribute("aria-selected", String(on));
        row.classList.toggle("is-ticked", on);
      }
    }
    const header = this.root.querySelector("#select-page");
    if (!header) return;
    header.checked = rows.length > 0 && ticked === rows.length;
    header.indeterminate = ticked > 0 && ticked < rows.length;
    header.dataset.state = header.checked ? "all" : header.indeterminate ? "some" : "none";
    header.title = `${number(ticked)} of ${number(rows.length)} on this page are ticked`;
  }
}

/** @param {Found} row */
export const titleOf = (row) => row.querySelector(".record-title")?.textContent.trim() ?? "";

/** Rows may hide under what sticks to the top; the browser's own scrolling does not know of it. @param {Found} row */
function keepInView(row) {
  const box = row.getBoundingClientRect();
  const head = row.closest("table").querySelector("thead").getBoundingClientRect();
  const bottom = innerHeight - 72;
  if (box.top < head.bottom) scrollBy({ top: box.top - head.bottom, behavior: "instant" });
  else if (box.bottom > bottom) scrollBy({ top: box.bottom - bottom, behavior: "instant" });
}
