// /groups/{group}: one list. Untick, note, mark, put in order, copy, move, clear; filters and pages without a
// reload.

import { announce } from "../../browser/announce.js";
import { wireExports } from "../../browser/exporting.js";
import { showSizes } from "../../browser/counts.js";
import { outOfDate } from "../../browser/asking.js";
import { Filters } from "../../browser/filters.js";
import { offer } from "../../browser/palette/commands.js";
import { wireShortcuts } from "../../browser/shortcuts.js";
import { lookAgain } from "../../browser/ticking/look_again.js";
import { Ticking } from "../../browser/ticking/ticking.js";
import { askToClear } from "../../browser/ticking/questions.js";
import { laws, number, quoted } from "../../browser/ticking/words.js";
import { toast } from "../../browser/toast.js";
import { askCounts, showCounts } from "../../browser/lists/counts.js";
import { wireDetails } from "../../browser/lists/details.js";
import { askWho } from "../../browser/lists/assign_dialog.js";
import { showListGone } from "../../browser/lists/list_gone.js";
import { editList } from "../../browser/lists/list_dialog.js";
import { acceptDrift, annotate, assign, changeList, clearList, deleteList, markReviewed, operate, placeRecords, restoreList, transfer } from "../../browser/lists_api.js";
import { wireMarks } from "../../browser/lists/marks.js";
import { editNote } from "../../browser/notes/note_dialog.js";
import { step, wirePlacing } from "../../browser/lists/placing.js";
import { Problem, get } from "../../browser/http.js";
import { Navigation } from "../../browser/navigation.js";
import { showPart } from "../../browser/parts.js";
import { address } from "../../browser/query.js";
import { chooseTarget } from "../../browser/lists/target_dialog.js";

/** @import { ListCounts } from "../../browser/lists/counts.js" */
/** @import { Done, Target, Where, Which } from "../../browser/domain.js" */

const page = document.getElementById("list-page");
const records = document.getElementById("list-records");
const form = document.getElementById("list-filters");
const list = page.dataset.list;
/** Everybody hears of a new register at once, and not all of them ask in the same moment. */
const SPREAD_MS = 2_000;
const NAMES = ["q", "family", "family_ii", "type_code", "year", "year_from", "year_to", "live", "tag", "show"];

const state = () => document.getElementById("list-state").dataset;
const rows = () => [...records.querySelectorAll("tr.record")];
const marks = wireMarks(records);
const ticking = new Ticking({
  user: document.body.dataset.signedIn,
  refresh: ({ rows: wanted }) => (wanted ? reload() : recount()),
  denied: () => undefined,
  others: { said: saidElsewhere, gone: wentElsewhere },
});

const navigation = new Navigation({
  root: records,
  busy: () => records,
  show(html, how) {
    const marked = marks.ids();
    showPart(records, html, how);
    marks.restore(marked);
  },
  shown: () => taken(),
  said: () => `${number(Number(state().total))} shown`,
  tell: outOfDate,
});
const filters = new Filters(navigation, { form, search: form.elements.q, names: NAMES, first: () => Number(state().first) });
const reload = () => navigation.refresh();
/** Where others work too, nobody takes away what they have not seen. */
const seen = () => (page.dataset.shared ? ticking.selection.version : null);
const recount = () => navigation.recount(() => askCounts(list, ticking.selection.shownVersion), counted);

/** Rows show notes and the order; beside them stand what the list is called and how many suggestions wait. @param {string} event @param {any} payload */
function saidElsewhere(event, { description, suggestions }) {
  if (event === "list") page.dataset.rawDescription = description ?? "";
  if (event !== "suggestions") return false;
  const link = document.querySelector('[data-testid="suggestions"]');
  if (link) link.textContent = suggestions ? `${number(suggestions)} ${suggestions === 1 ? "suggestion" : "suggestions"}` : "Suggestions";
  return true;
}

/** Who deleted it here has been told, and may take it back. */
async function wentElsewhere() {
  if (page.classList.contains("is-gone")) return;
  try {
    await get(`/api/v1/groups/${list}`, { tries: 1 });
    await reload(); // it is somewhere else by now, or may be seen in another way
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (problem.status === 404) showListGone(page);
  }
}

/** Counts have come without rows. @param {ListCounts} counts */
function counted(counts) {
  if (counts.version < ticking.selection.version) return true;
  // What is on its way may be counted there already; it is asked about once it is answered.
  if (!ticking.selection.showsAll(counts.version, counts.changes)) return ticking.selection.pending > 0;
  showCounts(records, counts);
  heard(ticking.selection.confirmed, { whole: false });
  return true;
}

/** What the server says of the list has come, with a page of it. */
function taken() {
  heard(new Map(rows().map((row) => [row.dataset.recordId, true])));
  filters.follow();
  showSizes(JSON.parse(state().counts));
}

/** @param {Map<string, boolean>} shown */
function heard(shown, { whole = true } = {}) {
  const { name, version, count, total } = state();
  page.dataset.name = name;
  document.getElementById("list-heading").textContent = name;
  ticking.load({
    list, listName: name, version: Number(version), listCount: Number(count), matchingCount: Number(total),
    total: Number(total), rows: shown, whole, shared: Boolean(page.dataset.shared),
  });
}

// Do it, say what came, offer to take it back. A refusal is told in the server's words, unless it `isKnown`.
/** @param {() => Promise<any>} action @param {(problem: any) => boolean} isKnown @returns {Promise<any>} */
async function attempt(action, isKnown = () => false) {
  try {
    await ticking.queue.idle(); // ticks that are on their way come first
    return await action();
  } catch (problem) {
    if (!isKnown(problem)) toast(problem.message, { kind: "danger", key: "list" });
    return null;
  }
}

// Something was done here: kept for taking back as soon as it is known, said, and shown anew.
/** @param {string} label @param {Done | Done[]} done @param {string} [words] */
async function did(label, done, words) {
  ticking.did(label, [done].flat().map((one) => ({ list: one.list ?? list, operation: one.operation_id })), words);
  await reload();
}

// ---------------------------------------------------------------------------------------- ticks

/** An unticked row stays in sight, so that a slip is mended with one click. */
function show() {
  for (const row of rows()) {
    const on = ticking.selection.has(row.dataset.recordId);
    row.querySelector("[data-testid=record-checkbox]").checked = on;
    row.classList.toggle("is-gone", !on);
  }
  const { list: count } = ticking.selection.counts();
  const shown = document.getElementById("selection-count");
  shown.textContent = number(count);
  shown.dataset.count = String(count);
  for (const place of document.querySelectorAll(`[data-count-of="${list}"]`)) place.textContent = number(count);
}

/** @param {Found} box */
function tick(box) {
  const row = box.closest("tr");
  ticking.tick(row.dataset.recordId, box.checked, row.dataset.title);
}

/** @param {Which} what */
async function remove(what) {
  const done = await attempt(() => operate(list, "bulk_deselect", what, seen()));
  if (done) await did(`${laws(done.changed)} removed from the list`, done);
}

/** @param {number | null} refused so many were agreed to, and there are others by now */
async function clear(refused = null) {
  const { list: count } = ticking.selection.counts();
  if (!count) { toast("The list is already empty."); return; }
  if (!(await askToClear(page.dataset.name, count, refused))) return;
  /** @type {Problem[]} */
  const others = [];
  const done = await attempt(() => clearList(list, count, seen()), (problem) => {
    if (problem.code === "count_changed") others.push(problem);
    return others.length > 0;
  });
  if (done) await did(`List cleared: ${laws(done.changed)} removed`, done);
  if (!others.length) return;
  await reload();
  if (ticking.selection.counts().list !== count) await clear(count);
  else toast(others[0].message, { kind: "warning", key: "list" });
}

// ---------------------------------------------------------------------------------------- copy and move

/** @param {Which} what @param {number} count @param {boolean} move */
async function send(what, count, move) {
  const target = await chooseTarget({ move, count, without: list });
  if (target) await sendTo(target, what, move);
}

/** @param {Target} target @param {Which} what @param {boolean} move */
async function sendTo(target, what, move) {
  const done = await attempt(() => transfer(list, target.id, what, move, ticking.selection.version));
  if (!done) return;
  const steps = done.copied.changed ? [{ ...done.copied, list: target.id }] : [];
  if (done.removed) steps.push(done.removed);
  const there = done.copied.unchanged ? ` ${number(done.copied.unchanged)} ${done.copied.unchanged === 1 ? "was" : "were"} already there.` : "";
  marks.clear();
  const label = `${laws(move ? done.removed.changed : done.copied.changed)} ${move ? "moved" : "copied"} to ${quoted(target.name)}`;
  if (steps.length) await did(label, steps, `${label}.${there}`);
  else toast(`${label}.${there}`, { key: "undo" });
}

const shown = () => ({ filter: JSON.parse(state().filter), expected_count: Number(state().total) });

// ---------------------------------------------------------------------------------------- rows

/** @param {Which} what @param {number} count */
async function assignTo(what, count) {
  const said = await askWho(count);
  const done = said && (await attempt(() => assign(list, what, said)));
  if (done) await did(`Saved for ${laws(done.changed)}`, done);
}

/** @type {Record<string, (row: Found) => unknown>} */
const ROW = {
  /** @param {Found} row */
  assign: (row) => assignTo({ record_ids: [row.dataset.recordId] }, 1),
  /** @param {Found} row */
  async note(row) {
    const { recordId } = row.dataset;
    const standing = async () => {
      await reload();
      return rows().find((one) => one.dataset.recordId === recordId)?.dataset ?? null;
    };
    const done = await editNote(/** @type {any} */ ({ ...row.dataset, list }), standing);
    if (done?.changed) await did("Note and tags saved", done);
  },
  /** @param {Found} row */
  remove: (row) => remove({ record_ids: [row.dataset.recordId] }),
  /** @param {Found} row */
  copy: (row) => send({ record_ids: [row.dataset.recordId] }, 1, false),
  /** @param {Found} row */
  move: (row) => send({ record_ids: [row.dataset.recordId] }, 1, true),
  /** @param {Found} row */
  first: (row) => place([row.dataset.recordId], {}),
  /** @param {Found} row */
  up: (row) => step(row, -1, place),
  /** @param {Found} row */
  down: (row) => step(row, 1, place),
  /** @param {Found} row */
  async unrank(row) {
    const done = await attempt(() => annotate(list, row.dataset.recordId, { rank: null }));
    if (done) await did("Back in the list's normal order", done);
  },
};

/** Put laws elsewhere in the list; who did it by keyboard goes on from the law that was moved. @param {string[]} ids @param {Where} where */
async function place(ids, where) {
  const done = await attempt(() => placeRecords(list, ids, where));
  if (!done) return;
  if (!done.changed) { announce("It is already there."); return; }
  await did(`${laws(ids.length)} moved`, done);
  ids.map(box).find(Boolean)?.focus();
}

/** @param {string} record */
const box = (record) => records.querySelector(`tr[data-record-id="${record}"] [data-testid=record-checkbox]`);

/** @type {Record<string, () => unknown>} */
const MARKED = {
  copy: () => send({ record_ids: marks.ids() }, marks.ids().length, false),
  move: () => send({ record_ids: marks.ids() }, marks.ids().length, true),
  assign: () => assignTo({ record_ids: marks.ids() }, marks.ids().length),
  async reviewed() {
    const done = await attempt(() => markReviewed(list, marks.ids()));
    if (done) await did(`${laws(done.changed)} marked as still applying`, done);
  },
  remove: () => remove({ record_ids: marks.ids() }),
  none: () => marks.clear(),
};

/** @type {Record<string, () => unknown>} */
const ALL = {
  copy: () => send(shown(), Number(state().total), false),
  move: () => send(shown(), Number(state().total), true),
  assign: () => assignTo(shown(), Number(state().total)),
  remove: () => remove(shown()),
};

/** @type {Record<string, () => unknown>} */
const LIST = {
  async edit() {
    const { name, rawDescription: description, colour } = page.dataset;
    const saved = await editList({ heading: "Edit list", button: "Save", name, description, colour }, (fields) => changeList(list, fields));
    if (saved) location.reload();
  },
  async delete() {
    if ((await attempt(async () => { await deleteList(list); return true; })) === null) return;
    toast(`${quoted(page.dataset.name)} was deleted. You can restore it for 30 days.`, {
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
  const words = `The list now follows its filter: ${number(Number(fresh))} added, ${number(Number(gone))} removed`;
  if (page.dataset.smart === "frozen") await did(words, done);
  else {
    await reload();
    toast(`${words}.`, { key: "drift" });
  }
}

// ---------------------------------------------------------------------------------------- filters, pages

records.addEventListener("change", (event) => {
  const field = /** @type {Found} */ (event.target);
  if (field.dataset.testid === "record-checkbox") tick(field);
});
navigation.addEventListener("focus-rows", () => records.querySelector("[data-testid=record-checkbox]")?.focus());
navigation.addEventListener("missed", () => { if (navigator.onLine) ticking.connection.lost(); });
ticking.connection.addEventListener("change", () => { if (ticking.connection.isHere) navigation.again(); });

document.addEventListener("click", (event) => {
  const button = event.target?.closest("[data-row], [data-marked], [data-all], [data-act], [data-drift]");
  if (!button || !(page.contains(button))) return;
  const { row, marked, all, act, drift } = button.dataset;
  if (row) void ROW[row](button.closest("tr"));
  else if (marked) void MARKED[marked]();
  else if (all) void ALL[all]();
  else if (drift) void follow();
  else void LIST[act]();
});

document.getElementById("clear-selection")?.addEventListener("click", () => void clear());
document.getElementById("print-list")?.addEventListener("click", ({ currentTarget: link }) => {
  /** @type {Found} */ (link).href = `${address(`${form.action}/print`, [...navigation.query])}#now`;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.defaultPrevented || event.target?.closest("dialog, details[data-menu][open]")) return;
  marks.clear();
});
wireShortcuts({ ticking, search: form.elements.q });
offer(() => [
  { sign: "arrow-back-up", label: "Undo", run: () => ticking.undo() },
  { sign: "arrow-forward-up", label: "Redo", run: () => ticking.redo() },
  ...[...document.querySelectorAll("#list-menu .menu-item")].map((item) => ({ sign: "list-details", label: item.textContent.trim(), run: () => item.click() })),
]);

wireExports(page);
wireDetails({
  ticking, rows,
  where: () => ({ page: Number(state().page), pages: Number(state().pages) }),
  /** @param {number} wanted */
  async turn(wanted) {
    await navigation.visit(address(location.href, [["page", String(wanted)]]), { replace: true });
  },
  left: () => void reload(),
});
wirePlacing(records, { ids: marks.dragged, place });
marks.onDrop = (target) => sendTo(target, { record_ids: marks.dragged() }, Boolean(target.move));

ticking.selection.addEventListener("change", show);
taken();
ticking.resume();
lookAgain(ticking, reload);
document.addEventListener("sertantai:register", () => setTimeout(() => void reload(), Math.random() * SPREAD_MS));
if (page.dataset.smart === "live") void follow();
