// Lines of a text, or rows of a table, as the server finds their laws; and what was chosen for them before.

import { post } from "../http.js";
import { partsOf } from "../lists/split_file.js";
import { number } from "../ticking/words.js";
import { pieces } from "./rows.js";

/** @import { Brought, ColumnsMapped, Law, MatchedLine, TableRow } from "../domain.js" */

const MATCHED_WITHIN_MS = 120_000;

/**
 * @param {string} text @param {{ show: (share: number) => void, signal: AbortSignal }} asked
 * @returns {Promise<{ all: MatchedLine[], told: string[] }>}
 */
export async function linesInText(text, { show, signal }) {
  /** @type {MatchedLine[]} */
  const all = [];
  /** @type {string[]} */
  const told = [];
  const parts = partsOf(text);
  let line = 0;
  for (const [at, part] of parts.entries()) {
    if (parts.length > 1) show(at / parts.length);
    const { data } = await post("/api/v1/records/match", { text: part }, { timeoutMs: MATCHED_WITHIN_MS, signal });
    told.push(...data.told);
    for (const item of data.items) all.push({ ...item, line: item.line + line, key: all.length });
    line += part.split("\n").length - 1;
  }
  return { all, told };
}

/**
 * Null where they are no longer wanted.
 * @param {TableRow[]} rows @param {{ show: (share: number | null, said: string) => void, isStill: () => boolean }} asked
 * @returns {Promise<MatchedLine[] | null>}
 */
export async function linesInTable(rows, { show, isStill }) {
  const texts = new Map(rows.map((row) => [row.line, row.law[0] ?? row.reference[0]]));
  const parts = pieces(rows);
  /** @type {MatchedLine[]} */
  const all = [];
  try {
    for (const [at, part] of parts.entries()) {
      if (parts.length > 1) show(at / parts.length, `${number(all.length)} of ${number(rows.length)} lines`);
      const { data } = await post("/api/v1/imports/match", { rows: part }, { timeoutMs: MATCHED_WITHIN_MS });
      if (!isStill()) return null;
      for (const item of data.items) all.push({ ...item, text: texts.get(item.line) ?? item.text, key: all.length });
    }
  } finally {
    show(null, "");
  }
  return all;
}

/** Of a table: by its line and what it says. @param {MatchedLine[]} lines */
export const byLine = (lines) => lines.map((item) => `${item.line} ${item.text}`);

/** Of a text lines come and go: by what a line says, and the how many-th it is that says so. @param {MatchedLine[]} lines */
export function bySaying(lines) {
  const seen = new Map();
  return lines.map(({ text }) => {
    seen.set(text, (seen.get(text) ?? 0) + 1);
    return `${seen.get(text)} ${text}`;
  });
}

/**
 * What was chosen for a line holds as long as the line says the same.
 * @param {MatchedLine[]} before @param {Map<number, Law | null>} choices @param {MatchedLine[]} now
 * @param {(lines: MatchedLine[]) => string[]} called
 * @returns {Map<number, Law | null>}
 */
export function chosenBefore(before, choices, now, called) {
  const names = called(before);
  /** @type {Map<string, Law | null>} */
  const kept = new Map();
  for (const [at, { key }] of before.entries()) if (choices.has(key)) kept.set(names[at], choices.get(key) ?? null);
  /** @type {Map<number, Law | null>} */
  const again = new Map();
  for (const [at, name] of called(now).entries()) if (kept.has(name)) again.set(now[at].key, kept.get(name) ?? null);
  return again;
}

/** @param {Brought["tables"][number]["rows"]} rows @param {Set<number>} named @param {ColumnsMapped} columnsAre */
export function unnamed(rows, named, { heading }) {
  return rows.map((row, at) => ({ row, at })).filter(({ row }) => !named.has(row.line)).map(({ row, at }) => ({
    line: row.line, text: row.cells.filter((cell) => cell.trim()).join(" · "), reason: at === heading ? "headings" : heading !== null && at < heading ? "above the headings" : "no law in this row",
  }));
}
