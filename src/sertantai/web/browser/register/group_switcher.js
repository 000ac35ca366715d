// Which list is ticked into: chosen here, remembered in this browser, in the address when it is not the usual one.

import { Problem, getPart } from "../http.js";
import { makeList } from "../lists_api.js";
import { showParts } from "../parts.js";
import { address } from "../query.js";
import { tabs } from "../tabs.js";
import { toast } from "../toast.js";
import { number } from "../ticking/words.js";

/** @import { List } from "../domain.js" */
/** @import { Navigation } from "../navigation.js" */
/** @import { Told } from "../tabs.js" */

const COOKIE = "sertantai_list";
const YEAR_S = 31_536_000;
const PAUSE_MS = 250;

/** @param {string} id */
export function rememberList(id) {
  document.cookie = `${COOKIE}=${encodeURIComponent(id)};path=/;max-age=${YEAR_S};samesite=lax`;
}

export class GroupSwitcher {
  #menu = document.getElementById("group-switcher");
  /** @type {string | null} */ #shown = null;
  /** Lists that are not offered, and were looked for. @type {Set<string>} */ #missed = new Set();
  #pause = 0;

  /** @param {Navigation} navigation */
  constructor(navigation) {
    this.navigation = navigation;
    this.#menu?.addEventListener("click", (event) => this.#clicked(event));
    this.#menu?.addEventListener("submit", (event) => this.#make(event));
    tabs.hear((said) => this.#told(said));
  }

  get lists() {
    return [...(this.#menu?.querySelectorAll("[data-list-id]") ?? [])].map((link) => ({
      id: link.dataset.listId,
      name: link.querySelector(".group-switcher-item").textContent,
    }));
  }

  /** The page is fetched anew: with the list that it shows, whatever other tabs have chosen. */
  remember() {
    if (this.#shown) rememberList(this.#shown);
  }

  /** The list that the results are shown with, and the sizes of all that there are. */
  /** @param {Record<string, string>} shown the list whose ticks the page shows */
  follow({ list, listName, lists }) {
    if (!this.#menu || !list) return;
    this.#shown = list;
    rememberList(list);
    const sizes = JSON.parse(lists);
    this.#menu.querySelector(".group-switcher-name").textContent = listName;
    for (const link of this.#menu.querySelectorAll("[data-list-id]")) {
      if (!(link.dataset.listId in sizes)) {
        link.remove();
      } else if (link.dataset.listId === list) {
        link.setAttribute("aria-current", "true");
        this.#menu.querySelector("summary .dot").className = link.querySelector(".dot").className;
      } else {
        link.removeAttribute("aria-current");
      }
    }
  }

  /** Lists that came to be, were shared, or are no longer to be seen, while the page is open. @param {Told} said */
  #told({ list, count, live }) {
    if (!live || !this.#menu || (list && (count === undefined || this.#missed.has(list) || this.#offers(list)))) return;
    if (list) this.#missed.add(list);  // it may be one that is not offered, such as one that is archived
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => void this.#look(this.#menu.id), PAUSE_MS);
  }

  /** @param {string} list */
  #offers(list) { return this.#menu.querySelector(`[data-list-id="${CSS.escape(list)}"]`) !== null; }

  /** @param {string} menu */
  async #look(menu) {
    try {
      showParts([menu], await getPart(location.href, { parts: "lists", tries: 1 }));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;  // the next view, or message, says it
    }
  }

  /** @param {string} id */
  choose(id) {
    rememberList(id);
    this.navigation.visit(address(location.href, [["group", id], ["page", null]]));
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const link = event.target?.closest("[data-list-id]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.choose(link.dataset.listId);
  }

  /** @param {SubmitEvent} event */
  async #make(event) {
    event.preventDefault();
    const field = /** @type {Found} */ (event.target).elements.name;
    try {
      const made = await makeList({ name: field.value });
      field.value = "";
      this.add(made);
      this.#menu.open = false;
      this.choose(made.id);
      toast(`“${made.name}” was created. Your ticks are now saved to it.`, { kind: "success", key: "list" });
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      toast(problem.message, { kind: "danger", key: "list" });
      field.focus();
    }
  }

  /** A list that was just made. @param {List} list */
  add(list) {
    const first = this.#menu.querySelector("[data-list-id]");
    const link = /** @type {Found} */ (first.cloneNode(true));
    link.dataset.listId = list.id;
    link.href = `/records?group=${list.id}`;
    link.removeAttribute("aria-current");
    link.querySelector(".group-switcher-item").textContent = list.name;
    const count = link.querySelector(".group-switcher-count");
    count.dataset.countOf = list.id;
    count.textContent = number(list.count);
    /** @type {HTMLElement} */ (first.parentElement).append(link);
  }
}
