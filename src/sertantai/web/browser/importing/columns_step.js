// The first step: a table as it was brought, and what each of its columns is for.

import { post } from "../http.js";
import { announce } from "../announce.js";
import { number } from "../ticking/words.js";
import { ROLES, headingsOf, namesLaws } from "./rows.js";

/** @import { Brought, BroughtTable, ColumnsMapped } from "../domain.js" */

const SAMPLE_ROWS = 100;
const SAMPLE_CHARACTERS = 300;
const SAMPLE_COLUMNS = 1_000;
const SHOWN_ROWS = 8;
const HEADINGS_WITHIN = 20;
const CELL_CHARACTERS = 120;

/** As the server guesses it from the first rows. @param {Brought} tables @param {number} sheet @returns {Promise<ColumnsMapped>} */
export async function guessed(tables, sheet) {
  const rows = tables.tables[sheet].rows.slice(0, SAMPLE_ROWS).map((row) => row.cells.slice(0, SAMPLE_COLUMNS).map((cell) => cell.slice(0, SAMPLE_CHARACTERS + 1)));
  const { data } = await post("/api/v1/imports/columns", { rows }, { timeoutMs: 60_000 });
  return { sheet, heading: data.heading, roles: data.columns.map((/** @type {{ role: string }} */ one) => one.role), unmapped: "note" };
}

/** The sheet with most in it: others are often notes. @param {Brought} tables */
export function fullest({ tables }) {
  const sizes = tables.map((table) => table.rows.reduce((sum, row) => sum + row.cells.filter(Boolean).length, 0));
  return sizes.indexOf(Math.max(...sizes));
}

/** The letter that spreadsheets give a column. @param {number} at @returns {string} */
const letter = (at) => (at < 26 ? "" : letter(Math.floor(at / 26) - 1)) + String.fromCharCode(65 + (at % 26));

export class ColumnsStep {
  #changed;
  #chosen;
  /** @type {Brought | null} */ #tables = null;
  /** @type {ColumnsMapped | null} */ #mapped = null;
  #section = document.getElementById("columns");
  #sheet = document.getElementById("columns-sheet");
  #heading = document.getElementById("columns-heading-row");
  #table = document.getElementById("columns-table");

  /**
   * `changed`: somebody says something else of a column; `chosen`: another sheet is wanted.
   * @param {{ changed: (mapped: ColumnsMapped) => void, chosen: (sheet: number) => void }} tell
   */
  constructor({ changed, chosen }) {
    this.#changed = changed;
    this.#chosen = chosen;
    this.#sheet.addEventListener("change", () => this.#chosen(Number(this.#sheet.value)));
    this.#heading.addEventListener("change", () => {
      this.#say({ heading: this.#heading.value === "" ? null : Number(this.#heading.value) });
      this.#draw();
    });
    this.#table.addEventListener("change", (event) => {
      const select = /** @type {Found} */ (event.target);
      this.#say({ roles: this.#of().roles.map((role, at) => (at === Number(select.dataset.column) ? select.value : role)) });
      this.#state();
    });
    this.#section.querySelectorAll("[name=unmapped]").forEach((radio) => radio.addEventListener("change", () => this.#say({ unmapped: radio.value === "out" ? "out" : "note" })));
  }

  /** @param {Brought} tables @param {ColumnsMapped} mapped */
  show(tables, mapped) {
    this.#tables = tables;
    this.#mapped = mapped;
    const table = this.#brought();
    this.#sheet.replaceChildren(...tables.tables.map((one, at) => new Option(`${one.name || `Table ${at + 1}`} (${number(one.rows.length)} ${one.rows.length === 1 ? "row" : "rows"})`, String(at), false, at === mapped.sheet)));
    document.getElementById("columns-sheets").hidden = tables.tables.length < 2;
    this.#heading.replaceChildren(new Option("There are none", ""), ...table.rows.slice(0, HEADINGS_WITHIN).map((row, at) => new Option(`Row ${number(row.line)}: ${row.cells.filter((cell) => cell.trim()).join(" · ").slice(0, 60)}`, String(at))));
    this.#heading.value = mapped.heading === null ? "" : String(mapped.heading);
    this.#section.querySelectorAll("[name=unmapped]").forEach((radio) => { radio.checked = radio.value === mapped.unmapped; });
    document.getElementById("columns-told").textContent = [...tables.told, ...table.told].join(" ");
    this.#draw();
  }

  /** @returns {ColumnsMapped} */
  #of() {
    return /** @type {ColumnsMapped} */ (this.#mapped);
  }

  /** @returns {BroughtTable} */
  #brought() {
    return /** @type {Brought} */ (this.#tables).tables[this.#of().sheet];
  }

  /** @param {Partial<ColumnsMapped>} more */
  #say(more) {
    this.#mapped = { ...this.#of(), ...more };
    this.#changed(this.#mapped);
  }

  #draw() {
    const table = this.#brought();
    const mapped = this.#of();
    const headings = headingsOf(table, mapped);
    const from = mapped.heading === null ? 0 : mapped.heading + 1;
    const head = document.createElement("thead");
    head.append(rowOf("th", mapped.roles.map((role, at) => this.#heads(at, role, headings[at] ?? ""))));
    const body = document.createElement("tbody");
    body.append(...table.rows.slice(from, from + SHOWN_ROWS).map((row) => rowOf("td", mapped.roles.map((_, at) => short(row.cells[at] ?? "")))));
    const caption = Object.assign(document.createElement("caption"), { textContent: `The first ${number(Math.min(SHOWN_ROWS, Math.max(table.rows.length - from, 0)))} of ${number(Math.max(table.rows.length - from, 0))} rows` });
    this.#table.replaceChildren(caption, head, body);
    this.#state();
  }

  /** @param {number} at @param {string} role @param {string} heading */
  #heads(at, role, heading) {
    const box = document.createElement("div");
    box.className = "columns-head";
    const name = heading || `Column ${letter(at)}`;
    const select = document.createElement("select");
    select.className = "form-select form-select-sm";
    select.dataset.column = String(at);
    select.dataset.testid = "column-role";
    select.setAttribute("aria-label", `What “${name}” is`);
    select.append(...ROLES.map(([value, label]) => new Option(label, value, false, value === role)));
    box.append(Object.assign(document.createElement("span"), { className: "columns-name", textContent: name }), select);
    return box;
  }

  #state() {
    const ready = namesLaws(this.#of());
    const told = document.getElementById("columns-lack");
    told.hidden = ready;
    if (!ready) announce(told.textContent ?? "");
    document.getElementById("columns-next").disabled = !ready;
    for (const select of this.#table.querySelectorAll("select")) select.closest("th").dataset.role = select.value;
    for (const row of this.#table.querySelectorAll("tbody tr")) [...row.children].forEach((cell, at) => cell.classList.toggle("is-out", this.#of().roles[at] === "out"));
  }
}

/** @param {string} text */
const short = (text) => (text.length > CELL_CHARACTERS ? `${text.slice(0, CELL_CHARACTERS)}…` : text);

/** @param {"th" | "td"} tag @param {(string | Node)[]} cells */
function rowOf(tag, cells) {
  const row = document.createElement("tr");
  row.append(...cells.map((content) => {
    const cell = document.createElement(tag);
    if (tag === "th") cell.setAttribute("scope", "col");
    cell.append(content);
    return cell;
  }));
  return row;
}
