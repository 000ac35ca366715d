// Every line of an import and what became of it: for the server to keep, and as a file for whoever brought it.

import { csvText } from "../csv.js";

/** @import { Law, MatchedLine, ReportLine } from "../domain.js" */
/** @import { Again } from "./noted.js" */

const TEXT_CHARACTERS_MAX = 1_000;
/** @type {Record<ReportLine["outcome"], string>} */
const OUTCOMES = {
  imported: "Imported", repeated: "Same law as an earlier line", ambiguous: "Not chosen: several laws could be meant", missing: "Not found", left_out: "Left out",
};
/**
 * In the order of the lines, from 1; headings of a file that has no line for them are none.
 * `without`: those that named no law and were not looked for.
 * @param {MatchedLine[]} items @param {{ line: number, text: string, reason: string }[]} without
 * @param {{ lawOf: (item: MatchedLine) => Law | null, choices: Map<number, Law | null>, again: Map<MatchedLine, Again> }} chosen
 * @returns {ReportLine[]}
 */
export function reportOf(items, without, { lawOf, choices, again }) {
  const lines = items.map((item) => reported(item, lawOf(item), again.get(item), choices.has(item.key)));
  const others = without.filter(({ line }) => line > 0).map(({ line, text, reason }) => ({ line, text: cut(text), outcome: /** @type {const} */ ("left_out"), reason }));
  return [...lines, ...others].sort((one, other) => one.line - other.line);
}

/** @param {MatchedLine} item @param {Law | null} law @param {Again | undefined} repeated @param {boolean} isDecided @returns {ReportLine} */
function reported(item, law, repeated, isDecided) {
  const line = { line: Math.max(1, item.line), text: cut(item.text) };
  if (!law && isDecided) return { ...line, outcome: "left_out", reason: "by hand" };
  if (!law) return { ...line, outcome: item.found === "missing" ? "missing" : "ambiguous" };
  const found = { ...line, record_id: law.id };
  if (repeated) return { ...found, outcome: "repeated", reason: `line ${repeated.first.line}` };
  return { ...found, outcome: "imported", reason: item.found === "matched" ? item.reasons[0] : "chosen by hand" };
}

/** @param {string} text */
const cut = (text) => text.slice(0, TEXT_CHARACTERS_MAX);

/** As spreadsheets open it. @param {ReportLine[]} lines @param {(id: string) => Law | undefined} lawOf */
export function csvOf(lines, lawOf) {
  const rows = lines.map(({ line, text, outcome, record_id: id, reason }) => {
    const law = id ? lawOf(id) : undefined;
    return [String(line), text, OUTCOMES[outcome], reason ?? "", law?.title_en ?? "", law?.name ?? ""];
  });
  return csvText([["Line", "Text", "Outcome", "Reason", "Law", "Name"], ...rows]);
}
