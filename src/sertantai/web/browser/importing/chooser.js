// One line to choose for: a list of what it may mean, which arrows and Enter work in, and a search beside it.

import { Problem, get } from "../http.js";
import { address } from "../query.js";
import { laws, number } from "../ticking/words.js";
import { element } from "./element.js";

/** @import { Law, MatchedLine } from "../domain.js" */

const SIZE_MAX = 8;
const SIZE_MIN = 2;
const FOUND_MAX = 8;
const QUERY_CHARACTERS_MAX = 200;
const TYPING_MS = 250;
const LEAVE_OUT = "-";

let made = 0;

export class Chooser {
  #asked;
  #select;
  #search;
  #told;
  #same;
  /** @type {Map<string, { law: Law, reason: string }>} */ #offered = new Map();
  #timer = 0;
  /** @type {AbortController | null} */ #looking = null;

  /**
   * `take` is told the law, or null to leave the line out, and whether for all lines that say the same.
   * @param {{
   *   item: MatchedLine, count: number, words: (law: Law) => string, chosen: Law | null, all: string,
   *   take: (law: Law | null, forAll: boolean) => void,
   * }} asked
   */
  constructor(asked) {
    this.#asked = asked;
    const { item, count } = asked;
    made += 1;
    this.element = element("div", "import-chooser");
    this.#select = element("select", "form-select import-choices");
    this.#select.setAttribute("aria-label", `Which law is “${item.text}”?`);
    this.#told = Object.assign(document.createElement("p"), { className: "text-soft import-chooser-told", id: `chooser-told-${made}` });
    this.#search = element("input", "form-control form-control-sm");
    this.#search.type = "search";
    this.#search.setAttribute("maxlength", String(QUERY_CHARACTERS_MAX));
    this.#search.placeholder = "Search the register for another law";
    this.#search.setAttribute("aria-label", `Search the register for “${item.text}”`);
    this.#same = count > 1 ? sameForAll(count) : null;
    const actions = Object.assign(document.createElement("div"), { className: "import-chooser-actions" });
    actions.append(button("Choose", "btn-primary", () => this.#taken()), button("Leave out", "btn-outline-secondary", () => this.#take(null)), ...(this.#same ? [this.#same.label] : []));
    this.element.append(this.#select, this.#search, this.#told, actions);
    this.#wire();
    item.candidates.forEach((law, at) => this.#offered.set(law.id, { law, reason: item.reasons[at] ?? "" }));
    if (asked.chosen) this.#offered.set(asked.chosen.id, { law: asked.chosen, reason: "chosen" });
    this.#draw();
    if (item.found === "missing") {
      this.#search.value = item.text.replace(/\s+/g, " ").trim().slice(0, QUERY_CHARACTERS_MAX);
      void this.#look();
    } else if (item.possible > item.candidates.length) {
      const all = Object.assign(document.createElement("a"), { href: asked.all, target: "_blank", rel: "noopener", textContent: "See all of them in the register" });
      this.#told.append(`${laws(item.possible)} could be meant; these are the likeliest ${number(item.candidates.length)}. `, all);
    }
  }

  #wire() {
    this.#select.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      this.#taken();
    });
    this.#select.addEventListener("dblclick", () => this.#taken());
    this.#search.addEventListener("input", () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.#look(), TYPING_MS);
    });
    this.#search.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "Enter") return;
      event.preventDefault();
      if (this.#select.selectedOptions.length === 0) this.#select.options.selectedIndex = 0;
      this.#select.focus();
    });
  }

  #taken() {
    const { value } = this.#select;
    if (value === LEAVE_OUT) this.#take(null);
    else if (this.#offered.has(value)) this.#take(this.#offered.get(value)?.law ?? null);
    else this.#search.focus();
  }

  /** @param {Law | null} law */
  #take(law) {
    clearTimeout(this.#timer);
    this.#looking?.abort();
    this.#asked.take(law, this.#same?.box.checked ?? true);
  }

  #draw() {
    const options = [...this.#offered].map(([id, { law, reason }]) => new Option(`${law.title_en || law.name} (${this.#asked.words(law)})${reason ? ` · ${reason}` : ""}`, id));
    this.#select.replaceChildren(...options, new Option("None of these: leave it out", LEAVE_OUT));
    this.#select.setAttribute("size", String(Math.min(SIZE_MAX, Math.max(SIZE_MIN, options.length + 1))));
    this.#select.value = this.#asked.chosen?.id ?? options[0]?.value ?? "";
  }

  async #look() {
    const wanted = this.#search.value.trim();
    this.#looking?.abort();
    const looking = this.#looking = new AbortController();
    if (!wanted) return;
    try {
      const { data } = await get(address("/api/v1/records", [["q", wanted], ["limit", String(FOUND_MAX)]]), { signal: looking.signal });
      this.#offered = new Map(data.items.map((/** @type {Law} */ law) => [law.id, { law, reason: "" }]));
      this.#told.textContent = data.total ? `${laws(data.total)} found` : "No law is called that. Try fewer words.";
      this.#draw();
    } catch (problem) {
      if (problem instanceof Problem) this.#told.textContent = problem.message;
      else if (!looking.signal.aborted) throw problem;
    }
  }
}

/** @param {number} count */
function sameForAll(count) {
  const label = Object.assign(document.createElement("label"), { className: "import-same" });
  const box = Object.assign(element("input", "form-check-input"), { type: "checkbox", checked: true });
  label.append(box, ` The same for all ${number(count)} of these`);
  return { label, box };
}

/** @param {string} label @param {string} kind @param {() => void} run */
function button(label, kind, run) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: `btn btn-sm ${kind}`, textContent: label });
  made.addEventListener("click", run);
  return made;
}
