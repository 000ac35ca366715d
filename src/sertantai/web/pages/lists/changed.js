// /groups/{group}/changed: keep or drop laws that changed.

import { announce } from "../../browser/announce.js";
import { laws, quoted } from "../../browser/ticking/words.js";
import { toast } from "../../browser/toast.js";
import { followLists } from "../../browser/lists/following.js";
import { markReviewed, operate, undoIn } from "../../browser/lists_api.js";
import { Part } from "../../browser/asking.js";

const rows = document.getElementById("changed-rows");
const { list } = rows.dataset;
const part = new Part(rows);
const cards = () => [...rows.querySelectorAll("[data-record-id]")];

/** @param {string[]} ids */
async function keep(ids) {
  const done = await markReviewed(list, ids);
  await part.refresh();
  announce(`${laws(done.changed)} marked as still applying`);
}

/** @param {Found} card */
async function drop(card) {
  const done = await operate(list, "bulk_deselect", { record_ids: [card.dataset.recordId] });
  await part.refresh();
  toast(`${quoted(card.dataset.title)} was removed from the list.`, {
    undo: async () => { await undoIn(list, done.operation_id); await part.refresh(); },
  });
}

/** @param {() => Promise<any>} action */
async function attempt(action) {
  try {
    await action();
  } catch (problem) {
    toast(problem.message, { kind: "danger", key: "changed" });
  }
}

rows.addEventListener("click", (event) => {
  const button = event.target?.closest("[data-do]");
  if (!button) return;
  const card = button.closest("[data-record-id]");
  void attempt(() => (button.dataset.do === "keep" ? keep([card.dataset.recordId]) : drop(card)));
});
document.getElementById("review-all").addEventListener("click", () => {
  const ids = cards().map((card) => card.dataset.recordId);
  if (ids.length) void attempt(() => keep(ids));
});
followLists(() => part.refresh());
