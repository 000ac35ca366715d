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

export class Colleagues {
  /** @type {string | null} */ #list = null;
  /** What is said at rows, by law: they are written anew whenever the page looks again. @type {Map<string, { words: string, ticked: boolean }>} */
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

  /** At rows that came anew, what was said there; no more where they show something else since. @param {string | null} list @param {(id: string) => boolean} isTicked @param {ParentNode} [root] */
  sayAgain(list, isTicked, root = document) {
    if (list !== this.#list) this.#said.clear();
    this.#list = list;
    for (const [id, { words, ticked }] of this.#said) {
      if (isTicked(id) === ticked) note(id, words, root);
      else if (root.querySelector(`[data-record-id="${id}"]`)) this.#said.delete(id);
    }
  }

  /** @param {string} list @param {string} id @param {OfAnother[]} others @param {ParentNode} root */
  #sayAtRow(list, id, others, root) {
    const one = others.find(({ added, removed }) => added.includes(id) || removed.includes(id));
    if (!one || list !== this.#list) return;
    const ticked = !one.removed.includes(id);
    const words = said(ticked ? "Ticked" : "Unticked", one);
    this.#said.set(id, { words, ticked });
    const cell = note(id, words, root);
    if (cell) announce(`${quoted(cell.querySelector(".record-title")?.textContent.trim() ?? "")}: ${words}`);
  }
}

/** @param {string} id @param {string} words @param {ParentNode} root */
function note(id, words, root) {
  const cell = root.querySelector(`[data-record-id="${id}"] .cell-title`);
  const element = Object.assign(document.createElement("span"), { className: "record-reason", textContent: words });
  element.dataset.testid = "by-another";
  cell?.querySelector('[data-testid="by-another"]')?.remove();
  cell?.append(element);
  return cell;
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
