// Ticks, and notes that were not saved, which the server takes no more, as the right to their list has ended. They
// are kept in this browser until whoever made them has them as a file, throws them away or signs out.

import { csvText } from "../csv.js";
import { inBrowser } from "../kept.js";

/**
 * `value`: as it was to be; null: it is about the note only.
 * @typedef {{
 *   list: string, listName: string, record: string, title: string, value: boolean | null, note: string, tags: string[], at: number,
 * }} NotTaken
 */

const PREFIX = "sertantai.not-taken.";
const KEPT_MAX = 5_000;
const COLUMNS = ["List", "Law", "Wanted", "Note", "Tags", "Kept at", "List id", "Law id"];
const WANTED = new Map([[true, "ticked"], [false, "unticked"], [null, ""]]);

/** @param {string | null | undefined} user @returns {NotTaken[]} */
export const notTaken = (user, kept = inBrowser) => kept.read(PREFIX + user) ?? [];

/**
 * What is new of a law takes the place of what was there.
 * @param {string | null | undefined} user @param {NotTaken[]} more
 */
export function keepNotTaken(user, more, kept = inBrowser) {
  if (!more.length) return;
  const all = new Map(notTaken(user, kept).map((one) => [placeOf(one), one]));
  for (const one of more) all.set(placeOf(one), one);
  kept.write(PREFIX + user, [...all.values()].slice(-KEPT_MAX));
}

/** @param {string | null | undefined} user */
export const dropNotTaken = (user, kept = inBrowser) => kept.drop(PREFIX + user);

/** @param {NotTaken[]} all */
export function asCsv(all) {
  const rows = all.map(({ list, listName, record, title, value, note, tags, at }) =>
    [listName, title, WANTED.get(value) ?? "", note, tags.join(", "), new Date(at).toISOString(), list, record]);
  return csvText([COLUMNS, ...rows]);
}

/** @param {NotTaken} one */
const placeOf = ({ list, record, value }) => `${list} ${record} ${value === null}`;
