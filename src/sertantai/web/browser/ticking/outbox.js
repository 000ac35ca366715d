// Ticks that the server has not answered yet, kept in this browser so that none is lost when the page is
// left, the browser is closed or the network is away. Each tab has a box of its own; what a closed tab
// left behind is taken over by the next one.

import { inBrowser } from "../kept.js";

/**
 * `reason`: why the law was unticked, where somebody was asked.
 * @typedef {{ list: string | null, record: string, value: boolean, title: string, reason?: string | null }} Tick
 */

const PREFIX = "sertantai.outbox.";
const STRANGER = null;
const LEFT_BEHIND_MS = 30_000;
const BEAT_MS = 10_000;

export class Outbox {
  /** @type {string | null | undefined} */ #user;
  #key = "";
  #tab;
  #kept;
  /** @type {Map<string, Tick>} */
  #ticks = new Map();
  /** @type {number | null} */
  #timer = null;

  /** @param {string | null | undefined} user @param {{ kept?: typeof inBrowser, tab?: string }} where */
  constructor(user, { kept = inBrowser, tab = Math.random().toString(36).slice(2, 10) } = {}) {
    this.#kept = kept;
    this.#tab = tab;
    this.belongTo(user);
  }

  /**
   * Whose it is from now on; a stranger's ticks are made again by whoever they have become.
   * @param {string | null | undefined} user
   */
  belongTo(user) {
    if (this.#key) this.clear();
    this.#user = user;
    this.#key = `${PREFIX}${user}.${this.#tab}`;
  }

  clear() {
    this.#ticks.clear();
    this.#write();
  }

  /**
   * Another tab has changed what is kept: it has taken these over, or their user has signed out there.
   * @param {string | null} key @param {string | null} value
   */
  changedElsewhere(key, value) {
    if (key === this.#key && value === null) this.#forget();
  }

  /**
   * Remember a tick until it is answered. A later one of the same record takes its place.
   * @param {string | null} list @param {string} record @param {boolean} value @param {string} title @param {string | null} reason
   */
  put(list, record, value, title, reason = null) {
    this.#ticks.set(`${list} ${record}`, { list, record, value, title, ...(reason ? { reason } : {}) });
    this.#write();
  }

  /**
   * Answered; `value` keeps a later opposite wish from being forgotten with it.
   * @param {string | null} list @param {string} record @param {boolean} value
   */
  remove(list, record, value) {
    const key = `${list} ${record}`;
    if (this.#ticks.get(key)?.value !== value) return;
    this.#ticks.delete(key);
    this.#write();
  }

  get size() { return this.#ticks.size; }

  /**
   * Ticks that tabs which are gone have left behind. They are this tab's from now on. Those of a stranger, who
   * left before becoming a guest, have no list.
   * @returns {Tick[]}
   */
  adopt({ ofStrangers = false } = {}) {
    /** @type {Tick[]} */
    const found = [];
    const users = new Set(ofStrangers ? [this.#user, STRANGER] : [this.#user]);
    for (const key of [...users].flatMap((user) => this.#kept.keys(`${PREFIX}${user}.`))) {
      const box = this.#kept.read(key);
      if (key === this.#key || (box && !isLeftBehind(box))) continue;
      this.#kept.drop(key);
      for (const tick of box?.ticks ?? []) found.push(tick);
    }
    return found;
  }

  /** The page is being left: whoever comes next need not wait to see that this tab is gone. */
  close() {
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
    if (this.#ticks.size) this.#kept.write(this.#key, { at: Date.now(), closed: true, ticks: [...this.#ticks.values()] });
  }

  /** The page is back from the browser's memory. */
  reopen() {
    this.#write();
  }

  #forget() {
    this.#ticks.clear();
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
  }

  #write() {
    if (!this.#ticks.size) {
      this.#forget();
      this.#kept.drop(this.#key);
      return;
    }
    this.#kept.write(this.#key, { at: Date.now(), closed: false, ticks: [...this.#ticks.values()] });
    this.#timer ??= setInterval(() => this.#write(), BEAT_MS);
  }
}

/** How many ticks of a user wait in this browser, in whatever tab. @param {string} user */
export function countUnsent(user, kept = inBrowser) {
  return kept.keys(`${PREFIX}${user}.`).reduce((sum, key) => sum + (kept.read(key)?.ticks?.length ?? 0), 0);
}

/**
 * What tabs that are gone have left behind, one tick after the other: `isDone(tick)` says whether it is answered.
 * It ends with the first that is not.
 * @param {string} user @param {(tick: Tick) => Promise<boolean>} isDone
 */
export async function sendLeftBehind(user, isDone, kept = inBrowser) {
  for (const key of kept.keys(`${PREFIX}${user}.`)) {
    const box = kept.read(key);
    if (!box || !isLeftBehind(box)) continue;
    while (box.ticks.length) {
      if (!(await isDone(box.ticks[0]))) return;
      box.ticks.shift();
      if (box.ticks.length) kept.write(key, box);
      else kept.drop(key);
    }
  }
}

/** @param {string} user */
export function dropUnsent(user, kept = inBrowser) {
  for (const key of kept.keys(`${PREFIX}${user}.`)) kept.drop(key);
}

/** @param {{ closed?: boolean, at: number }} box */
const isLeftBehind = (box) => box.closed === true || Date.now() - box.at >= LEFT_BEHIND_MS;
