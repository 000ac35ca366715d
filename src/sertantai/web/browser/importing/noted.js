// What the lines of an import come to, law by law: the first line that names a law, and what further ones add to it.

/** @import { Law, MatchedLine } from "../domain.js" */

const NOTE_CHARACTERS_MAX = 10_000;
const TAGS_MAX = 50;
const BETWEEN = "\n\n";

/**
 * A line that names a law which another names before it. `added`: what it notes was put to that one's.
 * @typedef {{ first: MatchedLine, added: boolean }} Again
 * @typedef {{ record_id: string, note?: string, tags?: string[], responsible?: string, review_on?: string }} Wanted
 */

/**
 * The laws to import, and the lines that name one of them again. With `together` what several lines note of a law
 * is one note, as rows of somebody's own register are about its parts; else the first line counts.
 * @param {MatchedLine[]} items @param {(item: MatchedLine) => Law | null} lawOf @param {boolean} together
 */
export function laid(items, lawOf, together) {
  /** @type {Map<string, { item: MatchedLine, wanted: Wanted }>} */
  const byLaw = new Map();
  /** @type {Map<MatchedLine, Again>} */
  const again = new Map();
  for (const item of items) {
    const law = lawOf(item);
    if (!law) continue;
    const known = byLaw.get(law.id);
    if (!known) byLaw.set(law.id, { item, wanted: { record_id: law.id, ...item.annotation } });
    else again.set(item, { first: known.item, added: together && add(known.wanted, item.annotation) });
  }
  return { wanted: [...byLaw.values()].map((one) => one.wanted), again };
}

/** Whether all of it found its place. @param {Wanted} wanted @param {MatchedLine["annotation"]} more */
function add(wanted, more) {
  const tags = [...new Set([...(wanted.tags ?? []), ...(more?.tags ?? [])])];
  const there = (wanted.note ?? "").split(BETWEEN);
  const note = !more?.note || there.includes(more.note) ? (wanted.note ?? "") : [wanted.note, more.note].filter(Boolean).join(BETWEEN);
  if (note.length > NOTE_CHARACTERS_MAX || tags.length > TAGS_MAX) return false;
  if (note) wanted.note = note;
  if (tags.length) wanted.tags = tags;
  return true;
}
