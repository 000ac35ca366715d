// What an event of a list means for a page that shows it at some version. Each event goes on where the one before it
// ended, so what was missed is known.

/**
 * `from` and `version`: of the list, before and after. `many` in the place of `added` and `removed`: too many to name.
 * @typedef {{
 *   version: number, from: number, count: number, op?: string, ops?: string[], by?: { id: string, name: string } | null,
 *   at?: string, source?: string, added?: string[], removed?: string[], many?: { added: number, removed: number },
 * }} Step
 * `at`: what was heard last of the list; `rows`: the version of the rows that are shown.
 * @typedef {{ at: number, rows: number }} Standing
 */

/**
 * "known": the rows show it already; "next": it can be written into them; "look": the rows must be asked for again.
 * @param {Pick<Step, "version" | "from" | "many">} step @param {Standing} standing
 */
export function meaning({ version, from, many }, { at, rows }) {
  if (version <= rows) return "known";
  if (from > Math.max(at, rows)) return "look"; // something between them did not come
  if (from < rows) return "look"; // the rows show a part of it, and which nobody knows
  return many ? "look" : "next";
}

/**
 * What somebody lacks who joins a list: the answer as a step, or null where nothing is missing or nobody can say.
 * @param {any} answer @param {Standing} standing @returns {{ what: "current" | "look" } | { what: "step", step: Step }}
 */
export function missing(answer, { at, rows }) {
  const version = Number(answer.version);
  if (answer.mode === "current" || (answer.mode === "standing" && version <= Math.max(at, rows))) return { what: "current" };
  if (answer.mode !== "changes") return { what: "look" };
  return { what: "step", step: { ...answer, from: Number(answer.since) } };
}

/** What is ticked afterwards, by law. @param {Pick<Step, "added" | "removed">} step @returns {Map<string, boolean>} */
export function statesOf({ added = [], removed = [] }) {
  return new Map([...removed.map((id) => /** @type {[string, boolean]} */ ([id, false])), ...added.map((id) => /** @type {[string, boolean]} */ ([id, true]))]);
}

/**
 * How many changes are in it, and behind which version, where they are all named. @param {Pick<Step, "ops" | "from">} step
 * @returns {{ changes: number, from?: number }}
 */
export const changesIn = ({ ops, from }) => (ops ? { changes: ops.length, from } : { changes: 1 });
