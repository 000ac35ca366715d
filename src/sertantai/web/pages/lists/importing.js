// /groups/import: find the laws that are meant, let somebody choose where it is not certain, save in one step.

import { announce } from "../../browser/announce.js";
import { post } from "../../browser/http.js";
import { address } from "../../browser/query.js";
import { laws, number, quoted } from "../../browser/ticking/words.js";
import { toast } from "../../browser/toast.js";
import { textOf } from "../../browser/lists/file_text.js";
import { Sending } from "../../browser/lists/import_sending.js";
import { partsOf } from "../../browser/lists/split_file.js";

/** @import { Law } from "../../browser/domain.js" */

const SHOWN_MAX = 500;
const FILE_BYTES_MAX = 60_000_000;
const UNKNOWN = new Set(["outcome_unknown", "timeout", "network"]);
/** @type {Record<string, string>} */
const NOTHING = {
  matched: "No laws were matched.", ambiguous: "Nothing to choose: every match was certain.", missing: "Everything was found.",
};
const NOT_KNOWN = "We do not know yet whether everything was imported. Choose Import once more: nothing is imported twice.";

const form = document.getElementById("match-form");
const area = document.getElementById("import-text");
const found = document.getElementById("found");
const progress = document.getElementById("import-progress");
const told = document.getElementById("import-told");
const into = document.getElementById("import-into");
const name = document.getElementById("import-name");
const types = JSON.parse(found.dataset.types);

/** @type {string | null} */ let file = null;
/**
 * A line, and the laws that it may mean, each with its reason. `told`: what was changed to fit; `annotation`: what it notes of the law.
 * @typedef {{
 *   key: number, line: number, text: string, found: "matched" | "ambiguous" | "missing", candidates: Law[], possible: number,
 *   reasons: string[], told: string[], annotation: { note?: string, tags?: string[] } | null,
 * }} Item
 */

/** @type {Item[]} */
let items = [];
/** @type {string[]} */
let toldOfFile = [];
/** @type {Sending | null} */ let sending = null;
/** @type {Map<number, string>} */
const choices = new Map();

/** @param {File} chosen */
function readFile(chosen) {
  if (chosen.size > FILE_BYTES_MAX) { toast("The file is larger than 60 MB.", { kind: "danger", key: "import" }); return; }
  void textOf(chosen).then(({ text, guessed }) => {
    file = text;
    area.value = text.length > 20_000 ? `${text.slice(0, 20_000)}\n…` : text;
    told.textContent = `${chosen.name}: ${number(text.length)} characters${guessed ? `, read as ${guessed}: check accents and quotation marks` : ""}`;
  }).catch((error) => {
    file = null;
    area.value = "";
    told.textContent = "";
    toast(error.message, { kind: "danger", key: "import" });
  });
}

/** @param {string} text */
async function match(text) {
  items = [];
  toldOfFile = [];
  choices.clear();
  const parts = partsOf(text);
  progress.hidden = parts.length < 2;
  let line = 0;
  for (const [at, part] of parts.entries()) {
    progress.value = String(at / parts.length);
    const { data } = await post("/api/v1/records/match", { text: part }, { timeoutMs: 120_000 });
    toldOfFile.push(...data.told);
    for (const item of data.items) items.push({ ...item, line: item.line + line, key: items.length });
    line += part.split("\n").length - 1;
  }
  progress.hidden = true;
}

/** @param {string} state */
const of = (state) => items.filter((item) => item.found === state);

/** The record of an item, chosen or certain; null while nobody has chosen. @param {Item} item */
const recordOf = (item) => (item.found === "matched" ? item.candidates[0].id : (choices.get(item.key) ?? null));

/** The item that each law is taken from: the first that names it. */
function taken() {
  const byId = new Map();
  for (const item of items) {
    const id = recordOf(item);
    if (id && !byId.has(id)) byId.set(id, item);
  }
  return byId;
}

const wanted = () => [...taken()].map(([id, item]) => ({ record_id: id, ...item.annotation }));

/** Lines that name a law again, each with the line that counts; what they note of it is not taken. */
function again() {
  const first = taken();
  return new Map(items.filter((item) => recordOf(item) && first.get(recordOf(item)) !== item).map((item) => [item, first.get(recordOf(item))]));
}

/** @param {string} state */
function show(state) {
  const group = of(state).sort((one, other) => other.told.length - one.told.length || one.key - other.key);
  for (const button of found.querySelectorAll("[data-show]")) button.setAttribute("aria-pressed", String(button.dataset.show === state));
  for (const count of found.querySelectorAll("[data-count]")) count.textContent = number(of(count.dataset.count).length);
  const list = document.getElementById("import-items");
  const repeated = again();
  list.replaceChildren(...group.slice(0, SHOWN_MAX).map((item) => row(item, repeated.get(item))));
  if (!group.length) list.append(Object.assign(document.createElement("li"), { className: "text-soft", textContent: NOTHING[state] }));
  const rest = group.length - SHOWN_MAX;
  document.getElementById("import-rest").textContent = rest > 0 ? `and ${number(rest)} more` : "";
  document.getElementById("import-file-told").textContent = toldOfFile.join(" ");
  sum();
}

function sum() {
  const chosen = wanted();
  const notes = chosen.filter((item) => item.note || item.tags).length;
  const repeated = again().size;
  const shortened = items.filter((item) => item.told.length && recordOf(item)).length;
  document.getElementById("import-sum").textContent = [
    `${laws(chosen.length)} to import`, notes && `${number(notes)} with notes or tags`, repeated && `${number(repeated)} ${repeated === 1 ? "line names" : "lines name"} a law again`, shortened && `${number(shortened)} changed to fit (listed first above)`,
  ].filter(Boolean).join(", ");
  document.querySelector("#import-save button[type=submit]").disabled = !chosen.length;
}

/** What was imported is no longer offered; what was not found, or not chosen, stays to be worked on. */
function rest() {
  const left = items.filter((item) => !recordOf(item));
  file = null;
  items = [];
  choices.clear();
  found.hidden = true;
  area.value = left.map((item) => item.text).join("\n");
  told.textContent = left.length ? `${left.length === 1 ? "1 line is" : `${number(left.length)} lines are`} left, with no law found or chosen.` : "";
  area.focus();
}

/** @param {string} tag @param {string} className */
function element(tag, className, text = "") {
  return /** @type {Found} */ (Object.assign(document.createElement(tag), { className, textContent: text }));
}

/** @param {Item} item @param {Item | undefined} first */
function row(item, first) {
  const line = element("li", "import-item");
  line.dataset.testid = "import-item";
  const asked = element("p", "import-asked", item.text);
  asked.prepend(element("span", "import-line text-soft", number(item.line)));
  line.append(asked);
  if (item.found === "matched") line.append(law(item.candidates[0], item.reasons[0]));
  if (item.found === "ambiguous") line.append(chooser(item), ...more(item));
  if (item.found === "missing") line.append(missing(item));
  if (first) line.append(element("p", "import-told", `The same law as line ${number(first.line)}${item.annotation?.note || item.annotation?.tags?.length ? ", whose note and tags are used" : ""}.`));
  line.append(...item.told.map((sentence) => element("p", "import-told", sentence)));
  return line;
}

/** @param {Law} record @param {string} reason */
function law(record, reason) {
  const text = element("p", "import-law");
  text.append(Object.assign(element("a", "", record.title_en || record.name), { href: `/records/${record.id}` }), element("span", "text-soft", ` ${words(record)} · found ${reason}`));
  return text;
}

/** @param {Law} record */
const words = (record) => `${record.year ?? ""}${record.number ? `/${record.number}` : ""} ${types[record.type_code ?? ""] ?? record.type_code ?? ""}`;

/** @param {Item} item */
function more(item) {
  if (item.possible <= item.candidates.length) return [];
  const text = element("p", "text-soft", `${laws(item.possible)} could be meant; these are the likeliest ${number(item.candidates.length)}. `);
  text.append(search(item, "See all of them in the register"));
  return [text];
}

/** @param {Item} item */
function missing(item) {
  const text = element("p", "text-soft", "Not found. ");
  text.append(search(item, "Search for it"));
  return text;
}

/** @param {Item} item @param {string} label */
const search = (item, label) => Object.assign(element("a", "", label), { href: address("/records", [["q", item.text]]), target: "_blank", rel: "noopener" });

/** @param {Item} item */
function chooser(item) {
  const select = element("select", "form-select form-select-sm");
  select.setAttribute("aria-label", `Which law is “${item.text}”?`);
  select.append(new Option(item.candidates.length === 1 ? "Is it this one?" : `Choose one of ${item.candidates.length}, or leave it out`, ""));
  item.candidates.forEach((record, at) => {
    select.append(new Option(`${record.title_en || record.name} (${words(record).trim()}) · ${item.reasons[at]}`, record.id));
  });
  select.value = choices.get(item.key) ?? "";
  select.addEventListener("change", () => {
    if (select.value) choices.set(item.key, select.value);
    else choices.delete(item.key);
    sum();
  });
  return select;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = file ?? area.value;
  if (!text.trim()) { area.focus(); told.textContent = "Paste something first."; return; }
  const button = form.querySelector("button[type=submit]");
  button.setAttribute("aria-busy", "true");
  try {
    await match(text);
    found.hidden = false;
    const counts = ["matched", "ambiguous", "missing"].map((state) => of(state).length);
    show(counts[0] || !counts[1] ? "matched" : "ambiguous");
    announce(`${number(counts[0])} matched, ${number(counts[1])} to choose, ${number(counts[2])} not found`);
    document.getElementById("found-heading").focus();
  } catch (problem) {
    progress.hidden = true;
    toast(problem instanceof SyntaxError ? "The file is not valid JSON." : problem.message.replace(/^text: /, ""), { kind: "danger", key: "import" });
  } finally {
    button.removeAttribute("aria-busy");
  }
});

area.addEventListener("input", () => { file = null; told.textContent = ""; });
document.getElementById("import-file").addEventListener("change", (event) => {
  const [chosen] = /** @type {Found} */ (event.target).files;
  if (chosen) readFile(chosen);
});
form.addEventListener("dragover", (event) => event.preventDefault());
form.addEventListener("drop", (event) => {
  const [dropped] = event.dataTransfer?.files ?? [];
  if (!dropped) return;
  event.preventDefault();
  readFile(dropped);
});
found.addEventListener("click", (event) => {
  const button = event.target?.closest("[data-show]");
  if (button) show(button.dataset.show);
});
into.addEventListener("change", () => { name.hidden = into.value !== ""; name.required = !name.hidden; if (!name.hidden) name.focus(); });

document.getElementById("import-save").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = /** @type {Found} */ (event.target).querySelector("button[type=submit]");
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    const asked = /** @type {const} */ ([into.value, name.value, wanted()]);
    if (!sending?.isOf(...asked)) sending = new Sending(...asked);
    const done = await sending.send();
    sending = null;
    const there = done.unchanged ? ` ${number(done.unchanged)} ${done.unchanged === 1 ? "was" : "were"} already there.` : "";
    const called = into.value ? into.selectedOptions[0].text.replace(/^Into /, "") : name.value;
    rest();
    toast(`${laws(done.changed)} imported into ${quoted(called)}.${there}`, {
      kind: "success", key: "import", durationMs: 0, action: { label: "Open", href: `/groups/${done.list}` },
      undo: done.changed ? done.undo : null,
    });
  } catch (problem) {
    toast(UNKNOWN.has(problem.code) ? NOT_KNOWN : problem.message, { kind: "danger", key: "import" });
  } finally {
    button.removeAttribute("aria-busy");
  }
});
