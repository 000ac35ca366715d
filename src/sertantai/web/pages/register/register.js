// The register's page: puts its parts together. Each part is a module of its own.

import { showSizes } from "../../browser/counts.js";
import { wireExports } from "../../browser/exporting.js";
import { Filters } from "../../browser/filters.js";
import { icon } from "../../browser/icons.js";
import { Navigation } from "../../browser/navigation.js";
import { showParts } from "../../browser/parts.js";
import { address } from "../../browser/query.js";
import { commonCommands, go } from "../../browser/palette/commands.js";
import { Palette } from "../../browser/palette/palette.js";
import { wireShortcuts } from "../../browser/shortcuts.js";
import { toast } from "../../browser/toast.js";
import { quoted } from "../../browser/ticking/words.js";
import { TickTable } from "../../browser/ticking/table.js";
import { becomeGuest } from "../../browser/ticking/guest.js";
import { lookAgain } from "../../browser/ticking/look_again.js";
import { Ticking } from "../../browser/ticking/ticking.js";
import { askCounts, showCounts } from "../../browser/register/counts.js";
import { Columns } from "../../browser/register/columns.js";
import { Drawer } from "../../browser/register/drawer.js";
import { FiltersDrawer } from "../../browser/register/filters_drawer.js";
import { GroupSwitcher } from "../../browser/register/group_switcher.js";
import { wireHints } from "../../browser/register/hints.js";
import { Histogram } from "../../browser/register/histogram.js";
import { SelectionBar } from "../../browser/register/selection_bar.js";
import { SmartList } from "../../browser/register/smart_list.js";
import { Views } from "../../browser/register/views.js";

/** @import { Problem } from "../../browser/http.js" */
/** @import { Counts } from "../../browser/register/counts.js" */

const UNAVAILABLE_MS = 5000;
/** Everybody hears of a new register at once, and not all of them ask in the same moment. */
const SPREAD_MS = 2_000;
const PARTS = ["facets", "results"];
const NAMES = ["q", "family", "family_ii", "type_code", "year", "year_from", "year_to", "live", "selected"];

const root = document.getElementById("register");
let lookingAgain = 0;
const results = () => document.getElementById("results");
/** The list that the page shows; other tabs may choose others. @type {{ id: string | null, name: string }} */
const target = { id: null, name: "" };

const view = () => {
  const { filter, sort, page, pages } = results().dataset;
  return { filter: JSON.parse(filter), sort, page: Number(page), pages: Number(pages) };
};

const navigation = new Navigation({
  root,
  busy: results,
  show: (html, how) => showParts(PARTS, html, how),
  shown: () => taken(),
  said: () => (results().dataset.total === "0" ? "No laws match" : document.getElementById("results-count").textContent.trim()),
  tell: missing,
  list: () => target.id,
});
const ticking = new Ticking({
  user: root.dataset.user ?? null,
  refresh: async ({ rows }) => {
    const known = ticking.selection.list;
    navigation.forget();
    await (rows ? navigation.refresh() : navigation.recount(() => askCounts(ticking.selection.shownVersion, target.id), counted));
    if (known === null && ticking.selection.signedIn) becameKnown();
  },
  admit: "guests" in root.dataset ? becomeGuest : null,
  denied: () => toast("Sign in to save your ticks.", {
    key: "denied", action: { label: "Sign in", href: address("/sign-in", [["next", address(location.href, [])]]) },
  }),
  others: { rowsDepend: () => navigation.query.has("selected"), said: saidElsewhere },
});
const bar = new SelectionBar(root, ticking, () => view().filter);
const drawer = new Drawer({ ticking, navigation, table: () => table });
const table = new TickTable(root, ticking, {
  view,
  actions: {
    /** @param {string} id */
    open: (id) => drawer.open(id),
    tickMatching: () => bar.tickMatching(),
    /** @param {number} by @param {string | null} focus */
    turn: (by, focus) => turn(by, focus),
  },
});
const filters = new Filters(navigation, {
  form: document.getElementById("filters"), search: document.getElementById("search"), names: NAMES,
  first: () => Number(results().dataset.first),
});
const filtersDrawer = new FiltersDrawer();
const switcher = new GroupSwitcher(navigation);
const columns = new Columns(navigation, () => switcher.remember());
const views = new Views(navigation, columns, "signedIn" in document.body.dataset ? root.dataset.user : null);
const smartList = new SmartList(() => view().filter, switcher);
const palette = new Palette({
  commands: () => [
    ...switcher.lists.map((list) => ({ sign: "list-check", label: `Save ticks to “${list.name}”`, run: () => switcher.choose(list.id) })),
    ...switcher.lists.map((list) => ({ sign: "folder", label: `Open the list “${list.name}”`, run: go(`/groups/${list.id}`) })),
    ...views.all.map((one) => ({ sign: "bookmark", label: `View “${one.name}”`, run: () => views.open(one) })),
    { sign: "bookmark", label: "Save this view", run: () => views.ask() },
    ...(smartList.isOffered ? [{ sign: "filter", label: "Save as smart list", run: () => smartList.ask() }] : []),
    { sign: "check", label: "Tick or untick this page", run: () => table.tickPage() },
    { sign: "list-check", label: "Tick all results", run: () => bar.tickMatching() },
    { sign: "arrow-back-up", label: "Undo", run: () => ticking.undo() },
    { sign: "arrow-forward-up", label: "Redo", run: () => ticking.redo() },
    { sign: "eye", label: "Show ticked laws only", run: () => navigation.visit("?selected=true") },
    { sign: "filter-off", label: "Show the whole register", run: () => navigation.visit("/records") },
    ...commonCommands("this view"),
  ],
  opening: () => views.store.refresh(),
  laws: {
    wanted: () => Boolean(ticking.user),
    /** @param {string} id */
    open: (id) => drawer.open(id),
    /** @param {string} words */
    search: (words) => navigation.visit(address(location.pathname, [["q", words]])),
  },
});
wireShortcuts({ ticking, palette, search: document.getElementById("search") });
new Histogram((low, high) => {
  document.getElementById("year-from").value = String(low);
  document.getElementById("year-to").value = String(high);
  navigation.visit(filters.href);
});
// What was fetched ahead shows ticks as they were.
ticking.selection.addEventListener("change", () => navigation.forget());
navigation.addEventListener("focus-rows", (event) => table.focus(event.detail));

/** Notes and suggestions are not in these rows, but the list's name is beside them. @param {string} event @param {any} payload */
function saidElsewhere(event, { records = {}, ids = Object.keys(records) }) {
  if (event === "annotations") drawer.changedElsewhere(ids);
  return event !== "list";
}

/** A stranger is a guest now. */
function becameKnown() {
  root.dataset.user = ticking.user ?? "";
  delete root.dataset.guests;
  drawer.refresh();
}

/** Show another page of the view; `focus` says which of its rows gets the focus. @param {number} by @param {string | null} focus */
function turn(by, focus) {
  const page = view().page + by;
  return navigation.visit(address(location.href, [["page", page > 1 ? String(page) : null]]), { focus, top: true });
}

/** A view that somebody chose cannot be shown. What is only asked for again, nobody waits for. */
/** @param {Problem} problem @param {boolean} chosen @param {() => unknown} again */
function missing(problem, chosen, again) {
  if (!chosen) return null;
  const text = problem.status === 0 && !navigator.onLine ? "You are offline, so this view cannot be loaded." : problem.message;
  return toast(`${text} You're still seeing the previous view.`, {
    kind: "danger", key: "view", durationMs: 0, undoLabel: "Try again", undo: async () => again(),
  });
}

/** The server's word on what is shown has come: with the page, or after a change of view. */
function taken() {
  heard({ rows: true });
  table.show();
  navigation.expectNext();
}

/** Counts have come without rows. @param {Counts} counts */
function counted(counts) {
  const { selection } = ticking;
  // What is on its way may be counted there already; it is asked about once it is answered.
  if (!selection.showsAll(counts.version, counts.changes)) return selection.pending > 0;
  const isWhole = showCounts(results(), counts);
  if (isWhole) heard({ rows: false });
  return isWhole;
}

/** @param {{ rows: boolean }} what */
function heard({ rows }) {
  const data = results().dataset;
  ticking.load({
    list: data.list ?? null,
    listName: data.listName ?? "",
    version: Number(data.version),
    listCount: Number(data.listCount),
    matchingCount: Number(data.ticked),
    total: Number(data.total),
    // Counts that come without rows say nothing about rows: those stay as they were confirmed.
    rows: rows ? serverRows() : ticking.selection.confirmed,
    whole: rows,
    shared: "shared" in data,
  });
  if (data.lists) showSizes(JSON.parse(data.lists));
  bar.show();
  switcher.follow(data);
  aim(data);
  filters.follow();
  views.follow();
  filtersDrawer.follow();
  showHealth(data);
  clearTimeout(lookingAgain);
  if ("unavailable" in data) lookingAgain = setTimeout(() => navigation.refresh(), UNAVAILABLE_MS);
}

/** The page stays with its list; when that is gone, it is said where ticks go from now on. @param {DOMStringMap} shown */
function aim({ list, listName, lists }) {
  if (!list) return;
  const gone = target.id !== null && !(target.id in JSON.parse(String(lists))) ? { ...target } : null;
  Object.assign(target, { id: list, name: listName });
  if (!gone) return;
  toast(`The list ${quoted(gone.name)} no longer exists. Your ticks now go to ${quoted(target.name)}.`, {
    kind: "warning", key: "list-gone", durationMs: 0,
  });
  if (navigation.query.get("group") === gone.id) navigation.restate(address(location.href, [["group", null]]));
  drawer.refresh();
}

/** Whether the database is there, as the last answer says it; the banner comes and goes with it. */
/** @param {DOMStringMap} root what the page says of the server */
function showHealth({ sync, banner, bannerKind }) {
  ticking.calm = sync === "degraded" ? "degraded" : "synced";
  const region = document.getElementById("banner");
  if ((region.textContent.trim() || "") === (banner ?? "")) return;
  region.replaceChildren();
  if (!banner) return;
  const box = Object.assign(document.createElement("div"), { className: `page-banner is-${bannerKind}` });
  box.dataset.testid = "banner";
  const inside = Object.assign(document.createElement("div"), { className: "container-xl" });
  inside.append(icon("alert-triangle"), Object.assign(document.createElement("span"), { textContent: banner }));
  box.append(inside);
  region.append(box);
}

function serverRows() {
  const rows = root.querySelectorAll("tr[data-record-id]");
  return new Map([...rows].map((row) => [row.dataset.recordId, row.getAttribute("aria-selected") === "true"]));
}

const look = () => {
  navigation.forget();
  return navigation.refresh();
};
lookAgain(ticking, look, look);
document.addEventListener("sertantai:register", () => setTimeout(() => void look(), Math.random() * SPREAD_MS));
navigation.addEventListener("missed", () => { if (navigator.onLine) ticking.connection.lost(); });
ticking.connection.addEventListener("change", () => {
  if (ticking.connection.state === "here") void navigation.again();
});
/** All that the view shows, at another path; where ticks decide, those of the list that is shown. @param {string} path */
function whole(path) {
  const stated = [...navigation.query].filter(([name]) => !["page", "limit", "record"].includes(name));
  const isOfTicks = navigation.query.has("selected") && !navigation.query.has("group");
  return address(path, isOfTicks ? [...stated, ["group", target.id]] : stated);
}
wireExports(root, (link) => whole(link.pathname));
document.getElementById("print-view")?.addEventListener("click", ({ currentTarget }) => {
  /** @type {Found} */ (currentTarget).href = `${whole("/records/print")}#now`;
});
wireHints();
taken();
ticking.resume();
drawer.followAddress();
root.dataset.ready = "";
