// An import that is not saved yet, kept in this browser for the person who began it: it is there again after a
// reload, and after signing in again. Signing out deletes it, as it does everything that a browser keeps of somebody.

import { inBrowser } from "../kept.js";

const DATABASE = "sertantai-imports";
const STORE = "drafts";
const PARTS = /** @type {const} */ (["source", "found", "state"]);
const MARK = "sertantai.import.";
const DAYS_MAX = 30;
const DAY_MS = 86_400_000;

/** @typedef {(typeof PARTS)[number]} Part */

/** How many imports of a user wait here. @param {string} user */
export const countImports = (user) => (inBrowser.read(MARK + user) ? 1 : 0);

/** What waits here of a user goes: at once for every page, and from the disk a moment later. @param {string} user */
export function dropImports(user) {
  if (!countImports(user)) return;
  inBrowser.drop(MARK + user);
  void new Draft(user).dropAny();
}

/**
 * Of one user; a browser that keeps nothing has none, and the page itself still has it. The newest import is kept: a
 * tab whose own was begun before it neither writes into it nor drops it.
 */
export class Draft {
  #user;
  /** Of the import that is this tab's. */
  #id = "";
  /** @type {Promise<IDBDatabase | null> | null} */ #opened = null;

  /** @param {string} user */
  constructor(user) {
    this.#user = user;
  }

  /** When it was begun to be kept, and its parts; null where there is none. @returns {Promise<{ at: number, source: any, found: any, state: any } | null>} */
  async read() {
    const mark = inBrowser.read(MARK + this.#user);
    if (!mark || Date.now() - mark.at > DAYS_MAX * DAY_MS) {
      await this.dropAny();
      return null;
    }
    this.#id = mark.id;
    const store = await this.#store("readonly");
    if (!store) return null;
    const [source, found, state] = await Promise.all(PARTS.map((part) => asked(store.get(this.#key(part)))));
    return source ? { at: mark.at, source, found: found ?? null, state: state ?? {} } : null;
  }

  /** Another one begins with this tab's next `keep`. */
  begin() {
    this.#id = Math.random().toString(36).slice(2);
    inBrowser.write(MARK + this.#user, { at: Date.now(), id: this.#id });
  }

  /** @param {Partial<Record<Part, unknown>>} parts */
  async keep(parts) {
    const store = await this.#store("readwrite");
    if (!store || !this.#isOurs) return;
    for (const [part, value] of Object.entries(parts)) store.put(value, this.#key(part));
    if (await finished(store) && this.#isOurs) inBrowser.write(MARK + this.#user, { at: Date.now(), id: this.#id });
  }

  async drop() {
    if (this.#isOurs) await this.dropAny();
  }

  get #isOurs() { return inBrowser.read(MARK + this.#user)?.id === this.#id; }

  async dropAny() {
    inBrowser.drop(MARK + this.#user);
    const store = await this.#store("readwrite");
    for (const part of PARTS) store?.delete(this.#key(part));
    if (store) await finished(store);
  }

  /** @param {string} part */
  #key(part) {
    return `${this.#user} ${part}`;
  }

  /** @param {IDBTransactionMode} mode */
  async #store(mode) {
    this.#opened ??= opened();
    return (await this.#opened)?.transaction(STORE, mode).objectStore(STORE) ?? null;
  }
}

/** Null where a browser keeps nothing. @returns {Promise<IDBDatabase | null>} */
function opened() {
  return new Promise((done) => {
    try {
      const asking = indexedDB.open(DATABASE, 1);
      asking.onupgradeneeded = () => asking.result.createObjectStore(STORE);
      asking.onsuccess = () => done(asking.result);
      asking.onerror = asking.onblocked = () => done(null);
    } catch {
      done(null); // forbidden, as in a frame of somebody else
    }
  });
}

/** @param {IDBRequest} asking @returns {Promise<any>} */
const asked = (asking) => new Promise((done) => {
  asking.onsuccess = () => done(asking.result);
  asking.onerror = () => done(undefined);
});

/** Whether it is kept; a disk may be full. @param {IDBObjectStore} store @returns {Promise<boolean>} */
const finished = (store) => new Promise((done) => {
  store.transaction.oncomplete = () => done(true);
  store.transaction.onabort = store.transaction.onerror = () => done(false);
});
