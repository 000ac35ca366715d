// What others did in a list, where a row shows something else now than it did: nothing jumps silently.

import { announce } from "../announce.js";
import { formatDate } from "../formats.js";
import { get } from "../http.js";
import { toast } from "../toast.js";
import { laws, quoted } from "./words.js";

/**
 * @typedef {{ by: { id: string, name: string }, at: string, added: string[], removed: string[] }} OfAnother
 * `gone`: laws that were ticked and are no rows any more. `turned`: rows that show the other state.
 * @typedef {{ list: string, since: number, turned: string[], gone: string[] }} Jumped
 */

/** Say at each row, or in words, who did it and when. @param {Jumped} what @param {ParentNode} [root] */
export async function sayWho({ list, since, turned, gone }, root = document) {
  if (!turned.length && !gone.length) return;
  let others = /** @type {OfAnother[]} */ ([]);
  try {
    const { data } = await get(`/api/v1/groups/${encodeURIComponent(list)}/changes?since=${since}`, { tries: 1 });
    others = data.others ?? [];
  } catch {
    return; // the page shows what is so; who did it stands in the history
  }
  for (const id of turned) sayAtRow(id, others, root);
  sayGone(gone, others);
}

/** @param {string} id @param {OfAnother[]} others @param {ParentNode} root */
function sayAtRow(id, others, root) {
  const one = others.find(({ added, removed }) => added.includes(id) || removed.includes(id));
  const row = root.querySelector(`[data-record-id="${id}"]`);
  const cell = row?.querySelector(".cell-title");
  if (!one || !cell) return;
  const words = said(one.removed.includes(id) ? "Unticked" : "Ticked", one);
  const note = Object.assign(document.createElement("span"), { className: "record-reason", textContent: words });
  note.dataset.testid = "by-another";
  cell.querySelector('[data-testid="by-another"]')?.remove();
  cell.append(note);
  announce(`${quoted(cell.querySelector(".record-title")?.textContent.trim() ?? "")}: ${words}`);
}

/** @param {string[]} gone @param {OfAnother[]} others */
function sayGone(gone, others) {
  for (const one of others) {
    const theirs = gone.filter((id) => one.removed.includes(id)).length;
    if (theirs) toast(`${laws(theirs)} ${said("unticked", one)}.`, { key: `another-${one.by.id}` });
  }
}

/** @param {string} what @param {OfAnother} one */
const said = (what, { by, at }) => `${what} by ${by.name}, ${formatDate(new Date(at), "time")}`;
