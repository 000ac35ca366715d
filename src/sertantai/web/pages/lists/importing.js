// /groups/import: bring a register in. What its columns are, which laws its lines mean, and into which list; nothing is
// saved before the last step, which is one operation.

import { announce } from "../../browser/announce.js";
import { Bringing } from "../../browser/importing/bringing.js";
import { ColumnsStep, fullest, guessed } from "../../browser/importing/columns_step.js";
import { Draft } from "../../browser/importing/draft.js";
import { takeDrops } from "../../browser/importing/drops.js";
import { LawsStep } from "../../browser/importing/laws_step.js";
import { laid } from "../../browser/importing/noted.js";
import { readFile, tablesIn } from "../../browser/importing/reading.js";
import { bySaying, byLine, chosenBefore, linesInTable, linesInText, unnamed } from "../../browser/importing/finding.js";
import { holdsTable, isTable } from "../../browser/importing/recognising.js";
import { csvOf, reportOf } from "../../browser/importing/report.js";
import { rowsOf } from "../../browser/importing/rows.js";
import { showWaiting } from "../../browser/importing/waiting.js";
import { Sending } from "../../browser/lists/import_sending.js";
import { laws, number, quoted } from "../../browser/ticking/words.js";
import { toast } from "../../browser/toast.js";

/** @import { Brought, ColumnsMapped, Law, MatchedLine } from "../../browser/domain.js" */

/** What was brought: lines as text, or tables. @typedef {{ name: string, text: string | null, tables: Brought | null }} Source */

const TEXT_SHOWN_CHARACTERS = 20_000;
const KEPT_AFTER_MS = 150;
const STOPPED = "Stopped, as the text was changed. Choose Find laws when it is ready.";
const CUT = "Only what stands here is looked for now. Choose the file again for all of it.";
const UNKNOWN = new Set(["outcome_unknown", "timeout", "network"]);
const NOT_KNOWN = "We do not know yet whether everything was imported. Choose Import once more: nothing is imported twice.";

const form = document.getElementById("match-form");
const area = document.getElementById("import-text");
const columns = document.getElementById("columns");
const found = document.getElementById("found");
const progress = document.getElementById("import-progress");
const told = document.getElementById("import-told");
const into = document.getElementById("import-into");
const name = document.getElementById("import-name");
const notice = document.getElementById("import-draft");
const done = document.getElementById("import-done");
const ours = { exported: JSON.parse(form.dataset.exported), namedBy: JSON.parse(form.dataset.namedBy) };
const draft = new Draft(document.body.dataset.signedIn ?? "");

/** @type {Source | null} */ let source = null;
/** That of `items`. @type {Source | null} */ let foundIn = null;
/** @type {ColumnsMapped | null} */ let mapped = null;
/** @type {MatchedLine[]} */ let items = [];
/** Lines that were not looked for. @type {{ line: number, text: string, reason: string }[]} */
let without = [];
/** @type {string[]} */ let toldOfFile = [];
/** @type {Sending | null} */ let sending = null;
let keeping = 0;

const lawsStep = new LawsStep(JSON.parse(found.dataset.types), () => { const { again } = chosen(); sum(); keepState(); return again; });
const columnsStep = new ColumnsStep({
  changed: (now) => { mapped = now; keepState(); },
  chosen: (sheet) => void busy(document.getElementById("columns-next"), () => showColumns(sheet)),
});

const chosen = () => laid(items, lawsStep.lawOf, foundIn?.tables !== null);
const matchButton = form.querySelector("button[type=submit]");
const bringing = new Bringing(matchButton, { refuse, ended: () => { progress.hidden = true; } });

// ------------------------------------------------------------------------------------------ what is brought

/** @param {unknown} problem */
function refuse(problem) {
  toast(problem instanceof Error ? problem.message : String(problem), { kind: "danger", key: "import" });
}

/** @template T @param {Found} button @param {() => Promise<T>} work */
async function busy(button, work) {
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (problem) {
    refuse(problem);
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** @param {File} file @param {AbortSignal} signal */
async function bringFile(file, signal) {
  told.textContent = `Reading ${file.name}…`;
  try {
    const read = await readFile(file, ours, signal);
    signal.throwIfAborted();
    if (read.tables) return await bringTables(read.name, read.tables, signal);
    const text = read.text ?? "";
    source = { name: read.name, text, tables: null };
    area.value = shown(text);
    told.textContent = `${file.name}: ${number(text.length)} characters${read.guessed ? `, read as ${read.guessed}: check accents and quotation marks` : ""}`;
    compare();
  } catch (problem) {
    if (!signal.aborted) told.textContent = "";
    throw problem;
  }
}

/** As much of a text as stands in the page. @param {string} text */
const shown = (text) => (text.length > TEXT_SHOWN_CHARACTERS ? `${text.slice(0, TEXT_SHOWN_CHARACTERS)}\n…` : text);

/** What was found is of one text: while another stands there, it is marked, and nothing of it can be imported. */
function compare() {
  if (!source && area.value === foundIn?.text) source = foundIn;
  const isOld = !found.hidden && !form.hidden && (source?.text ?? area.value) !== foundIn?.text;
  document.getElementById("import-outdated").hidden = !isOld;
  found.inert = isOld;
}

/** A column of text alone is of laws, and needs no first step. @param {string} called @param {Brought} tables @param {AbortSignal} signal */
async function bringTables(called, tables, signal) {
  signal.throwIfAborted();
  told.textContent = "";
  if (!tables.tables.some((table) => table.rows.length)) throw new Error("There are no rows in it.");
  source = { name: called, text: null, tables };
  items = [];
  foundIn = null;
  found.hidden = true;
  await showColumns(fullest(tables));
  signal.throwIfAborted();
  const [only] = tables.tables;
  if (tables.tables.length === 1 && only.rows[0].cells.length === 1 && mapped) {
    mapped = { ...mapped, roles: ["law"] };
    await findInTable();
  }
}

/** @param {number} sheet */
async function showColumns(sheet) {
  if (!source?.tables) return;
  const brought = source;
  const { tables } = source;
  const guess = await guessed(tables, sheet);
  if (source !== brought) return; // something else was brought meanwhile
  mapped = guess;
  draft.begin();
  await draft.keep({ source, found: null, state: { mapped } });
  columnsStep.show(tables, mapped);
  goTo("columns");
}

// -------------------------------------------------------------------------------------------------- steps

/** @param {"source" | "columns" | "laws"} step */
function goTo(step) {
  const isTableOfTheirs = Boolean(source?.tables);
  form.hidden = isTableOfTheirs && step !== "source";
  columns.hidden = step !== "columns";
  found.hidden = step !== "laws";
  done.hidden = true;
  notice.hidden = true;
  document.getElementById("import-brought").hidden = !form.hidden;
  document.getElementById("import-brought-name").textContent = source?.name || "Pasted table";
  document.getElementById("columns-back").hidden = !isTableOfTheirs;
  compare();
  mark(step);
  if (step !== "source") document.getElementById(step === "columns" ? "columns-heading" : "found-heading").focus();
}

/** Which step somebody is in. @param {string} step */
function mark(step) {
  for (const one of document.querySelectorAll(".import-steps [data-step]")) {
    if (one.dataset.step === step) one.setAttribute("aria-current", "step");
    else one.removeAttribute("aria-current");
  }
}

/** @param {number} share */
function show(share) {
  progress.hidden = false;
  progress.value = String(share);
}

/** @param {string} text @param {AbortSignal} signal */
async function findInText(text, signal) {
  const { all, told: said } = await linesInText(text, { show, signal });
  const choices = chosenBefore(items, lawsStep.choices, all, bySaying);
  foundIn = source = { name: source?.text === text ? source.name : "", text, tables: null };
  items = all;
  without = [];
  toldOfFile = said;
  draft.begin();
  await draft.keep({ source: foundIn, found: { items, without, toldOfFile }, state: { choices: [...choices] } });
  showLaws(choices);
}

async function findInTable() {
  if (!source?.tables || !mapped) return;
  const brought = source;
  const { tables } = source;
  const table = tables.tables[mapped.sheet];
  const named = rowsOf(table, mapped).filter((row) => row.law.length || row.reference.length);
  hold(true);
  const all = await linesInTable(named, { show: showTable, isStill: () => source === brought }).finally(() => hold(false));
  if (!all) return; // something else was brought meanwhile
  const choices = chosenBefore(items, lawsStep.choices, all, byLine);
  items = all;
  foundIn = source;
  without = unnamed(table.rows, new Set(named.map((row) => row.line)), mapped);
  toldOfFile = [...tables.told, ...table.told];
  await draft.keep({ source, found: { items, without, toldOfFile }, state: { mapped, choices: [...choices] } });
  showLaws(choices);
}

/** How far it is; null: no longer under way. @param {number | null} share @param {string} said */
function showTable(share, said) {
  const bar = document.getElementById("columns-progress");
  bar.hidden = share === null;
  bar.value = String(share ?? 0);
  document.getElementById("columns-progress-told").textContent = said;
}

/** While lines are looked for, nobody says otherwise what their columns are. @param {boolean} isHeld */
function hold(isHeld) {
  for (const one of columns.querySelectorAll(".columns-choices, .columns-preview")) one.inert = isHeld;
}

/** @param {Map<number, Law | null>} choices */
function showLaws(choices) {
  sending = null;
  const counts = lawsStep.show(items, choices);
  document.getElementById("import-file-told").textContent = toldOfFile.join(" ");
  goTo("laws");
  announce(`${number(counts[0])} matched, ${number(counts[1])} to choose, ${number(counts[2])} not found`);
}

function sum() {
  const { wanted, again } = chosen();
  const notes = wanted.filter((item) => item.note || item.tags?.length).length;
  const shortened = items.filter((item) => item.told.length && lawsStep.lawOf(item)).length;
  document.getElementById("import-sum").textContent = [
    `${laws(wanted.length)} to import`, notes && `${number(notes)} with notes or tags`, again.size && `${number(again.size)} ${again.size === 1 ? "line names" : "lines name"} a law again`, shortened && `${number(shortened)} changed to fit (listed first above)`,
  ].filter(Boolean).join(", ");
  const { undecided } = lawsStep;
  document.getElementById("import-undecided").textContent = undecided ? `${number(undecided)} ${undecided === 1 ? "line is" : "lines are"} not imported unless you choose a law.` : "";
  document.querySelector("#import-save button[type=submit]").disabled = !wanted.length;
}

// ------------------------------------------------------------------------------------- what is not saved yet

/** The choices so far, a moment after the last one. */
function keepState() {
  clearTimeout(keeping);
  keeping = setTimeout(keepStateNow, KEPT_AFTER_MS);
}

function keepStateNow() {
  clearTimeout(keeping);
  if (source) void draft.keep({ state: { mapped, choices: [...lawsStep.choices], into: into.value, name: name.value } });
}

async function offerDraft() {
  const kept = await draft.read();
  if (!kept || source) return;
  const lines = kept.found?.items.length ?? kept.source.tables?.tables[kept.state.mapped?.sheet ?? 0]?.rows.length ?? 0;
  document.getElementById("import-draft-told").textContent = `${kept.source.name ? `${quoted(kept.source.name)}, ` : ""}${number(lines)} ${lines === 1 ? "line" : "lines"}: nothing of it is saved yet.`;
  notice.hidden = false;
  document.getElementById("draft-go-on").onclick = () => { notice.hidden = true; resume(kept); };
  document.getElementById("draft-again").onclick = () => { notice.hidden = true; void draft.drop(); area.focus(); };
}

/** @param {{ source: Source, found: any, state: any }} kept */
function resume(kept) {
  ({ source } = kept);
  mapped = kept.state.mapped ?? null;
  if (source.text !== null) area.value = shown(source.text);
  if (source.tables && mapped) columnsStep.show(source.tables, mapped);
  if (!kept.found) { goTo("columns"); return; }
  ({ items, without, toldOfFile } = kept.found);
  foundIn = source;
  if (kept.state.into !== undefined && [...into.options].some((option) => option.value === kept.state.into)) into.value = kept.state.into;
  name.value = kept.state.name ?? "";
  nameIfNew();
  showLaws(new Map(kept.state.choices ?? []));
}

function nameIfNew() {
  name.hidden = into.value !== "";
  name.required = !name.hidden;
}

// ------------------------------------------------------------------------------------------------- saving

/** What was imported is no longer offered; what was not found, or not chosen, stays to be worked on. */
function rest() {
  const left = items.filter((item) => !lawsStep.lawOf(item) && !lawsStep.choices.has(item.key));
  clearTimeout(keeping);
  void draft.drop();
  source = foundIn = null;
  items = [];
  goTo("source");
  area.value = [...new Set(left.map((item) => item.text.replace(/\s*\n\s*/g, "; ")))].join("\n");
  told.textContent = left.length ? `${left.length === 1 ? "1 line is" : `${number(left.length)} lines are`} left, with no law found or chosen.` : "";
  area.focus();
}

/** What was kept with the list, else what is known here. @param {{ list: string, kept: string | null }} saved @param {() => string} csv */
function offerReport({ list, kept }, csv) {
  const link = document.getElementById("import-report");
  if (link.href.startsWith("blob:")) URL.revokeObjectURL(link.href);
  link.href = kept ? `/api/v1/groups/${list}/imports/${kept}/report.csv` : URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
  document.getElementById("import-done-list").href = `/groups/${list}`;
  const later = document.getElementById("import-done-later");
  later.hidden = !kept;
  later.href = `/groups/${list}/imports?import=${kept}`;
  done.hidden = false;
}

/** @param {{ told: string[] }[]} unresolved */
function lacking(unresolved) {
  if (!unresolved.length) return "";
  return `Of ${laws(unresolved.length)} the file names a responsible person or a review date that could not be used: ${unresolved[0].told[0]} The report says it of each line.`;
}

async function save() {
  const { wanted, again } = chosen();
  const asked = /** @type {const} */ ([into.value, name.value, wanted]);
  const report = reportOf(items, without, { lawOf: lawsStep.lawOf, choices: lawsStep.choices, again });
  if (!sending?.isOf(...asked)) sending = new Sending(...asked, report);
  const saved = await sending.send();
  sending = null;
  const byId = new Map(items.map(lawsStep.lawOf).filter((law) => law !== null).map((law) => [law.id, law]));
  const there = saved.unchanged ? ` ${number(saved.unchanged)} ${saved.unchanged === 1 ? "was" : "were"} already there.` : "";
  const called = into.value ? into.selectedOptions[0].text.replace(/^Into /, "") : name.value;
  rest();
  document.getElementById("import-done-told").textContent = [`${laws(saved.changed)} imported into ${quoted(called)}.${there}`, lacking(saved.unresolved), saved.told].filter(Boolean).join(" ");
  offerReport(saved, () => csvOf(report, (id) => byId.get(id)));
  toast(`${laws(saved.changed)} imported into ${quoted(called)}.${there}`, {
    kind: "success", key: "import", durationMs: 0, action: { label: "Open", href: `/groups/${saved.list}` },
    undo: saved.changed ? saved.undo : null,
  });
}

// ------------------------------------------------------------------------------------------------ wiring

showWaiting(document.getElementById("import-waiting"), () => bringing.isBusy || columns.querySelector("[aria-busy], [inert]") !== null);

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = source?.text ?? area.value;
  if (!text.trim()) { area.focus(); told.textContent = "Paste something first."; return; }
  if (bringing.isBusy) return;
  if (told.textContent === STOPPED) told.textContent = "";
  void bringing.take("The text", async (signal) => {
    if (isTable(text, ours)) await bringTables(source?.name ?? "", await tablesIn(text, null, signal), signal);
    else await findInText(text, signal);
  });
});

area.addEventListener("input", () => {
  const wasCut = source !== null && source.text !== null && shown(source.text) !== source.text;
  if (bringing.isBusy) told.textContent = STOPPED;
  else if (wasCut) told.textContent = CUT;
  else if (![STOPPED, CUT].includes(told.textContent ?? "")) told.textContent = "";
  bringing.stop();
  source = null;
  compare();
});
area.addEventListener("paste", (event) => {
  const html = event.clipboardData?.getData("text/html") ?? "";
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const table = holdsTable(html) ? html : null;
  if (area.value.trim() || (!table && !isTable(text, ours))) return;
  event.preventDefault();
  area.value = text;
  void bringing.take("What you pasted", async (signal) => bringTables("", await tablesIn(text, table, signal), signal));
});
document.getElementById("import-file").addEventListener("change", (event) => {
  const input = /** @type {Found} */ (event.target);
  const [file] = input.files;
  if (file) void bringing.take(quoted(file.name), (signal) => bringFile(file, signal));
  input.value = ""; // the same file may be chosen again
});
takeDrops(form, {
  file: (dropped, others) => {
    if (others) toast(`One file at a time: ${quoted(dropped.name)} is read.`, { key: "import-one" });
    void bringing.take(quoted(dropped.name), (signal) => bringFile(dropped, signal));
  },
  table: (text, html) => void bringing.take("What you dropped", async (signal) => bringTables("", await tablesIn(text, html, signal), signal)),
});
document.getElementById("columns-next").addEventListener("click", (event) => void busy(/** @type {Found} */ (event.currentTarget), findInTable));
document.getElementById("columns-back").addEventListener("click", () => goTo("columns"));
document.getElementById("import-another").addEventListener("click", () => { source = foundIn = null; void draft.drop(); goTo("source"); area.value = ""; area.focus(); });
into.addEventListener("change", () => { nameIfNew(); if (!name.hidden) name.focus(); keepState(); });
name.addEventListener("input", keepState);
addEventListener("pagehide", keepStateNow);

found.addEventListener("focusin", (event) => mark(event.target?.closest("#import-save") ? "into" : "laws"));
document.getElementById("import-save").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = /** @type {Found} */ (event.target).querySelector("button[type=submit]");
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    await save();
  } catch (problem) {
    toast(UNKNOWN.has(problem.code) ? NOT_KNOWN : problem.message, { kind: "danger", key: "import" });
  } finally {
    button.removeAttribute("aria-busy");
  }
});

void offerDraft();
