// What others did in a list, where a row shows something else now than it did: nothing jumps silently.

import { announce } from "../announce.js";
import { formatDate } from "../formats.js";
import { get } from "../http.js";
import { toast } from "../toast.js";
import { laws, quoted } from "./words.js";

/**
 * What stands at a law. @typedef {{ note?: string, tags?: string[] }} Annotated
 * @typedef {{ by: { id: string, name: string }, at: string, added: string[], removed: string[] }} OfAnother
 * `gone`: laws that were ticked and are no rows any more. `turned`: rows that show the other state.
 * `ticked`: null for a note. @typedef {{ id: string, words: string, by: string, ticked: boolean | null }} Spoken
 * @typedef {{ list: string, since: number, turned: string[], gone: string[] }} Jumped
 */

const SPOKEN_AFTER_MS = 600;
const SPOKEN_SINGLY_MAX = 2;
const NAMED_MAX = 3;
const SAID_MAX = 500;
/** For so long a row that somebody else has changed stands out. */
export const SEEN_MS = 1_500;

export class Colleagues {
  /** @type {string | null} */ #list = null;
  /** What is not spoken yet: of many things one hears how many. @type {Spoken[]} */
  #unspoken = [];
  #speaking = 0;
  /** What is said at rows, by law: they are written anew whenever the page looks again. @type {Map<string, { words: string, ticked: boolean | null, isNew: boolean }>} */
  #said = new Map();

  /** Say at each row, or in words, who did it and when. @param {Jumped} what @param {ParentNode} [root] */
  async say({ list, since, turned, gone }, root = document) {
    if (!turned.length && !gone.length) return;
    let others = /** @type {OfAnother[]} */ ([]);
    try {
      const { data } = await get(`/api/v1/groups/${encodeURIComponent(list)}/changes?since=${since}`);
      others = data.others ?? [];
    } catch {
      return; // the page shows what is so; who did it stands in the history
    }
    for (const id of turned) this.#sayAtRow(list, id, others, root);
    sayGone(gone, others);
  }

  /** Somebody did it just now, and rows show it, or will. @param {string} list @param {OfAnother} one @param {Map<string, boolean>} states @param {ParentNode} [root] */
  heard(list, one, states, root = document) {
    if (list !== this.#list) return;
    for (const [id, ticked] of states) {
      this.#sayAt(id, done(one, ticked), ticked, root);
      this.#speak(id, done(one, ticked), one, ticked);
    }
  }

  /**
   * Somebody wrote a note just now, or tags: rows that show other ones will show these. Where only the order is
   * another, there is nothing to be said. @param {string} list @param {Pick<OfAnother, "by" | "at">} one @param {Record<string, Annotated>} records @param {ParentNode} [root]
   */
  noted(list, one, records, root = document) {
    if (list !== this.#list) return;
    for (const [id, { note: text = "", tags = [] }] of Object.entries(records)) {
      const row = /** @type {HTMLElement | null} */ (root.querySelector(`tr[data-record-id="${id}"][data-note]`));
      if (!row) continue;
      const what = row.dataset.note !== text ? "Note" : row.dataset.tags !== tags.join(", ") ? "Tags" : null;
      if (!what) continue;
      this.#sayAt(id, said(what, one), null, root);
      this.#speak(id, said(what, one), one, null);
    }
  }

  /** At rows that came anew, what was said there; no more where they show something else since. @param {string | null} list @param {(id: string) => boolean} isTicked @param {ParentNode} [root] */
  sayAgain(list, isTicked, root = document) {
    if (list !== this.#list) this.#said.clear();
    this.#list = list;
    for (const [id, what] of this.#said) {
      if (what.ticked === null || isTicked(id) === what.ticked) note(id, what, root);
      else if (root.querySelector(`[data-record-id="${id}"]`)) this.#said.delete(id);
    }
  }

  /** @param {string} list @param {string} id @param {OfAnother[]} others @param {ParentNode} root */
  #sayAtRow(list, id, others, root) {
    const one = others.find(({ added, removed }) => added.includes(id) || removed.includes(id));
    if (!one || list !== this.#list) return;
    const ticked = !one.removed.includes(id);
    if (this.#sayAt(id, done(one, ticked), ticked, root)) this.#speak(id, done(one, ticked), one, ticked);
  }

  /** @param {string} id @param {string} words @param {boolean | null} ticked @param {ParentNode} root */
  #sayAt(id, words, ticked, root) {
    const what = { words, ticked, isNew: true };
    this.#said.delete(id);
    this.#said.set(id, what);
    if (this.#said.size > SAID_MAX) this.#said.delete(String(this.#said.keys().next().value));
    return note(id, what, root);
  }

  /** @param {string} id @param {string} words @param {Pick<OfAnother, "by">} one @param {boolean | null} ticked */
  #speak(id, words, { by }, ticked) {
    this.#unspoken.push({ id, words, by: by.name, ticked });
    clearTimeout(this.#speaking);
    this.#speaking = setTimeout(() => announce(spoken(this.#unspoken.splice(0))), SPOKEN_AFTER_MS);
  }
}

/** @param {Spoken[]} all */
function spoken(all) {
  if (all.length <= SPOKEN_SINGLY_MAX) {
    return all.map(({ id, words }) => {
      const title = document.querySelector(`[data-record-id="${id}"] .record-title`)?.textContent.trim();
      return title ? `${quoted(title)}: ${words}` : `${words}.`;
    }).join(" ");
  }
  /** @type {[boolean | null, string][]} */
  const kinds = [[true, "ticked"], [false, "unticked"], [null, "noted"]];
  return kinds.map(([wanted, word]) => sum(all.filter(({ ticked }) => ticked === wanted), word)).filter(Boolean).join(" ");
}

/** @param {{ by: string }[]} some @param {string} word */
function sum(some, word) {
  const names = [...new Set(some.map(({ by }) => by))];
  const by = names.length > NAMED_MAX ? `${names.slice(0, NAMED_MAX).join(", ")} and others` : names.join(", ");
  return some.length ? `${laws(some.length)} ${word} by ${by}.` : "";
}

/** @param {string} id @param {{ words: string, isNew: boolean }} what @param {ParentNode} root */
function note(id, what, root) {
  const cell = root.querySelector(`tr[data-record-id="${id}"] :is(.cell-title, .col-title_en)`);
  const element = Object.assign(document.createElement("span"), { className: "record-reason", textContent: what.words });
  element.dataset.testid = "by-another";
  cell?.querySelector('[data-testid="by-another"]')?.remove();
  cell?.append(element);
  const row = cell?.closest("tr");
  if (!row || !what.isNew) return cell;
  Object.assign(what, { isNew: false });
  row.classList.add("is-of-another");
  setTimeout(() => row.classList.remove("is-of-another"), SEEN_MS);
  return cell;
}

/** @param {string[]} gone @param {OfAnother[]} others */
function sayGone(gone, others) {
  for (const one of others) {
    const theirs = gone.filter((id) => one.removed.includes(id)).length;
    if (theirs) toast(`${laws(theirs)} ${said("unticked", one)}.`, { key: `another-${one.by.id}` });
  }
}

/** @param {Pick<OfAnother, "by" | "at">} one @param {boolean} ticked */
const done = (one, ticked) => said(ticked ? "Ticked" : "Unticked", one);

/** @param {string} what @param {Pick<OfAnother, "by" | "at">} one */
const said = (what, { by, at }) => `${what} by ${by.name}, ${formatDate(new Date(at), "time")}`;
