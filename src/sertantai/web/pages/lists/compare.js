// /groups/compare: counts of every way to combine the chosen lists, a preview, and saving in one step.

import { laws, number, quoted } from "../../browser/ticking/words.js";
import { toast } from "../../browser/toast.js";
import { followLists } from "../../browser/lists/following.js";
import { combine, undoIn } from "../../browser/lists_api.js";
import { Part } from "../../browser/asking.js";
import { address } from "../../browser/query.js";

/** @import { Combined, Combining, Law, Saved } from "../../browser/domain.js" */

const form = document.getElementById("combine-form");
const sides = document.getElementById("sides");
const part = new Part(sides);

/** @type {string[]} */
let order = [];
let turn = 0;
/** @type {Combined | null} */ let result = null;

const operator = () => form.elements.op.value;
const expression = (op = operator()) => ({ op, of: order });
const boxes = () => [...form.querySelectorAll("input[name=of]")];
/** @param {string} id */
const nameOf = (id) => form.querySelector(`input[value="${id}"]`).dataset.name;

function showPlaces() {
  for (const box of boxes()) {
    const at = order.indexOf(box.value);
    box.closest("label").querySelector(".choose-place").textContent = at < 0 || order.length < 2 ? "" : String(at + 1);
  }
}

/** The lists in the order in which they were chosen, which no form knows. */
const chosen = () => address("/groups/compare", [...order.map((id) => /** @type {[string, string]} */ (["of", id])), ["op", operator()]]);

async function update() {
  const mine = ++turn;
  showPlaces();
  history.replaceState({}, "", chosen());
  if (order.length < 2) {
    result = null;
    showNothing();
    sides.replaceChildren();
    return;
  }
  try {
    const ways = [...form.querySelectorAll("[data-count-of]")];
    const answers = await Promise.all(ways.map((way) => combine({ expression: expression(way.dataset.countOf) })));
    if (mine !== turn) return;
    ways.forEach((way, at) => { way.textContent = number(answers[at].count); });
    const shown = answers[ways.findIndex((way) => way.dataset.countOf === operator())];
    for (const [id, count] of Object.entries(shown.counts)) form.querySelector(`[data-in-list="${id}"]`).textContent = number(count);
    result = shown;
    showResult(shown);
    void part.show(chosen());
  } catch (problem) {
    if (mine === turn) toast(problem.message, { kind: "danger", key: "combine" });
  }
}

function showNothing() {
  document.getElementById("result-count").textContent = "";
  document.getElementById("result-text").textContent = order.length ? "Choose one more list." : "Choose two lists or more.";
  document.getElementById("result-sample").replaceChildren();
  document.getElementById("combine-save").hidden = true;
  for (const way of form.querySelectorAll("[data-count-of]")) way.textContent = "";
}

/** @param {Combined} found */
function showResult(found) {
  document.getElementById("result-count").textContent = laws(found.count);
  const shown = found.sample.length;
  document.getElementById("result-text").textContent = !found.count
    ? "No laws match." : found.count > shown ? `The first ${shown} by title:` : "By title:";
  document.getElementById("result-sample").replaceChildren(...found.sample.map(item));
  document.getElementById("combine-save").hidden = !found.count;
  void showEffect();
}

/** @param {Law} record */
function item(record) {
  const line = document.createElement("li");
  const link = Object.assign(document.createElement("a"), { href: `/records/${record.id}`, textContent: record.title_en || record.name });
  const cited = Object.assign(document.createElement("span"), { className: "text-soft", textContent: ` ${record.year ?? ""}${record.number ? `/${record.number}` : ""}` });
  line.append(link, cited);
  return line;
}

const into = () => ({ save_into: document.getElementById("save-target").value, mode: document.getElementById("save-mode").value });

async function showEffect() {
  if (!result?.count) return;
  const told = document.getElementById("save-effect");
  try {
    const answer = await combine({ expression: expression(), ...into(), preview: true });
    const parts = [];
    if (answer.would_add) parts.push(`${laws(answer.would_add)} would be added`);
    if (answer.would_remove) parts.push(`${laws(answer.would_remove)} would be removed`);
    told.textContent = `${quoted(nameOf(into().save_into))}: ${parts.join(", ") || "nothing would change"}.`;
  } catch {
    told.textContent = "";
  }
}

/** @param {Partial<Combining>} body @param {string} name */
async function save(body, name) {
  try {
    const done = await combine({ expression: expression(), expected_count: result?.count, ...body });
    const saved = /** @type {Saved} */ (done.saved); // it was no preview
    const operation = saved.operation_id;
    const undo = operation ? async () => { await undoIn(saved.group, operation); await update(); } : null;
    toast(operation ? `Saved: ${quoted(name)} has ${laws(saved.count)}.` : `${quoted(name)} already contained exactly these laws.`, {
      kind: "success", undo, action: { label: "Open", href: `/groups/${saved.group}` },
    });
    await update();
  } catch (problem) {
    toast(problem.message, { kind: "danger", key: "combine" });
  }
}

if (form) {
  order = boxes().filter((box) => box.checked).sort((a, b) => Number(a.dataset.place ?? 0) - Number(b.dataset.place ?? 0)).map((box) => box.value);
  form.addEventListener("change", (event) => {
    const { name, value, checked } = /** @type {Found} */ (event.target);
    if (name === "of") order = checked ? [...order, value] : order.filter((id) => id !== value);
    void update();
  });
  document.getElementById("save-as").addEventListener("submit", (event) => {
    event.preventDefault();
    const { name: field, organization } = /** @type {Found} */ (event.target).elements;
    const name = field.value.trim();
    void save({ save_as: name, ...(organization?.value ? { organization: organization.value } : {}) }, name);
  });
  document.getElementById("save-into").addEventListener("change", () => void showEffect());
  document.getElementById("save-into").addEventListener("submit", (event) => {
    event.preventDefault();
    void save(into(), nameOf(into().save_into));
  });
  followLists(update);
  void update();
}
