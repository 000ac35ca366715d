// Ctrl+K: lists, views, commands and laws, found by the beginnings of their words.

import { closeDialog, openDialog } from "../dialog.js";
import { formatNumber } from "../formats.js";
import { get } from "../http.js";
import { icon } from "../icons.js";
import { address } from "../query.js";

/** @import { Command, Law } from "../domain.js" */

const TYPING_MS = 120;
const LAWS_MAX = 6;

export class Palette {
  #dialog = document.getElementById("palette");
  #input = document.getElementById("palette-input");
  #options = document.getElementById("palette-options");
  #at = 0;
  /** @type {Command[]} */ #shown = [];
  #typing = 0;
  /** @type {AbortController | null} */ #asked = null;
  /** Laws; while `#isBehind`, of what was typed before. @type {Command[]} */ #found = [];
  #isBehind = false;
  /** An option was pointed at by key since something was typed. */
  #isPointed = false;
  /** Somebody has chosen what is found for the words as they are now. */
  #isChosen = false;

  /**
   * commands: () => [{ sign, label, run }], asked anew whenever something is typed.
   * opening: called when somebody opens it; what commands need may be asked for then.
   * laws: { wanted(), open(id), search(words) }, for the laws that are found as well.
   * @param {{
   *   commands: () => Command[], opening: () => Promise<unknown>,
   *   laws: { wanted: () => boolean, open: (id: string) => unknown, search: (words: string) => unknown },
   * }} page
   */
  constructor({ commands, opening, laws }) {
    this.commands = commands;
    this.opening = opening;
    this.laws = laws;
    const button = document.getElementById("open-palette");
    button.hidden = false;
    button.addEventListener("click", () => this.open());
    this.#input.addEventListener("input", () => this.#changed());
    this.#input.addEventListener("keydown", (event) => this.#key(event));
    this.#options.addEventListener("click", (event) => {
      const option = event.target?.closest("[role=option]");
      if (option) this.#run(this.#shown[Number(option.dataset.at)]);
    });
  }

  open() {
    void this.opening().then(() => this.#showMore());
    this.#input.value = "";
    this.#found = [];
    this.#isBehind = this.#isPointed = this.#isChosen = false;
    this.#show();
    void openDialog(this.#dialog);
    this.#input.focus();
  }

  #changed() {
    this.#isBehind = true;
    this.#isPointed = this.#isChosen = false;
    this.#show();
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => void this.#askLaws(), TYPING_MS);
  }

  async #askLaws() {
    const q = this.#input.value.trim();
    this.#asked?.abort();
    if (q.length < 2 || !this.laws.wanted()) {
      this.#found = [];
      return this.#answered();
    }
    const { signal } = (this.#asked = new AbortController());
    try {
      const { data } = await get(address("/api/v1/records", [["limit", String(LAWS_MAX)], ["q", q]]), { signal, tries: 1 });
      this.#found = data.items.map((/** @type {Law} */ law) => ({ sign: "gavel", label: law.title_en ?? law.name, run: () => this.laws.open(law.id) }));
      if (data.total > LAWS_MAX) this.#found.push({ sign: "search", label: `All ${formatNumber(data.total)} laws with “${q}”`, run: () => this.laws.search(q) });
      this.#answered();
    } catch {
      // Typed on, or the server is away: commands are still there.
      if (!signal.aborted) this.#isBehind = this.#isChosen = false;
    }
  }

  /** The laws are those of the words as they are. */
  #answered() {
    this.#isBehind = false;
    this.#showMore();
    if (this.#isChosen && this.#dialog.open && this.#shown[0]) this.#run(this.#shown[0]);
    this.#isChosen = false;
  }

  /** What came in the meantime, too: whoever has pointed at an option by then means that one still. */
  #showMore() {
    const pointed = this.#shown[this.#at]?.label;
    this.#show();
    this.#at = Math.max(0, this.#shown.findIndex(({ label }) => label === pointed));
    this.#point();
  }

  #show() {
    const words = this.#input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (/** @type {Command} */ { label }) => words.every((word) => label.toLowerCase().split(/[\s“”]+/).some((part) => part.startsWith(word)));
    this.#shown = [...this.commands().filter(fits), ...this.#found];
    this.#at = 0;
    this.#options.replaceChildren(...this.#shown.map(option));
    if (!this.#shown.length) this.#options.append(Object.assign(document.createElement("p"), { className: "menu-empty", textContent: "Nothing found." }));
    this.#point();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by && this.#shown.length) {
      event.preventDefault();
      this.#isPointed = true;
      this.#at = (this.#at + by + this.#shown.length) % this.#shown.length;
      this.#point();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.#choose(this.#shown[this.#at]);
    }
  }

  /** A law that was found for other words is not what somebody means who typed on and pressed Enter. @param {Command | undefined} choice */
  #choose(choice) {
    if (this.#isBehind && !this.#isPointed && (!choice || this.#found.includes(choice))) {
      this.#isChosen = true;
      clearTimeout(this.#typing);
      void this.#askLaws();
    } else if (choice) this.#run(choice);
  }

  #point() {
    for (const [at, element] of [...this.#options.querySelectorAll("[role=option]")].entries()) {
      element.setAttribute("aria-selected", String(at === this.#at));
      if (at === this.#at) element.scrollIntoView({ block: "nearest" });
    }
    this.#input.setAttribute("aria-activedescendant", this.#shown.length ? `palette-option-${this.#at}` : "");
  }

  /** @param {Command} choice */
  #run(choice) {
    closeDialog(this.#dialog);
    choice.run();
  }
}

/** @param {Command} command @param {number} at */
function option({ sign, label }, at) {
  const element = document.createElement("div");
  element.id = `palette-option-${at}`;
  element.className = "menu-item";
  element.setAttribute("role", "option");
  element.dataset.at = String(at);
  element.append(icon(sign), Object.assign(document.createElement("span"), { textContent: label }));
  return element;
}
