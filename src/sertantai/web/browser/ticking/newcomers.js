// A stranger who ticks becomes a guest, once; what was ticked until then is shown as if it were granted, and done
// afterwards.

import { toast } from "../toast.js";
import { reason } from "./reaching.js";

/** @import { Connection } from "./connection.js" */
/** @import { Selection, Wish } from "./selection.js" */

export class Newcomers {
  #parts;
  /** @type {{ again: () => unknown, wish: Wish }[]} */
  #awaiting = [];

  /**
   * admit: makes a guest of somebody; null: nobody can become one. admitted: the page belongs to the guest, and the
   * selection is theirs, when it is done. denied: called when somebody ticks who cannot become one. forget: what was
   * kept until then. changed: called when another number waits.
   * @param {{
   *   selection: Selection, connection: Connection, admit: (() => Promise<string>) | null,
   *   admitted: (user: string) => Promise<unknown>, denied: () => unknown, forget: () => void, changed: () => void,
   * }} parts
   */
  constructor(parts) {
    this.#parts = parts;
  }

  get areWelcome() { return this.#parts.admit !== null; }
  get waiting() { return this.#awaiting.length; }

  /**
   * Whether it can be done at once. Else `again` is called when a stranger has become a guest.
   * @param {(() => unknown) | null} again @param {Wish["kind"]} kind @param {string[]} ids
   */
  allow(again = null, kind = "ids", ids = [], value = true) {
    const { selection, admit, denied, changed } = this.#parts;
    if (selection.signedIn) return true;
    if (admit === null || again === null) {
      denied();
      return false;
    }
    this.#awaiting.push({ again, wish: selection.wish(kind, ids, value) });
    changed();
    if (this.#awaiting.length === 1) void this.#become(admit);
    return false;
  }

  /** The server can be reached again. */
  tryAgain() {
    const { admit } = this.#parts;
    if (this.#awaiting.length && admit) void this.#become(admit);
  }

  /** @param {() => Promise<string>} admit */
  async #become(admit) {
    const { connection, admitted, denied, forget } = this.#parts;
    try {
      await admitted(await admit());
      for (const { again } of this.#take()) again();
    } catch (problem) {
      if (problem.isUnreached) {
        connection.lost();
        return;
      }
      this.#take();
      forget();
      if (problem.status === 401) denied();
      else toast(`${reason(problem)} Nothing was changed.`, { kind: "danger", key: "guest", durationMs: 0 });
    }
  }

  #take() {
    const awaiting = this.#awaiting.splice(0);
    for (const { wish } of awaiting) this.#parts.selection.refuse(wish);
    this.#parts.changed();
    return awaiting;
  }
}
