// What others do in the list that a page shows: heard while the page is open, written into the rows, or asked for
// again where that is not enough.

import { live } from "../live/live.js";
import { isOwn, othersIn } from "../live/own_operations.js";
import { changesIn, meaning, missing, statesOf } from "../live/steps.js";

/** @import { Step } from "../live/steps.js" */
/** @import { Selection } from "./selection.js" */

/** Where many look at one list, not all of them ask for it in the same moment. */
const SPREAD_MS = 120;
/** Before somebody asks, what they did themselves has been answered. */
const OWN_MS = 250;
const REFUSED_MS = 30_000;

/**
 * `rowsDepend()`: whether what is ticked decides which rows there are. `said(event, payload)`: the list was changed in
 * another way than by ticks; gives whether the page shows that by now. `gone()`: it is no list any more, or not theirs.
 * @typedef {{ rowsDepend: () => boolean, said: (event: string, payload: any) => boolean, gone: () => unknown }} Others
 * `answered()`: once all that was done here is. `look` asks for the rows again, `recount` for counts; `told` hears of a
 * step that rows show by now, with what is another state since; `noted` of notes and tags that rows do not show yet.
 * @typedef {Others & {
 *   selection: Selection, answered: () => Promise<unknown>, look: (withinMs: number) => void, recount: () => void,
 *   told: (step: Step, states: Map<string, boolean>) => void, noted: (payload: any) => void,
 * }} Page
 */

export class ListFeed {
  /** @type {string | null} */ #list = null;
  /** What was heard last. */ #at = 0;
  /** @type {(() => void) | null} */ #end = null;
  /** What cannot be followed is not asked for whenever the page is shown anew. */
  #refused = { list: /** @type {string | null} */ (null), until: 0 };
  #page;

  /** @param {Page} page */
  constructor(page) {
    this.#page = page;
  }

  /** The page shows this list. @param {string | null} list */
  follow(list) {
    if (list === this.#list || (list !== null && list === this.#refused.list && Date.now() < this.#refused.until)) return;
    this.#end?.();
    this.#list = list;
    this.#at = this.#page.selection.version;
    this.#end = list === null ? null : live.follow(`list:${list}`, {
      position: () => ({ since: Math.max(this.#at, this.#page.selection.shownVersion), epoch: live.epoch }),
      heard: (event, payload) => this.#heard(event, payload),
    });
  }

  get #standing() { return { at: this.#at, rows: this.#page.selection.shownVersion }; }

  /** @param {string} event @param {any} payload */
  #heard(event, payload) {
    if (event === "joined") this.#joined(payload);
    else if (event === "changes") this.#step(payload);
    else if (event === "reset") this.#again(payload.version);
    else if (event === "gone" || event === "closed" || event === "refused") this.#gone();
    else if (payload.version !== undefined) this.#other(event, payload);
  }

  /** @param {any} answer */
  #joined(answer) {
    const found = missing(answer, this.#standing);
    if (found.what === "step") {
      const { annotations, list, suggestions } = answer;
      this.#step(found.step);
      if (annotations || list || suggestions !== undefined) this.#again(answer.version);
    } else if (found.what === "look") this.#again(answer.version);
    else this.#at = Math.max(this.#at, Number(answer.version));
  }

  /** @param {Step} step */
  #step(step) {
    const { selection } = this.#page;
    const what = meaning(step, this.#standing);
    this.#at = Math.max(this.#at, step.version);
    if (what === "known") return undefined;
    if (what === "look") return this.#look(step);
    const states = statesOf(step);
    const isMine = this.#isMine(step, states);
    const before = new Map([...states.keys()].map((id) => [id, selection.has(id)]));
    selection.follow({ list: this.#list, version: step.version, count: step.count, states, ...changesIn(step) });
    if (isMine) return undefined;
    const isWhole = !this.#page.rowsDepend() || [...states.keys()].every((id) => selection.shows(id));
    this.#page.told(step, new Map([...states].filter(([id, value]) => before.get(id) !== value)));
    if (isWhole) this.#page.recount();
    else this.#look(step);
    return undefined;
  }

  /**
   * What was done here may be told before it is answered. Who comes back is not told whose it was: what shows here
   * already is no news. @param {Step} step @param {Map<string, boolean>} states
   */
  #isMine(step, states) {
    const { selection } = this.#page;
    if (step.by && step.by.id !== live.user) return false;
    if (!step.op) return [...states].every(([id, value]) => selection.has(id) === value);
    return othersIn(step) <= [...states.keys()].filter((id) => selection.isWished(id)).length;
  }

  /** A note, a name, a suggestion: beside the rows, or in them. @param {string} event @param {any} payload */
  #other(event, payload) {
    const what = meaning(payload, this.#standing);
    this.#at = Math.max(this.#at, payload.version);
    if (what === "known") return;
    if (event === "annotations" && !isOwn(payload)) this.#page.noted(payload);
    // What a filter passes over from now on stands beside a tick, and is no change of its own.
    const isBeside = payload.exceptions === true;
    if (what === "next" && (isBeside || isOwn(payload) || this.#page.said(event, payload))) {
      this.#page.selection.pass({ version: payload.version, ...(isBeside ? { changes: 0 } : changesIn(payload)) });
    } else this.#look(payload);
  }

  /** @param {number} version */
  #again(version) {
    this.#at = Number(version);
    this.#page.look(Math.random() * SPREAD_MS);
  }

  /** What this page did itself, it shows itself; only it may not have been answered yet. @param {Step} step */
  #look(step) {
    if (step.by && step.by.id !== live.user) return this.#page.look(Math.random() * SPREAD_MS);
    setTimeout(async () => {
      await this.#page.answered();
      if (!isOwn(step) && step.version > this.#page.selection.shownVersion) this.#page.look(0);
    }, OWN_MS);
    return undefined;
  }

  #gone() {
    this.#refused = { list: this.#list, until: Date.now() + REFUSED_MS };
    this.#end?.();
    this.#end = null;
    this.#list = null;
    this.#page.gone();
  }
}
