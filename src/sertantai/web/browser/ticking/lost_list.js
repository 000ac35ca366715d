// The right to a list has ended: what was meant for it is kept aside, and what this browser holds of it goes.

import { handFile } from "../hand_file.js";
import { takeDrafts } from "../notes/drafts.js";
import { toast } from "../toast.js";
import { asCsv, dropNotTaken, keepNotTaken, notTaken } from "./not_taken.js";
import { number } from "./words.js";

/** @import { Tick } from "./outbox.js" */
/** @import { NotTaken } from "./not_taken.js" */

const TOAST = "not-taken";

/**
 * Keep a tick aside, with the notes on laws of its list that were not saved.
 * @param {string | null | undefined} user @param {Tick} tick @param {string} listName
 */
export function setAside(user, { list, record, value, title }, listName) {
  const common = { list: String(list), listName, at: Date.now() };
  /** @type {NotTaken[]} */
  const notes = takeDrafts(String(list)).map(({ record: law, note, tags }) =>
    ({ ...common, record: law, title: "", value: null, note: note ?? "", tags }));
  keepNotTaken(user, [...notes, { ...common, record, title, value, note: "", tags: [] }]);
}

/** Whoever made them has them as a file, and they are gone from here. @param {string | null | undefined} user */
export function handNotTaken(user) {
  handFile(new Blob([asCsv(notTaken(user))], { type: "text/csv" }), "not-taken.csv");
  dropNotTaken(user);
}

/**
 * Say that some wait to be looked at; `words` why, where it has just happened.
 * @param {string | null | undefined} user @param {string} [words]
 */
export function sayNotTaken(user, words = "") {
  const count = notTaken(user).length;
  if (!count) return;
  const what = count === 1 ? "1 change was not saved" : `${number(count)} changes were not saved`;
  const shown = toast(`${words || `${what}, as you may no longer change the list.`} ${count === 1 ? "It is" : "They are"} kept in this browser.`, {
    kind: "danger",
    key: TOAST,
    durationMs: 0,
    undo: () => dropNotTaken(user),
    undoLabel: "Discard",
    action: { label: "Download", run: () => { handNotTaken(user); shown.close(); } },
  });
}
