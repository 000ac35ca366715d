// The menu of views with names: filter, search, order, page size and columns under a name of one's own.

import { icon } from "../icons.js";
import { Problem } from "../http.js";
import { address, queryOf } from "../query.js";
import { toast } from "../toast.js";
import { quoted } from "../ticking/words.js";
import { ViewStore } from "../view_store.js";

/** @import { SavedView } from "../domain.js" */
/** @import { Navigation } from "../navigation.js" */
/** @import { Columns } from "./columns.js" */

const NOT_KEPT = ["page", "record", "group"];
const UNNAMED = "Views";

export class Views {
  #menu = document.getElementById("views-menu");
  #list = document.getElementById("views-list");
  #name = document.getElementById("view-name");
  #sign = document.getElementById("views-sign");
  /** @type {string | null} */ #renaming = null;

  /** @param {Navigation} navigation @param {Columns} columns @param {string | null} user */
  constructor(navigation, columns, user) {
    this.navigation = navigation;
    this.columns = columns;
    this.store = new ViewStore(user);
    this.#menu.hidden = false;
    this.#menu.addEventListener("toggle", () => this.#opened());
    this.#list.addEventListener("click", (event) => this.#clicked(event));
    this.#list.addEventListener("submit", (event) => this.#renamed(event));
    this.#list.addEventListener("keydown", (event) => this.#key(event));
    document.getElementById("save-view").addEventListener("submit", (event) => this.#save(event));
    this.store.addEventListener("change", () => { this.#show(); this.follow(); });
  }

  get all() { return this.store.all; }

  /** Show a view, in the list that is ticked into now. @param {SavedView} view */
  open(view) {
    const href = address(`/records?${view.query}`, [["group", this.navigation.query.get("group")]]);
    this.#menu.open = false;
    if (this.columns.apply(view.columns)) location.assign(href);
    else void this.navigation.visit(href, { top: true });
  }

  /** For the palette: open the menu where a name is asked for. */
  ask() {
    this.#menu.open = true;
    this.#name.focus();
  }

  /** The button says which view is shown, if it is one with a name. */
  follow() {
    const now = plain(this.navigation.query.toString());
    const current = now === "" ? undefined : this.all.find((view) => plain(view.query) === now);
    this.#sign.textContent = current ? current.name : UNNAMED;
    for (const link of this.#list.querySelectorAll("a")) link.setAttribute("aria-current", String(link.dataset.view === current?.id));
  }

  #opened() {
    if (!this.#menu.open) return;
    this.#renaming = null;
    this.#show();
    void this.store.refresh();
  }

  /** @param {SubmitEvent} event */
  async #save(event) {
    event.preventDefault();
    const name = this.#name.value.trim().replace(/\s+/g, " ");
    if (!name) return;
    const had = this.store.named(name) !== null;
    const saving = this.store.save({ name, query: plain(this.navigation.query.toString()), columns: this.columns.now });
    /** @type {Found} */ (event.target).reset();
    this.#menu.open = false;
    await this.#tell(saving, `The view ${quoted(name)} was ${had ? "updated" : "saved"}`);
  }

  /** @param {Promise<boolean>} saving @param {string} done */
  async #tell(saving, done, options = {}) {
    try {
      const there = await saving;
      const where = !this.store.user ? " in this browser; sign in to have it on every device" : there ? "" : " in this browser and will be sent when the server can be reached";
      toast(`${done}${where}.`, { kind: there ? "success" : "warning", key: "view", ...options });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      toast(problem.message, { kind: "danger", key: "view" });
      void this.store.refresh();
    }
  }

  #show() {
    const views = this.all;
    if (!this.#menu.open) return;
    this.#list.replaceChildren(...views.map((view) => (view.id === this.#renaming ? renameForm(view) : item(view))));
    if (!views.length) this.#list.append(element("p", "menu-empty", "None yet. Search, filter and sort, then save the view."));
    if (this.store.waiting) this.#list.append(element("p", "menu-empty", "Changes will be sent when the server can be reached."));
    this.#list.querySelector("input")?.select();
    this.follow();
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const button = event.target?.closest("[data-view]");
    const view = button && this.all.find((one) => one.id === button.dataset.view);
    if (!view || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    // What was clicked is replaced; whoever closes menus would no longer find it inside of one.
    if (button.dataset.does) event.stopPropagation();
    switch (button.dataset.does) {
      case "rename": this.#renaming = view.id; this.#show(); break;
      case "remove": void this.#remove(view); break;
      case "leave": this.#renaming = null; this.#show(); break;
      default: this.open(view);
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape" || !this.#renaming) return;
    event.preventDefault();
    event.stopPropagation();
    const was = this.#renaming;
    this.#renaming = null;
    this.#show();
    this.#list.querySelector(`[data-view="${was}"][data-does="rename"]`)?.focus();
  }

  /** @param {SubmitEvent} event */
  async #renamed(event) {
    event.preventDefault();
    const view = this.all.find((one) => one.id === this.#renaming);
    const name = /** @type {Found} */ (event.target).elements.name.value.trim().replace(/\s+/g, " ");
    this.#renaming = null;
    if (!view || !name || name === view.name) return this.#show();
    if (this.store.named(name)) {
      toast("You already have a view with this name.", { kind: "danger", key: "view" });
      this.#renaming = view.id;
      return undefined;
    }
    return this.#tell(this.store.rename(view, name), `The view is now called ${quoted(name)}`);
  }

  /** @param {SavedView} view */
  async #remove(view) {
    const removing = this.store.remove(view);
    this.#name.focus();
    await this.#tell(removing, `The view ${quoted(view.name)} was deleted`, { undo: async () => { await this.store.restore(view); } });
  }
}

/** @param {SavedView} view */
function item(view) {
  const row = element("div", "views-item");
  const open = element("a", "menu-item", "");
  open.href = view.query ? `/records?${view.query}` : "/records";
  open.dataset.view = view.id;
  open.append(icon("bookmark"), element("span", "views-name", view.name));
  row.append(open, tool(view, "rename", "pencil", `Rename the view ${view.name}`), tool(view, "remove", "trash", `Delete the view ${view.name}`));
  return row;
}

/** @param {SavedView} view */
function renameForm(view) {
  const form = element("form", "views-item");
  const input = element("input", "form-control form-control-sm");
  Object.assign(input, { name: "name", value: view.name, maxLength: 100, required: true, autocomplete: "off" });
  input.setAttribute("aria-label", `New name of the view ${view.name}`);
  const save = element("button", "btn btn-sm btn-outline-secondary", "Rename");
  save.type = "submit";
  form.append(input, save, tool(view, "leave", "x", "Cancel renaming"));
  return form;
}

/** @param {SavedView} view @param {string} does @param {string} sign @param {string} label */
function tool(view, does, sign, label) {
  const button = Object.assign(element("button", "btn btn-icon btn-sm btn-ghost-secondary"), { type: "button", title: label });
  button.setAttribute("aria-label", label);
  Object.assign(button.dataset, { view: view.id, does });
  button.append(icon(sign));
  return button;
}

/** @param {string} tag @param {string} className */
function element(tag, className, text = "") {
  return /** @type {Found} */ (Object.assign(document.createElement(tag), { className, textContent: text }));
}

/** A query without what is no part of a view, in one order, so that equal views are equal texts. @param {string} query */
function plain(query) {
  const parts = queryOf(`?${query}`);
  for (const part of NOT_KEPT) parts.delete(part);
  parts.sort();
  return parts.toString();
}
