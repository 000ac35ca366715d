// A smart list of what is shown: a list that keeps the filter, holds what matches, and follows the register.

import { Problem } from "../http.js";
import { makeList } from "../lists_api.js";
import { toast } from "../toast.js";
import { laws, quoted } from "../ticking/words.js";

/** @import { LawFilter } from "../domain.js" */
/** @import { GroupSwitcher } from "./group_switcher.js" */

const OF_TICKS = "selected";

export class SmartList {
  #menu = document.getElementById("views-menu");
  #form = document.getElementById("make-smart");
  #hint = document.getElementById("smart-hint");

  /** filter: () => the filter of what is shown. @param {() => LawFilter} filter @param {GroupSwitcher} switcher */
  constructor(filter, switcher) {
    this.filter = filter;
    this.switcher = switcher;
    this.#form?.addEventListener("submit", (event) => this.#make(event));
    this.#menu.addEventListener("toggle", () => this.follow());
  }

  /** Whether somebody is here who may have lists of their own. */
  get isOffered() { return this.#form !== null; }

  /** For the palette: open the menu where a name is asked for. */
  ask() {
    this.#menu.open = true;
    this.follow();
    this.#form.elements.name.focus();
  }

  /** Say what the list would hold; the whole register is no list. */
  follow() {
    if (!this.#form || !this.#menu.open) return;
    const { [OF_TICKS]: ticked, ...stated } = this.filter();
    const isEmpty = Object.keys(stated).length === 0;
    for (const field of this.#form.elements) field.disabled = isEmpty;
    this.#hint.textContent = isEmpty ? "Search or filter first."
      : ticked === undefined ? "" : "Smart lists ignore ticks.";
  }

  /** @param {SubmitEvent} event */
  async #make(event) {
    event.preventDefault();
    const { name, frozen } = this.#form.elements;
    const { [OF_TICKS]: _, ...filter } = this.filter();
    try {
      const made = await makeList({ name: name.value, filter, frozen: frozen.value === "yes" });
      this.switcher.add(made);
      this.#form.reset();
      this.#menu.open = false;
      toast(`${quoted(made.name)} was created with ${laws(made.count)}. It ${made.metadata.frozen ? "asks you before it changes" : "updates automatically"}.`, {
        kind: "success", key: "list", action: { label: "Open the list", href: `/groups/${made.id}` },
      });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      toast(problem.message, { kind: "danger", key: "list" });
      name.focus();
    }
  }
}
