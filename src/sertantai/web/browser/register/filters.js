// The filters beside the table, and the search above it: each change is a new view.

import { textsOf } from "../form_texts.js";

// What is typed is searched for at once. While an answer is on its way the next search waits for it, but only this
// long: then the newer search takes its place.
const PATIENCE_MS = 150;
const NAMES = ["q", "family", "family_ii", "type_code", "year", "year_from", "year_to", "live", "selected"];

export class Filters {
  /** Set while something is typed that has not been searched for. */
  /** @type {number | null} */ #typing = null;
  /** @type {AbortController | null} */ #asking = null;
  #typed = false;

  constructor(root, navigation) {
    this.root = root;
    this.navigation = navigation;
    this.search = document.getElementById("search");
    this.form = document.getElementById("filters");
    this.form.addEventListener("submit", (event) => { event.preventDefault(); this.#apply(); });
    this.search.addEventListener("input", () => this.#onTyping());
    this.search.addEventListener("keydown", (event) => this.#searchKey(event));
    document.addEventListener("change", (event) => this.#onChange(event));
  }

  /** The search says what the address says; after going back, for example. */
  follow() {
    const wanted = this.navigation.query.get("q") ?? "";
    // A space at the end is the beginning of the next word, and no other search.
    if (this.#typing === null && this.search.value.trim() !== wanted) this.search.value = wanted;
  }

  /** The address that the filters stand for. */
  get href() {
    const query = this.navigation.query;
    for (const name of NAMES) query.delete(name);
    for (const [name, value] of textsOf(this.form)) {
      const text = value.trim();
      if (text && NAMES.includes(name)) query.append(name, text);
    }
    query.delete("page");
    query.delete("record");
    return query.size ? `?${query}` : location.pathname;
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

  #searchKey(event) {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      this.navigation.dispatchEvent(new CustomEvent("focus-rows", { detail: "first" }));
    } else if (event.key === "Escape" && !this.search.value) {
      this.search.blur();
    }
  }

  #onChange(event) {
    const field = event.target;
    if (field.form !== this.form) return;
    if (field === this.search) {
      this.#typed = false;
      return;
    }
    if (field.id === "page-size") this.#resize(field.value);
    else if (field.checkValidity()) this.#apply();
    else field.reportValidity();
  }

  #resize(size) {
    const query = this.navigation.query;
    const first = Number(document.getElementById("results").dataset.first) || 1;
    query.set("limit", size);
    // The first law that is in view stays in view.
    query.set("page", String(Math.floor((first - 1) / Number(size)) + 1));
    if (size === "50") query.delete("limit");
    if (query.get("page") === "1") query.delete("page");
    this.navigation.visit(query.size ? `?${query}` : location.pathname);
  }

  #apply() {
    clearTimeout(this.#typing ?? undefined);
    this.#typing = null;
    this.navigation.visit(this.href);
  }
}
