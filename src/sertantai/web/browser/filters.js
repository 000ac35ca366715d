// The filters beside the table, and the search above it: each change is a new view.

import { textsOf } from "./form_texts.js";
import { address } from "./query.js";

/** @import { Navigation } from "./navigation.js" */

// What is typed is searched for at once. While an answer is on its way the next search waits for it, but only this
// long: then the newer search takes its place.
const PATIENCE_MS = 150;
const SIZE_USUAL = "50";

export class Filters {
  /** Set while something is typed that has not been searched for. */
  /** @type {number | null} */ #typing = null;
  /** @type {Promise<boolean> | null} */ #asking = null;
  #typed = false;

  /**
   * `form` holds the search and every filter of these `names`; `first()` is the place of the first row in view.
   * @param {Navigation} navigation @param {{ form: Found, search: Found, names: string[], first: () => number }} fields
   */
  constructor(navigation, { form, search, names, first }) {
    this.navigation = navigation;
    this.form = form;
    this.search = search;
    this.names = names;
    this.first = first;
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#apply(); });
    search.addEventListener("input", () => this.#onTyping());
    search.addEventListener("keydown", (event) => this.#searchKey(event));
    document.addEventListener("change", (event) => this.#onChange(event));
    navigation.addEventListener("moved", () => this.#moved());
  }

  /** Back or forward: what was typed belongs to the entry that they left, and what is typed next is a search of its own. */
  #moved() {
    clearTimeout(this.#typing ?? undefined);
    this.#typing = null;
    this.#typed = false;
    this.follow();
  }

  /** The search says what the address says; after going back, for example. */
  follow() {
    const wanted = this.navigation.query.get("q") ?? "";
    // A space at the end is the beginning of the next word, and no other search.
    if (this.#typing === null && this.search.value.trim() !== wanted) this.search.value = wanted;
  }

  /** The address that the filters stand for. */
  get href() {
    /** @type {[string, string | null][]} */
    const nothing = [...this.names, "page", "record"].map((name) => [name, null]);
    const stated = textsOf(this.form).filter(([name]) => this.names.includes(name));
    return address(location.href, [...nothing, ...stated.map(([name, value]) => /** @type {[string, string]} */ ([name, value.trim()]))]);
  }

  #onTyping() {
    clearTimeout(this.#typing ?? undefined);
    if (this.#asking === null) this.#ask();
    else this.#typing = setTimeout(() => this.#ask(), PATIENCE_MS);
  }

  /** Search for what stands there now; afterwards for what was typed meanwhile. */
  async #ask() {
    clearTimeout(this.#typing ?? undefined);
    this.#typing = null;
    if (new URL(this.href, location.href).href === location.href) return;
    // One step back leads out of a search, not through every letter of it.
    const asking = this.navigation.visit(this.href, { replace: this.#typed });
    this.#typed = true;
    this.#asking = asking;
    try {
      await asking;
    } finally {
      if (this.#asking === asking) this.#asking = null;
    }
    if (this.#asking === null && this.#typing !== null) this.#ask();
  }

  /** @param {KeyboardEvent} event */
  #searchKey(event) {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      this.navigation.dispatchEvent(new CustomEvent("focus-rows", { detail: "first" }));
    } else if (event.key === "Escape" && !this.search.value) {
      this.search.blur();
    }
  }

  /** @param {Event} event */
  #onChange(event) {
    const field = /** @type {Found} */ (event.target);
    if (field.form !== this.form) return;
    if (field === this.search) {
      this.#typed = false;
      return;
    }
    if (field.name === "limit") this.#resize(Number(field.value || SIZE_USUAL));
    else if (field.checkValidity()) this.#apply();
    else field.reportValidity();
  }

  /** The first law that is in view stays in view. @param {number} size */
  #resize(size) {
    const page = Math.floor(((this.first() || 1) - 1) / size) + 1;
    void this.navigation.visit(address(location.href, [
      ["limit", String(size) === SIZE_USUAL ? null : String(size)], ["page", page > 1 ? String(page) : null], ["record", null],
    ]));
  }

  #apply() {
    clearTimeout(this.#typing ?? undefined);
    this.#typing = null;
    void this.navigation.visit(this.href);
  }
}
