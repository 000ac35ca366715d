// The second step: what each line means. What is certain is shown; where somebody must choose, one line is open at a
// time, with what it may mean, what a search finds, and Enter to take it and go on to the next.

import { announce } from "../announce.js";
import { address } from "../query.js";
import { laws, number } from "../ticking/words.js";
import { Chooser } from "./chooser.js";
import { element } from "./element.js";

/** @import { Law, MatchedLine } from "../domain.js" */
/** @import { Again } from "./noted.js" */

const SHOWN_MAX = 500;
/** @type {Record<string, string>} */
const NOTHING = {
  matched: "No laws were matched.", ambiguous: "Nothing to choose: every match was certain.", missing: "Everything was found.",
};
const STATES = ["matched", "ambiguous", "missing"];

/** Lines that say the same are one entry, and are chosen for together. @typedef {{ id: string, items: MatchedLine[] }} Entry */

export class LawsStep {
  #types;
  #decided;
  #list = document.getElementById("import-items");
  #found = document.getElementById("found");
  /** @type {MatchedLine[]} */ #items = [];
  /** What somebody has said of a line: a law, or null to leave it out. @type {Map<number, Law | null>} */ #choices = new Map();
  /** @type {Map<MatchedLine, Again>} */ #again = new Map();
  /** @type {Set<string>} */ #apart = new Set();
  #state = "matched";
  #shown = SHOWN_MAX;
  /** @type {string | null} */ #open = null;

  /** @param {Record<string, string>} types @param {() => Map<MatchedLine, Again>} decided told of each choice; says which lines name a law again */
  constructor(types, decided) {
    this.#types = types;
    this.#decided = decided;
    this.#found.addEventListener("click", (event) => {
      const button = event.target?.closest("[data-show]");
      if (button) this.turn(button.dataset.show);
    });
    document.getElementById("import-more").addEventListener("click", () => { this.#shown += SHOWN_MAX; this.#draw(); });
    this.#list.addEventListener("keydown", (event) => this.#move(event));
  }

  get choices() {
    return this.#choices;
  }

  /** The law of a line, certain or chosen; null while nobody has chosen. @param {MatchedLine} item @returns {Law | null} */
  lawOf = (item) => (item.found === "matched" ? item.candidates[0] : (this.#choices.get(item.key) ?? null));

  /** @param {MatchedLine[]} items @param {Map<number, Law | null>} choices */
  show(items, choices) {
    this.#items = items;
    this.#choices = choices;
    this.#apart = new Set();
    const counts = STATES.map((state) => this.#of(state).length);
    this.turn(counts[0] || !counts[1] ? "matched" : "ambiguous");
    return counts;
  }

  /** How many lines nobody has said anything of yet. */
  get undecided() {
    return this.#items.filter((item) => item.found !== "matched" && !this.#choices.has(item.key)).length;
  }

  /** @param {string} state */
  turn(state) {
    this.#state = state;
    this.#shown = SHOWN_MAX;
    this.#open = state === "matched" ? null : (this.#entries().find((entry) => this.#isOpen(entry))?.id ?? null);
    this.#again = this.#decided();
    this.#draw();
  }

  /** @param {string} state */
  #of(state) {
    return this.#items.filter((item) => item.found === state);
  }

  /** @returns {Entry[]} */
  #entries() {
    const items = this.#of(this.#state).sort((one, other) => other.told.length - one.told.length || one.key - other.key);
    /** @type {Map<string, Entry>} */
    const entries = new Map();
    for (const item of items) {
      const same = item.text.trim().toLowerCase();
      const id = this.#state === "matched" || this.#apart.has(same) ? `${item.key}` : same;
      const entry = entries.get(id);
      if (entry) entry.items.push(item);
      else entries.set(id, { id, items: [item] });
    }
    return [...entries.values()];
  }

  /** @param {Entry} entry */
  #isOpen(entry) {
    return entry.items.some((item) => !this.#choices.has(item.key));
  }

  #draw() {
    for (const button of this.#found.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", String(button.dataset.show === this.#state));
    for (const count of this.#found.querySelectorAll("[data-count]")) count.textContent = this.#counted(count.dataset.count);
    const entries = this.#entries();
    this.#list.replaceChildren(...entries.slice(0, this.#shown).map((entry) => this.#row(entry)));
    if (!entries.length) this.#list.append(element("li", "text-soft", NOTHING[this.#state]));
    const rest = entries.length - this.#shown;
    document.getElementById("import-rest").textContent = rest > 0 ? `and ${number(rest)} more` : "";
    document.getElementById("import-more").hidden = rest <= 0;
    document.getElementById("import-keys").hidden = this.#state === "matched" || !entries.length;
  }

  /** Of what somebody looks at, how much is left. @param {string} state */
  #counted(state) {
    const items = this.#of(state);
    const left = state === "matched" ? items.length : items.filter((item) => !this.#choices.has(item.key)).length;
    return left === items.length ? number(left) : `${number(left)} of ${number(items.length)}`;
  }

  /** @param {Entry} entry */
  #row(entry) {
    const [item] = entry.items;
    const line = element("li", "import-item");
    line.dataset.testid = "import-item";
    line.dataset.entry = entry.id;
    const asked = element("p", "import-asked", item.text);
    asked.prepend(element("span", "import-line text-soft", number(item.line)));
    line.append(asked, this.#meaning(entry));
    if (entry.items.length > 1) line.append(element("p", "import-also text-soft", `Lines ${entry.items.slice(0, 8).map((one) => number(one.line)).join(", ")}${entry.items.length > 8 ? ` and ${number(entry.items.length - 8)} more` : ""}`));
    const again = this.#again.get(item);
    if (again) line.append(element("p", "import-told", this.#saysAgain(item, again)));
    line.append(...item.told.map((sentence) => element("p", "import-told", sentence)));
    return line;
  }

  /** @param {MatchedLine} item @param {Again} again */
  #saysAgain(item, { first, added }) {
    const notes = item.annotation?.note || item.annotation?.tags?.length;
    return `The same law as line ${number(first.line)}${notes ? (added ? "; its note and tags are added there" : ", whose note and tags are used") : ""}.`;
  }

  /** @param {Entry} entry */
  #meaning(entry) {
    const [item] = entry.items;
    if (item.found === "matched") return this.#law(item.candidates[0], `found ${item.reasons[0]}`);
    return this.#open === entry.id ? this.#chooser(entry) : this.#closed(entry);
  }

  /** @param {Law} record @param {string} reason */
  #law(record, reason) {
    const text = element("p", "import-law");
    text.append(Object.assign(element("a", "", record.title_en || record.name), { href: `/records/${record.id}`, target: "_blank", rel: "noopener" }), element("span", "text-soft", ` ${this.words(record)} · ${reason}`));
    return text;
  }

  /** @param {Law} record */
  words = (record) => `${record.year ?? ""}${record.number ? `/${record.number}` : ""} ${this.#types[record.type_code ?? ""] ?? record.type_code ?? ""}`.trim();

  /** @param {Entry} entry */
  #closed(entry) {
    const [item] = entry.items;
    const chosen = this.#choices.get(item.key);
    const button = element("button", "import-open");
    button.setAttribute("type", "button");
    button.dataset.testid = "import-open";
    if (this.#isOpen(entry)) button.textContent = item.found === "missing" ? "Not found: search for it" : `${laws(item.possible)} could be meant: choose`;
    else button.textContent = chosen ? `Chosen: ${chosen.title_en || chosen.name} (${this.words(chosen)})` : "Left out";
    button.classList.toggle("is-decided", !this.#isOpen(entry));
    button.addEventListener("click", () => this.#openAt(entry.id));
    return button;
  }

  /** @param {Entry} entry */
  #chooser(entry) {
    const [item] = entry.items;
    const chooser = new Chooser({
      item, count: entry.items.length, words: this.words, chosen: this.#choices.get(item.key) ?? null,
      all: address("/records", [["q", item.text]]),
      take: (law, forAll) => this.#take(entry, law, forAll),
    });
    return chooser.element;
  }

  /** @param {Entry} entry @param {Law | null} law null: leave it out @param {boolean} forAll */
  #take(entry, law, forAll) {
    const items = forAll ? entry.items : entry.items.slice(0, 1);
    if (!forAll) this.#apart.add(entry.items[0].text.trim().toLowerCase());
    for (const item of items) this.#choices.set(item.key, law);
    this.#again = this.#decided();
    const entries = this.#entries();
    const at = entries.findIndex((one) => one.items.includes(items[0]));
    const next = [...entries.slice(at + 1), ...entries.slice(0, at)].find((one) => this.#isOpen(one));
    announce(`${law ? `Chosen: ${law.title_en || law.name}` : "Left out"}. ${this.undecided ? `${number(this.undecided)} still to look at` : "Nothing left to choose"}`);
    this.#openAt(next?.id ?? null);
    if (!next) document.getElementById("import-into").focus();
  }

  /** @param {string | null} id */
  #openAt(id) {
    this.#open = id;
    this.#draw();
    const row = id === null ? null : [...this.#list.children].find((one) => /** @type {Found} */ (one).dataset.entry === id);
    row?.querySelector("select, input")?.focus();
    row?.scrollIntoView({ block: "nearest" });
  }

  /** Between closed lines with the arrows. @param {KeyboardEvent} event */
  #move(event) {
    const button = event.target?.closest(".import-open");
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!button || !by) return;
    event.preventDefault();
    const stops = [...this.#list.querySelectorAll(".import-open, .import-choices")];
    stops[stops.indexOf(button) + by]?.focus();
  }
}
