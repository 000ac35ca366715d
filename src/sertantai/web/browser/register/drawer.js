// Details of one law in a drawer; the address names it, so that a link, reload and the back button work.

import { closeDialog, fillDialog, openDialog } from "../dialog.js";
import { Problem, getPart } from "../http.js";
import { live } from "../live/live.js";
import { address } from "../query.js";
import { toast } from "../toast.js";
import { RecordPanel } from "./record_panel.js";

/** @import { Ticking } from "../ticking/ticking.js" */

export class Drawer {
  #dialog = document.getElementById("record-drawer");
  /** @type {string | null} */ #id = null;
  #sequence = 0;

  /**
   * `table()` is where rows stand: their ids in order, the view, how to turn a page, and where to return to.
   * @param {{
   *   ticking: Ticking, navigation: { readonly query: URLSearchParams },
   *   table: () => {
   *     ids: string[], view: () => { page: number, pages: number }, row: (id: string) => HTMLElement | null | undefined,
   *     actions: { turn: (by: number, focus: string | null) => Promise<unknown> },
   *   },
   * }} page
   */
  constructor({ ticking, navigation, table }) {
    this.ticking = ticking;
    this.navigation = navigation;
    this.table = table;
    this.#dialog.addEventListener("close", () => this.#closed());
    this.#dialog.addEventListener("keydown", (event) => this.#key(event));
    this.#dialog.addEventListener("click", (event) => {
      const step = event.target?.closest("[data-record-step]");
      if (step) this.#step(Number(step.dataset.recordStep));
    });
    this.#dialog.addEventListener("sertantai:stale", () => this.refresh());
    // The rows show what an undo did; a law that is not among them is asked for again.
    ticking.selection.addEventListener("undone", () => { if (this.#id && !ticking.selection.shows(this.#id)) this.refresh(); });
    window.addEventListener("popstate", () => this.followAddress());
  }

  /** Show what the address names, or nothing. */
  followAddress() {
    const id = this.navigation.query.get("record");
    if (id && id !== this.#id) void this.#show(id);
    else if (!id && this.#dialog.open) closeDialog(this.#dialog);
  }

  /** A note or a tag was changed elsewhere; what somebody is writing here stays, and is asked about when it is saved. @param {string[]} ids */
  changedElsewhere(ids) {
    if (this.#id && ids.includes(this.#id) && !this.panel?.isTouched && !this.#dialog.contains(document.activeElement?.closest("form") ?? null)) this.refresh();
  }

  /** What is shown has changed on the server. */
  refresh() {
    if (this.#id) void this.#show(this.#id);
  }

  /** @param {string} id */
  open(id) {
    const had = this.navigation.query.has("record");
    const href = address(location.href, [["record", id]]);
    // `drawer`: one step back is the same view without it. Not so when another page was turned to in the drawer.
    if (had) history.replaceState(history.state, "", href);
    else history.pushState({ ...history.state, drawer: true, scroll: scrollY }, "", href);
    return this.#show(id);
  }

  /** @param {string} id */
  async #show(id) {
    const sequence = ++this.#sequence;
    this.#id = id;
    this.#look(id);
    if (!this.#dialog.open) {
      fillDialog(this.#dialog, skeleton());
      void openDialog(this.#dialog);
    }
    try {
      const list = this.ticking.selection.list;
      const part = await getPart(`/records/${id}${list ? `?group=${list}` : ""}`, { tries: 2 });
      if (sequence !== this.#sequence) return;
      const fresh = new DOMParser().parseFromString(part, "text/html").getElementById("record");
      fillDialog(this.#dialog, document.adoptNode(fresh));
      this.panel = new RecordPanel(fresh, this.ticking);
      for (const button of fresh.querySelectorAll("[data-closes-dialog], [data-record-step]")) button.hidden = false;
      this.#dialog.scrollTop = 0;
      if (!this.#dialog.contains(document.activeElement)) this.#dialog.focus();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (sequence !== this.#sequence) return; // nobody waits for it any more
      closeDialog(this.#dialog);
      toast(problem.status === 404 ? "This law is not in the register." : problem.message, { kind: "danger", key: "record" });
    }
  }

  /** Those who share the list see who looks at what. @param {string | null} law */
  #look(law) {
    const { list } = this.ticking.selection;
    if (list) live.look(`list:${list}`, law);
  }

  /** @param {number} by */
  async #step(by) {
    const table = this.table();
    const at = table.ids.indexOf(String(this.#id));
    const next = table.ids[at + by];
    if (next) {
      this.open(next);
      return;
    }
    const { page, pages } = table.view();
    if (at < 0 || page + by < 1 || page + by > pages) return;
    await table.actions.turn(by, null);
    const ids = table.ids;
    this.open(String(by > 0 ? ids[0] : ids.at(-1)));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.target?.closest("textarea, input:not([type=checkbox])") || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { j: 1, k: -1, ArrowDown: event.target === this.#dialog ? 1 : 0 }[event.key];
    if (!by) return;
    event.preventDefault();
    this.#step(by);
  }

  #closed() {
    this.panel?.leave();
    const id = this.#id;
    this.#id = null;
    this.#look(null);
    this.#sequence += 1;
    if (this.navigation.query.has("record")) {
      if (history.state?.drawer) history.back();
      else history.replaceState(history.state, "", address(location.href, [["record", null]]));
    }
    this.table().row(String(id))?.focus({ preventScroll: true });
  }
}

function skeleton() {
  const box = document.createElement("div");
  box.className = "record-skeleton";
  box.setAttribute("aria-label", "Loading");
  for (let line = 0; line < 8; line += 1) box.append(document.createElement("i"));
  return box;
}
