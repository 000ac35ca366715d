// /groups/{group}/filter: the filter of a smart list, with what it matches, and its drift.

import { textsOf } from "../../browser/form_texts.js";
import { number } from "../../browser/ticking/words.js";
import { toast } from "../../browser/toast.js";
import { followLists } from "../../browser/lists/following.js";
import { acceptDrift, saveFilter, undoIn } from "../../browser/lists_api.js";
import { Part } from "../../browser/asking.js";
import { address } from "../../browser/query.js";

const form = document.getElementById("filter-form");
const rest = document.getElementById("filter-rest");
const part = new Part(rest);
const { list, path } = form.dataset;
const PAUSE_MS = 200;
let pause = 0;

/** What the form says; without any filter it says so, as the filter that is kept is shown otherwise. */
function stated() {
  const fields = textsOf(form).filter(([name, value]) => name !== "frozen" && (!name.startsWith("year_") || /^\d{4}$/.test(value)));
  const href = address(path, fields);
  return href === path ? `${path}?q=` : href;
}

const look = () => { clearTimeout(pause); pause = setTimeout(() => part.show(stated()), PAUSE_MS); };
const wanted = () => JSON.parse(document.getElementById("filter-state").dataset.filter);

/** @param {() => Promise<any>} action */
async function attempt(action) {
  try {
    return await action();
  } catch (problem) {
    toast(problem.message, { kind: "danger", key: "filter" });
    return null;
  }
}

form.addEventListener("input", (event) => { if (/** @type {Found} */ (event.target).name === "q") look(); });
form.addEventListener("change", (event) => { if (/** @type {Found} */ (event.target).name !== "frozen" && /** @type {Found} */ (event.target).name !== "q") look(); });

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  clearTimeout(pause);
  if (!(await part.show(stated()))) return;
  const frozen = form.elements.frozen.value === "yes";
  const saved = await attempt(() => saveFilter(list, wanted(), frozen));
  if (!saved) return;
  if (frozen) location.assign(path);
  else await tellFollowed(saved);
});

/**
 * A live list has been brought in line with the filter that was saved.
 * @param {{ added: number, removed: number, count: number, operation_id: string | null }} saved
 */
async function tellFollowed({ added, removed, count, operation_id: operation }) {
  await part.show(path);
  const moved = operation ? `${number(added)} added, ${number(removed)} removed` : "nothing to change";
  toast(`The list now follows its filter: ${moved}. It contains ${number(count)}.`, {
    kind: "success",
    key: "filter",
    durationMs: 0,
    action: { label: "Open the list", href: path.replace(/\/filter$/, "") },
    undo: operation ? async () => { await undoIn(list, operation); await part.show(path); } : null,
  });
}

document.getElementById("drop-filter")?.addEventListener("click", async () => {
  if (await attempt(() => saveFilter(list, null, false))) location.assign(path.replace(/\/filter$/, ""));
});

rest.addEventListener("click", async (event) => {
  if (!event.target?.closest("#accept-drift")) return;
  const { new: fresh, gone } = rest.querySelector(".drift").dataset;
  const done = await attempt(() => acceptDrift(list, Number(fresh), Number(gone)));
  if (!done) return;
  await part.show(stated());
  toast(`Changes accepted: ${number(Number(fresh))} added, ${number(Number(gone))} removed.`, {
    kind: "success",
    undo: async () => { await undoIn(list, done.operation_id); await part.show(stated()); },
  });
});

followLists(() => part.show(stated()));
