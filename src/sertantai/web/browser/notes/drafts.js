// Notes and tags that could not be sent: kept in this browser until they are saved, shown to who wrote them only,
// and gone when they sign out.

import { inBrowser } from "../kept.js";

const KEY = "sertantai.drafts";
const DRAFTS_MAX = 50;
const CHARACTERS_MAX = 400_000;

const user = () => document.body.dataset.signedIn ?? document.querySelector("[data-user]")?.dataset.user ?? "";
/** @param {string} list @param {string} record */
const place = (list, record) => `${user()} ${list} ${record}`;

const all = () => inBrowser.read(KEY) ?? {};
/** @param {Record<string, any>} drafts */
const write = (drafts) => inBrowser.write(KEY, drafts); // where there is no room, the form still has it

/** @param {string | null} user @param {string} key */
const isOf = (user, key) => key.startsWith(`${user} `);

/** How many notes of a user wait here. @param {string | null} user */
export const countDrafts = (user) => Object.keys(all()).filter((key) => isOf(user, key)).length;

/** @param {string | null} user */
export function dropDrafts(user) {
  write(Object.fromEntries(Object.entries(all()).filter(([key]) => !isOf(user, key))));
}

/**
 * What was not saved for this law, or null.
 * @param {string} list @param {string} record
 * @returns {{ note: string | null, tags: string[] } | null}
 */
export const draftOf = (list, record) => all()[place(list, record)] ?? null;

/** @param {string} list @param {string} record @param {{ note: string | null, tags: string[] }} draft */
export function keepDraft(list, record, { note, tags }) {
  const drafts = Object.entries(all()).filter(([key]) => key !== place(list, record));
  drafts.push([place(list, record), { note, tags }]);
  while (drafts.length > DRAFTS_MAX || JSON.stringify(drafts).length > CHARACTERS_MAX) drafts.shift();
  write(Object.fromEntries(drafts));
}

/**
 * What was not saved for laws of a list; it is kept here no more.
 * @param {string} list @returns {{ record: string, note: string | null, tags: string[] }[]}
 */
export function takeDrafts(list) {
  const of = place(list, "");
  const drafts = Object.entries(all());
  const taken = drafts.filter(([key]) => key.startsWith(of));
  if (taken.length) write(Object.fromEntries(drafts.filter(([key]) => !key.startsWith(of))));
  return taken.map(([key, draft]) => ({ record: key.slice(of.length), ...draft }));
}

/** @param {string} list @param {string} record */
export function dropDraft(list, record) {
  const drafts = all();
  if (!(place(list, record) in drafts)) return;
  delete drafts[place(list, record)];
  write(drafts);
}
