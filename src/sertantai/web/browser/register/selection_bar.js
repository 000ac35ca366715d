// The bar above the table: two counts that are always true, and what can be done with all that match.

import { say } from "../counts.js";
import { askForMatching, askToClear } from "../ticking/questions.js";
import { number } from "../ticking/words.js";

/** @import { LawFilter } from "../domain.js" */
/** @import { Ticking } from "../ticking/ticking.js" */

export class SelectionBar {
  /** @param {HTMLElement} root @param {Ticking} ticking @param {() => LawFilter} filter */
  constructor(root, ticking, filter) {
    this.ticking = ticking;
    this.filter = filter;
    root.addEventListener("click", (event) => this.#clicked(event));
    ticking.selection.addEventListener("change", () => this.show());
    ticking.undoStack.addEventListener("change", () => this.show());
  }

  async tickMatching() {
    const { selection } = this.ticking;
    if (!this.ticking.mayTick) return this.ticking.denied();
    if (selection.counts().matching >= selection.total) return null;
    return this.#matching(selection.total, true);
  }

  /** @param {number} count @param {boolean} value */
  async #matching(count, value) {
    const { selection } = this.ticking;
    const filter = this.filter();
    const [list, total] = [selection.list, selection.total];
    const sure = await askForMatching({ count, filter, value, list: selection.listName });
    // Another view or list may have come while the question stood there.
    const isSame = list === selection.list && total === selection.total && JSON.stringify(filter) === JSON.stringify(this.filter());
    if (sure && isSame) this.ticking.tickMatching(filter, value);
  }

  /** @param {number | null} refused so many were agreed to, and there are others by now */
  async #clear(refused = null) {
    const { selection } = this.ticking;
    const { list, listName } = selection;
    const count = selection.counts().list;
    const sure = await askToClear(listName, count, refused);
    if (sure && list === selection.list) this.ticking.clear(count, () => this.#clearAgain(list, count));
  }

  /** Whether there is another question to ask than the one that was refused. @param {string | null} list @param {number} refused */
  #clearAgain(list, refused) {
    const { selection } = this.ticking;
    const isOther = list === selection.list && ![0, refused].includes(selection.counts().list);
    if (isOther) void this.#clear(refused);
    return isOther;
  }

  show() {
    const { selection } = this.ticking;
    const bar = document.getElementById("selection-bar");
    if (!selection.signedIn || !document.getElementById("list-count")) return;
    const { list, matching, page, shown } = selection.counts();
    say(document.getElementById("list-count"), number(list));
    say(document.getElementById("matching-count"), number(matching));
    const all = selection.total > 0 && matching >= selection.total;
    bar.classList.toggle("has-ticks", matching > 0);
    hide("select-all-matching", all || selection.total === 0);
    hide("clear-matching", matching === 0 || matching === list);
    hide("clear-selection", list === 0);
    say(document.querySelector("#clear-matching [data-ticked]"), number(matching));
    say(document.querySelector("#select-all-matching [data-total-of-view]"), number(selection.total));
    this.#note(all, page, shown, matching);
    for (const counter of document.querySelectorAll(`[data-count-of="${CSS.escape(String(selection.list))}"]`)) say(counter, number(list));
    hide("redo-last", !this.ticking.undoStack.canRedo);
    document.getElementById("undo-last")?.classList.toggle("is-off", !this.ticking.undoStack.canUndo);
  }

  /** @param {boolean} all @param {number} page @param {number} shown @param {number} matching */
  #note(all, page, shown, matching) {
    const { total } = this.ticking.selection;
    const note = document.getElementById("selection-note");
    const words = all && total > 1 ? `All ${number(total)} are ticked`
      : matching > shown && total - matching <= 20 ? `All but ${number(total - matching)} are ticked`
        : page === shown && shown > 0 && total > shown ? `All ${number(shown)} on this page are ticked` : "";
    say(note, words);
    note.hidden = words === "";
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const { ticking } = this;
    switch (event.target?.closest("button")?.id) {
      case "select-all-matching": void this.tickMatching(); break;
      case "clear-matching": void this.#matching(ticking.selection.counts().matching, false); break;
      case "clear-selection": void this.#clear(); break;
      case "undo-last": ticking.undo(); break;
      case "redo-last": ticking.redo(); break;
      default:
    }
  }
}

/** @param {string} id @param {boolean} hidden */
function hide(id, hidden) {
  document.getElementById(id)?.toggleAttribute("hidden", hidden);
}
