// /groups/{group}: one list. Untick, note, mark, put in order, copy, move, clear; filters and pages without a
// reload.

import { announce } from "../announce.js";
import { confirmDialog } from "../dialog.js";
import { wireExports } from "../exporting.js";
import { laws, number, quoted } from "../ticking/words.js";
import { toast } from "../toast.js";
import { editList } from "./list_dialog.js";
import { acceptDrift, annotate, changeList, deleteList, operate, placeRecords, restoreList, transfer, undoIn } from "./lists_api.js";
import { wireMarks } from "./marks.js";
import { editNote } from "./note_dialog.js";
import { step, wirePlacing } from "./placing.js";
import { refresh, visit } from "./refresh.js";
import { chooseTarget } from "./target_dialog.js";

const page = document.getElementById("list-page");
const records = document.getElementById("list-records");
const form = document.getElementById("list-filters");
const list = page.dataset.list;
const SEARCH_PAUSE_MS = 200;

const state = () => document.getElementById("list-state").dataset;
const reload = () => refresh(records).then(showCounts);
const marks = wireMarks(records);

let takeBack = null; // what Ctrl+Z does

/** Do it, say what came, offer to take it back. A refusal is told in the server's words. */
async function attempt(action) {
  try {
    return await action();
  } catch (problem) {
    toast(problem.message, { kind: "danger", key: "list" });
    return null;
  }
}

/** What takes operations back, each once: a button's, and until something else is done that of Ctrl+Z. */
function undo(...undos) {
  const run = async () => {
    for (const [where, operation] of undos) {
      if ((await attempt(() => undoIn(where, operation))) === null) throw new Error("refused");
    }
    if (takeBack === run) takeBack = null;
    await reload();
    announce("Undone");
  };
  takeBack = run;
  return run;
}

function showCount(count) {
  const shown = document.getElementById("selection-count");
  shown.textContent = number(count);
  shown.dataset.count = count;
  for (const place of document.querySelectorAll(`[data-count-of="${list}"]`)) place.textContent = number(count);
}

/** Beside each list, and in the switcher, how many laws it holds by now. */
function showCounts() {
  const counts = JSON.parse(state().counts);
  for (const place of document.querySelectorAll("[data-count-of]")) place.textContent = number(counts[place.dataset.countOf] ?? 0);
}

// ---------------------------------------------------------------------------------------- ticks

/** An unticked row stays in sight, so that a slip is mended with one click. */
async function tick(box) {
  const row = box.closest("tr");
  const wanted = box.checked;
  row.classList.toggle("is-gone", !wanted);
  const was = row.dataset.removedBy;
  try {
    const done = wanted && was
      ? await undoIn(list, was)
      : await operate(list, wanted ? "bulk_select" : "bulk_deselect", { record_ids: [row.dataset.recordId] });
    showCount(done.count);
    if (wanted) { delete row.dataset.removedBy; return; }
    row.dataset.removedBy = done.operation_id;
    announce(`${row.dataset.title} taken out. ${number(done.count)} in list.`);
    toast(`${quoted(row.dataset.title)} was taken out of the list.`, { key: `tick-${row.dataset.recordId}`, undo: undo([list, done.operation_id]) });
  } catch (problem) {
    box.checked = !wanted;
    row.classList.toggle("is-gone", wanted);
    toast(problem.message, { kind: "danger", key: "list" });
  }
}

async function remove(what, count) {
  const done = await attempt(() => operate(list, "bulk_deselect", what));
  if (!done) return;
  await reload();
  toast(`${laws(count ?? done.changed)} taken out of the list.`, { undo: undo([list, done.operation_id]) });
}

async function clear() {
  const count = Number(state().count);
  if (!count) { toast("The list is empty already."); return; }
  const sure = await confirmDialog({
    title: `Clear ${quoted(page.dataset.name)}?`,
    text: `All ${laws(count)} are taken out, with their notes. You can undo this, now and later from the history.`,
    confirmLabel: "Clear the list", danger: true,
  });
  if (!sure) return;
  const done = await attempt(() => operate(list, "clear_all"));
  if (!done) return;
  await reload();
  toast(`${laws(done.changed)} taken out; the list is empty.`, { undo: undo([list, done.operation_id]) });
}

// ---------------------------------------------------------------------------------------- copy and move

async function send(what, count, move) {
  const target = await chooseTarget({ move, count, without: list });
  if (target) await sendTo(target, what, move);
}

async function sendTo(target, what, move) {
  const done = await attempt(() => transfer(list, target.id, what, move));
  if (!done) return;
  const undos = [[target.id, done.copied.operation_id]];
  if (done.removed) undos.push([list, done.removed.operation_id]);
  const there = done.copied.unchanged ? ` ${number(done.copied.unchanged)} ${done.copied.unchanged === 1 ? "was" : "were"} there already.` : "";
  await reload();
  marks.clear();
  toast(`${laws(move ? done.removed.changed : done.copied.changed)} ${move ? "moved" : "copied"} to ${quoted(target.name)}.${there}`, {
    undo: done.copied.changed || done.removed ? undo(...undos.filter(([where]) => where === list || done.copied.changed)) : null,
  });
}

const shown = () => ({ filter: JSON.parse(state().filter), expected_count: Number(state().total) });

// ---------------------------------------------------------------------------------------- rows

const ROW = {
  async note(row) {
    const done = await editNote(row.dataset, (fields) => annotate(list, row.dataset.recordId, fields));
    if (done?.changed) await changed("Note and tags saved.", done);
  },
  copy: (row) => send({ record_ids: [row.dataset.recordId] }, 1, false),
  move: (row) => send({ record_ids: [row.dataset.recordId] }, 1, true),
  first: (row) => place([row.dataset.recordId], {}),
  up: (row) => step(row, -1, place),
  down: (row) => step(row, 1, place),
  async unrank(row) {
    const done = await attempt(() => annotate(list, row.dataset.recordId, { rank: null }));
    if (done) await changed("The law has no place of its own now.", done);
  },
};

/** Shown anew, said, and with a way back. */
async function changed(words, done) {
  await reload();
  toast(words, { kind: "success", key: "row", undo: undo([list, done.operation_id]) });
}

/** Put laws elsewhere in the list; who did it by keyboard goes on from the law that was moved. */
async function place(ids, where) {
  const done = await attempt(() => placeRecords(list, ids, where));
  if (!done) return;
  if (!done.changed) { announce("It stands there already."); return; }
  await changed(`${laws(ids.length)} put in place.`, done);
  ids.map(box).find(Boolean)?.focus();
}

const box = (record) => records.querySelector(`tr[data-record-id="${record}"] [data-testid=record-checkbox]`);

const MARKED = {
  copy: () => send({ record_ids: marks.ids() }, marks.ids().length, false),
  move: () => send({ record_ids: marks.ids() }, marks.ids().length, true),
  remove: () => remove({ record_ids: marks.ids() }),
  none: () => marks.clear(),
};

const ALL = {
  copy: () => send(shown(), Number(state().total), false),
  move: () => send(shown(), Number(state().total), true),
  remove: () => remove(shown()),
};

const LIST = {
  async edit() {
    const { name, rawDescription: description, colour } = page.dataset;
    const saved = await editList({ heading: "Change the list", button: "Save", name, description, colour }, (fields) => changeList(list, fields));
    if (saved) location.reload();
  },
  async delete() {
    if ((await attempt(async () => { await deleteList(list); return true; })) === null) return;
    toast(`${quoted(page.dataset.name)} was deleted. It is kept for 30 days.`, {
      durationMs: 0,
      undo: async () => { await restoreList(list); location.reload(); },
      action: { label: "All lists", href: "/groups" },
    });
    page.classList.add("is-gone");
  },
};

// ---------------------------------------------------------------------------------------- its filter

/** Bring the list in line with its filter: at once when it is live, when asked to when it is frozen. */
async function follow() {
  const notice = records.querySelector("[data-testid=drift-notice]");
  if (!notice) return;
  const { new: fresh, gone } = notice.dataset;
  const done = await attempt(() => acceptDrift(list, Number(fresh), Number(gone)));
  if (!done) return;
  await reload();
  toast(`The list follows its filter: ${number(Number(fresh))} came in, ${number(Number(gone))} went out.`, { key: "drift", undo: page.dataset.smart === "frozen" ? undo([list, done.operation_id]) : null });
}

if (page.dataset.smart === "live") void follow();

// ---------------------------------------------------------------------------------------- filters, pages

function filtered() {
  const query = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (value && !(name === "limit" && value === "50")) query.append(name, value);
  }
  const sort = new URL(location.href).searchParams.get("sort");
  if (sort) query.set("sort", sort);
  const text = query.toString();
  return text ? `${form.action}?${text}` : form.action;
}

let pause = 0;
form.addEventListener("submit", (event) => { event.preventDefault(); void visit(records, filtered()); });
form.elements.q.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(() => visit(records, filtered(), { replaceAddress: true }), SEARCH_PAUSE_MS);
});

records.addEventListener("change", (event) => {
  const field = event.target;
  if (field.dataset.testid === "record-checkbox") void tick(field);
  else if (field.form === form) void visit(records, filtered());
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-nav]");
  if (link && records.contains(link) && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    if (link.pathname === form.pathname || !link.search.includes("q=")) form.elements.q.value = new URL(link.href).searchParams.get("q") ?? "";
    void visit(records, link.href);
    return;
  }
  const button = event.target.closest("[data-row], [data-marked], [data-all], [data-act], [data-drift]");
  if (!button || !(page.contains(button))) return;
  const { row, marked, all, act, drift } = button.dataset;
  if (row) void ROW[row](button.closest("tr"));
  else if (marked) void MARKED[marked]();
  else if (all) void ALL[all]();
  else if (drift) void follow();
  else void LIST[act]();
});

document.getElementById("clear-selection").addEventListener("click", () => void clear());
document.getElementById("print-list").addEventListener("click", () => window.print());

document.addEventListener("keydown", (event) => {
  if (event.target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]") || event.altKey) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "z" && takeBack && !document.querySelector("dialog[open]")) {
    event.preventDefault();
    void takeBack().catch(() => announce("It could not be undone."));
  }
  if (event.ctrlKey || event.metaKey) return;
  if (event.key === "/") { event.preventDefault(); form.elements.q.focus(); }
  if (event.key === "Escape") marks.clear();
});

wireExports(page);
wirePlacing(records, { ids: marks.dragged, place });
marks.onDrop = (target) => sendTo(target, { record_ids: marks.dragged() }, target.move);
window.addEventListener("popstate", () => {
  form.elements.q.value = new URL(location.href).searchParams.get("q") ?? "";
  void reload();
});
window.addEventListener("pageshow", (event) => { if (event.persisted) void reload(); });
