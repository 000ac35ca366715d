// /groups/import: bring a register in. What its columns are, which laws its lines mean, and into which list; nothing is
// saved before the last step, which is one operation.

import { announce } from "../../browser/announce.js";
import { post } from "../../browser/http.js";
import { ColumnsStep, fullest, guessed } from "../../browser/importing/columns_step.js";
import { Draft } from "../../browser/importing/draft.js";
import { LawsStep } from "../../browser/importing/laws_step.js";
import { laid } from "../../browser/importing/noted.js";
import { readFile, tablesIn } from "../../browser/importing/reading.js";
import { holdsTable, isTable } from "../../browser/importing/recognising.js";
import { csvOf, reportOf } from "../../browser/importing/report.js";
import { pieces, rowsOf } from "../../browser/importing/rows.js";
import { Sending } from "../../browser/lists/import_sending.js";
import { partsOf } from "../../browser/lists/split_file.js";
import { laws, number, quoted } from "../../browser/ticking/words.js";
import { toast } from "../../browser/toast.js";

/** @import { Brought, ColumnsMapped, Law, MatchedLine } from "../../browser/domain.js" */

/** What was brought: lines as text, or tables. @typedef {{ name: string, text: string | null, tables: Brought | null }} Source */

const MATCHED_WITHIN_MS = 120_000;
const TEXT_SHOWN_CHARACTERS = 20_000;
const KEPT_AFTER_MS = 150;
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

const chosen = () => laid(items, lawsStep.lawOf, source?.tables !== null);

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
    progress.hidden = true;
  }
}

/** @param {File} file */
async function bringFile(file) {
  told.textContent = `Reading ${file.name}…`;
  try {
    const read = await readFile(file, ours);
    if (read.tables) return await bringTables(read.name, read.tables);
    const text = read.text ?? "";
    source = { name: read.name, text, tables: null };
    area.value = text.length > TEXT_SHOWN_CHARACTERS ? `${text.slice(0, TEXT_SHOWN_CHARACTERS)}\n…` : text;
    told.textContent = `${file.name}: ${number(text.length)} characters${read.guessed ? `, read as ${read.guessed}: check accents and quotation marks` : ""}`;
  } catch (problem) {
    source = null;
    area.value = "";
    told.textContent = "";
    throw problem;
  }
}

/** A column of text alone is of laws, and needs no first step. @param {string} called @param {Brought} tables */
async function bringTables(called, tables) {
  told.textContent = "";
  if (!tables.tables.some((table) => table.rows.length)) throw new Error("There are no rows in it.");
  source = { name: called, text: null, tables };
  items = [];
  await showColumns(fullest(tables));
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

/** @param {string} text */
async function findInText(text) {
  items = [];
  without = [];
  toldOfFile = [];
  const parts = partsOf(text);
  let line = 0;
  for (const [at, part] of parts.entries()) {
    if (parts.length > 1) show(at / parts.length);
    const { data } = await post("/api/v1/records/match", { text: part }, { timeoutMs: MATCHED_WITHIN_MS });
    toldOfFile.push(...data.told);
    for (const item of data.items) items.push({ ...item, line: item.line + line, key: items.length });
    line += part.split("\n").length - 1;
  }
  source = { name: source?.text === text ? source.name : "", text, tables: null };
  draft.begin();
  await draft.keep({ source, found: { items, without, toldOfFile }, state: {} });
  showLaws(new Map());
}

async function findInTable() {
  if (!source?.tables || !mapped) return;
  const brought = source;
  const { tables } = source;
  const table = tables.tables[mapped.sheet];
  const rows = rowsOf(table, mapped);
  const named = rows.filter((row) => row.law.length || row.reference.length);
  const texts = new Map(named.map((row) => [row.line, row.law[0] ?? row.reference[0]]));
  const parts = pieces(named);
  const bar = document.getElementById("columns-progress");
  /** @type {MatchedLine[]} */
  const all = [];
  bar.hidden = parts.length < 2;
  try {
    for (const [at, part] of parts.entries()) {
      bar.value = String(at / parts.length);
      document.getElementById("columns-progress-told").textContent = parts.length < 2 ? "" : `${number(all.length)} of ${number(named.length)} lines`;
      const { data } = await post("/api/v1/imports/match", { rows: part }, { timeoutMs: MATCHED_WITHIN_MS });
      if (source !== brought) return; // something else was brought meanwhile
      for (const item of data.items) all.push({ ...item, text: texts.get(item.line) ?? item.text, key: all.length });
    }
  } finally {
    bar.hidden = true;
    document.getElementById("columns-progress-told").textContent = "";
  }
  const choices = chosenBefore(items, all);
  items = all;
  without = unnamed(table.rows, new Set(texts.keys()), mapped);
  toldOfFile = [...tables.told, ...table.told];
  await draft.keep({ source, found: { items, without, toldOfFile }, state: { mapped, choices: [...choices] } });
  showLaws(choices);
}

/** What was chosen for a line holds as long as the line says the same. @param {MatchedLine[]} before @param {MatchedLine[]} now */
function chosenBefore(before, now) {
  /** @param {MatchedLine} item */
  const line = (item) => `${item.line} ${item.text}`;
  const chosen = new Map(before.filter(({ key }) => lawsStep.choices.has(key)).map((item) => [line(item), lawsStep.choices.get(item.key) ?? null]));
  return new Map(now.filter((item) => chosen.has(line(item))).map((item) => [item.key, chosen.get(line(item)) ?? null]));
}

/** @param {Brought["tables"][number]["rows"]} rows @param {Set<number>} named @param {ColumnsMapped} columnsAre */
function unnamed(rows, named, { heading }) {
  return rows.map((row, at) => ({ row, at })).filter(({ row }) => !named.has(row.line)).map(({ row, at }) => ({
    line: row.line, text: row.cells.filter((cell) => cell.trim()).join(" · "), reason: at === heading ? "headings" : heading !== null && at < heading ? "above the headings" : "no law in this row",
  }));
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
  if (source.text !== null) area.value = source.text.slice(0, TEXT_SHOWN_CHARACTERS);
  if (source.tables && mapped) columnsStep.show(source.tables, mapped);
  if (!kept.found) { goTo("columns"); return; }
  ({ items, without, toldOfFile } = kept.found);
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
  source = null;
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
  document.getElementById("import-done-told").textContent = [`${laws(saved.changed)} imported into ${quoted(called)}.${there}`, saved.told].filter(Boolean).join(" ");
  offerReport(saved, () => csvOf(report, (id) => byId.get(id)));
  toast(`${laws(saved.changed)} imported into ${quoted(called)}.${there}`, {
    kind: "success", key: "import", durationMs: 0, action: { label: "Open", href: `/groups/${saved.list}` },
    undo: saved.changed ? saved.undo : null,
  });
}

// ------------------------------------------------------------------------------------------------ wiring

const matchButton = form.querySelector("button[type=submit]");

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = source?.text ?? area.value;
  if (!text.trim()) { area.focus(); told.textContent = "Paste something first."; return; }
  void busy(matchButton, async () => {
    if (isTable(text, ours)) await bringTables(source?.name ?? "", await tablesIn(text, null));
    else await findInText(text);
  });
});

area.addEventListener("input", () => { source = null; told.textContent = ""; });
area.addEventListener("paste", (event) => {
  const html = event.clipboardData?.getData("text/html") ?? "";
  const text = event.clipboardData?.getData("text/plain") ?? "";
  const table = holdsTable(html) ? html : null;
  if (area.value.trim() || (!table && !isTable(text, ours))) return;
  event.preventDefault();
  area.value = text;
  void busy(matchButton, async () => bringTables("", await tablesIn(text, table)));
});
document.getElementById("import-file").addEventListener("change", (event) => {
  const input = /** @type {Found} */ (event.target);
  const [file] = input.files;
  if (file) void busy(matchButton, () => bringFile(file));
  input.value = ""; // the same file may be chosen again
});
/** @param {Event} event */
const isOver = (event) => Boolean(event.target?.closest("#match-form"));

// Anywhere on the page: a browser would leave it for the file. Text that is dragged goes where it is let fall.
for (const type of /** @type {const} */ (["dragenter", "dragover"])) {
  document.addEventListener(type, (event) => {
    const isWelcome = event.dataTransfer?.types.includes("Files") || isOver(event);
    if (isWelcome) event.preventDefault();
    form.classList.toggle("is-over", isWelcome);
  });
}
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) form.classList.remove("is-over");
});
document.addEventListener("drop", (event) => {
  form.classList.remove("is-over");
  const [dropped] = event.dataTransfer?.files ?? [];
  const html = event.dataTransfer?.getData("text/html") ?? "";
  if (!dropped && !(isOver(event) && holdsTable(html))) return;
  event.preventDefault();
  if (form.hidden) { toast("Choose “Bring something else” first: this import is not saved yet.", { key: "import" }); return; }
  const text = event.dataTransfer?.getData("text/plain") ?? "";
  void busy(matchButton, dropped ? () => bringFile(dropped) : async () => bringTables("", await tablesIn(text, html)));
});
document.getElementById("columns-next").addEventListener("click", (event) => void busy(/** @type {Found} */ (event.currentTarget), findInTable));
document.getElementById("columns-back").addEventListener("click", () => goTo("columns"));
document.getElementById("import-another").addEventListener("click", () => { source = null; void draft.drop(); goTo("source"); area.value = ""; area.focus(); });
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
