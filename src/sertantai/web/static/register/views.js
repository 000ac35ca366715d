// Views with names: filter, search, order and page size under a name of one's own, kept in this browser.

import { confirmDialog } from "../dialog.js";
import { icon } from "../icons.js";
import { toast } from "../toast.js";

const KEY = "sertantai.views";
const VIEWS_MAX = 100;
const NOT_KEPT = ["page", "record", "group"];

export class Views {
  #menu = document.getElementById("views-menu");
  #list = document.getElementById("views-list");

  constructor(navigation) {
    this.navigation = navigation;
    this.#menu.hidden = false;
    this.#menu.addEventListener("toggle", () => this.#show());
    document.getElementById("save-view").addEventListener("submit", (event) => this.#save(event));
  }

  get all() {
    try {
      return JSON.parse(localStorage.getItem(KEY)) ?? [];
    } catch {
      return [];
    }
  }

  open({ query }) {
    const wanted = new URLSearchParams(query);
    const group = this.navigation.query.get("group");
    if (group) wanted.set("group", group);
    this.navigation.visit(wanted.size ? `?${wanted}` : location.pathname, { top: true });
  }

  #save(event) {
    event.preventDefault();
    const name = event.target.elements.name.value.trim();
    const query = this.navigation.query;
    for (const part of NOT_KEPT) query.delete(part);
    const others = this.all.filter((view) => view.name !== name);
    this.#write([...others, { name, query: query.toString() }].slice(-VIEWS_MAX));
    event.target.reset();
    this.#menu.open = false;
    toast(`The view “${name}” is saved in this browser.`, { kind: "success", key: "view" });
  }

  #show() {
    const views = this.all;
    this.#list.replaceChildren(...views.map((view) => this.#item(view)));
    if (!views.length) {
      const none = document.createElement("p");
      none.className = "menu-empty";
      none.textContent = "None yet. Filter and sort as you like, then give the view a name.";
      this.#list.append(none);
    }
  }

  #item(view) {
    const row = document.createElement("div");
    row.className = "views-item";
    const open = Object.assign(document.createElement("a"), { className: "menu-item", href: `/records?${view.query}` });
    open.append(icon("bookmark"), view.name);
    open.addEventListener("click", (event) => { event.preventDefault(); this.open(view); });
    const remove = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-icon btn-sm btn-ghost-secondary" });
    remove.setAttribute("aria-label", `Remove the view ${view.name}`);
    remove.append(icon("trash"));
    remove.addEventListener("click", () => this.#remove(view));
    row.append(open, remove);
    return row;
  }

  async #remove(view) {
    if (!(await confirmDialog({ title: "Remove this view?", text: `“${view.name}” is only a view; no law and no list is touched.`, confirmLabel: "Remove" }))) return;
    this.#write(this.all.filter((other) => other.name !== view.name));
    this.#show();
  }

  #write(views) {
    try {
      localStorage.setItem(KEY, JSON.stringify(views));
    } catch {
      toast("This browser keeps nothing for this site, so the view cannot be saved.", { kind: "warning", key: "view" });
    }
  }
}
