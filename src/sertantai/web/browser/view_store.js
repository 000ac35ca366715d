// Views with names, as this browser knows them: what the server said last, and on top of it what could not be
// told to it yet. So they are there without a network, and everything done without one is sent later.
//
// Somebody who is not signed in keeps them in this browser; signing in takes them along.

import { Problem, del, get, put } from "./http.js";
import { inBrowser } from "./kept.js";

/** @import { SavedView } from "./domain.js" */

const KEY = "sertantai.views.";
const HERE = `${KEY}here`;
const API = "/api/v1/views";
const NAMES_TRIED_MAX = 20;

/** A change that the server has not confirmed; without a view it is to go. @typedef {{ id: string, view: SavedView | null }} ViewWish */

export class ViewStore extends EventTarget {
  #key;
  /** @type {SavedView[]} */ #views = [];
  /** @type {ViewWish[]} */ #wishes = [];
  /** @type {Promise<void> | null} */ #sending = null;

  /** user: id of who is signed in, or null. @param {string | null} user */
  constructor(user) {
    super();
    this.user = user;
    this.#key = user ? KEY + user : HERE;
    this.#read();
    window.addEventListener("storage", (event) => { if (event.key === this.#key) { this.#read(); this.#changed(); } });
    if (!user) return;
    window.addEventListener("online", () => void this.refresh());
    // Otherwise they are asked for when somebody looks at them.
    if (this.#wishes.length || inBrowser.read(this.#key) === null || inBrowser.read(HERE) !== null) void this.refresh();
  }

  /** By name: `{ id, name, query, columns }`. */
  get all() {
    const views = new Map(this.#views.map((view) => [view.id, view]));
    for (const { id, view } of this.#wishes) {
      if (view) views.set(id, view);
      else views.delete(id);
    }
    return [...views.values()].sort((one, other) => one.name.localeCompare(other.name));
  }

  /** How many changes the server has not confirmed. */
  get waiting() { return this.user ? this.#wishes.length : 0; }

  /** @param {string} name */
  named(name) {
    return this.all.find((view) => view.name === name) ?? null;
  }

  /** Ask the server; what waits is sent first. Quietly nothing when it cannot be reached. */
  async refresh() {
    if (!this.user) return;
    try {
      await this.#send();
      const { data } = await get(API, { tries: 1 });
      this.#views = data.items.map((/** @type {SavedView} */ { id, name, query, columns }) => ({ id, name, query, columns }));
      this.#keep();
      this.#changed();
      await this.#takeAlong();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
    }
  }

  /** Keep a view; one of the same name takes its place. Resolves true once the server has it. @param {Omit<SavedView, "id">} view */
  save({ name, query, columns }) {
    return this.#wish(this.named(name)?.id ?? newId(), { name, query, columns });
  }

  /** @param {SavedView} view @param {string} name */
  rename(view, name) {
    return this.#wish(view.id, { ...view, name });
  }

  /** Give the view back to `restore` to undo it. @param {SavedView} view */
  remove(view) {
    return this.#wish(view.id, null);
  }

  /** @param {SavedView} view */
  restore(view) {
    return this.#wish(view.id, view);
  }

  /** @param {string} id @param {Omit<SavedView, "id"> | null} fields */
  async #wish(id, fields) {
    this.#wishes = this.#wishes.filter((wish) => wish.id !== id);
    this.#wishes.push({ id, view: fields && { id, name: fields.name, query: fields.query, columns: fields.columns ?? null } });
    if (!this.user) this.#settle();
    this.#keep();
    this.#changed();
    if (!this.user) return true;
    try {
      await this.#send();
      return this.#wishes.every((wish) => wish.id !== id);
    } catch (problem) {
      if (problem instanceof Problem && problem.isPassing) return false;
      throw problem;
    }
  }

  /** One at a time, in order. A wish that is refused for good is dropped, and whoever had it is told why. */
  async #send() {
    while (this.#wishes.length) {
      this.#sending ??= this.#sendFirst().finally(() => { this.#sending = null; });
      await this.#sending;
    }
  }

  async #sendFirst() {
    const [wish] = this.#wishes;
    try {
      if (wish.view) await this.#put(wish.view);
      else await del(`${API}/${wish.id}`, { tries: 2 });
    } catch (problem) {
      if (!(problem instanceof Problem) || problem.isPassing || problem.isNotTheirs) throw problem;
      if (problem.status !== 404) {
        this.#drop(wish);
        throw problem;
      }
    }
    this.#apply(wish);
    this.#drop(wish);
  }

  /** Another device may have taken the name while this one was away. @param {SavedView} view */
  async #put(view) {
    const stated = view.name;
    for (let at = 1; ; at += 1) {
      try {
        await put(`${API}/${view.id}`, { name: view.name, query: view.query, columns: view.columns }, { tries: 2 });
        return;
      } catch (problem) {
        if (problem.code !== "view_name_taken" || at > NAMES_TRIED_MAX) throw problem;
        view.name = `${stated} (${at + 1})`;
      }
    }
  }

  /** What was kept before signing in belongs to who has signed in now. */
  async #takeAlong() {
    const here = inBrowser.read(HERE)?.views ?? [];
    if (!here.length) return;
    inBrowser.drop(HERE);
    for (const view of here) {
      const same = this.named(view.name);
      if (same?.query !== view.query) await this.#wish(view.id ?? newId(), view);
    }
  }

  #settle() {
    for (const wish of this.#wishes.splice(0)) this.#apply(wish);
  }

  /** @param {ViewWish} wish */
  #apply({ id, view }) {
    this.#views = this.#views.filter((other) => other.id !== id);
    if (view) this.#views.push(view);
  }

  /** @param {ViewWish} wish */
  #drop(wish) {
    this.#wishes = this.#wishes.filter((other) => other !== wish);
    this.#keep();
    this.#changed();
  }

  #read() {
    const kept = inBrowser.read(this.#key);
    this.#views = kept?.views ?? [];
    this.#wishes = kept?.wishes ?? [];
  }

  #keep() {
    inBrowser.write(this.#key, { views: this.#views, wishes: this.#wishes });
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** A random UUID; `crypto.randomUUID` is not there on plain HTTP in a local network. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
