// Taking back what was done in this tab, and doing it again: alone, in order, and said where it was.

import { undoIn } from "../lists_api.js";
import { toast } from "../toast.js";
import { UNCERTAIN, isUncertain, reaches, reason } from "./reaching.js";
import { quoted } from "./words.js";

/** @import { Connection } from "./connection.js" */
/** @import { Selection } from "./selection.js" */
/** @import { Entry, Step, UndoStack } from "./undo_stack.js" */
/** @import { WishQueue } from "./wish_queue.js" */

export class Undoing {
  #parts;

  /**
   * `allowed()`: whether who is here may; `refresh({ rows })` shows what came of it.
   * @param {{
   *   undoStack: UndoStack, selection: Selection, queue: WishQueue, connection: Connection, allowed: () => boolean,
   *   refresh: (what: { rows: boolean }) => unknown,
   * }} parts
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** Something was done: it is said in `words`, and can be taken back. @param {string} label @param {Step[]} steps */
  did(label, steps, words = `${label}.`) {
    const { undoStack, selection } = this.#parts;
    const { list, listName: name } = selection;
    const place = list && name && steps.some((step) => step.list === list) ? { list, name } : null;
    undoStack.did({ label, steps, place });
    toast(words, { kind: "success", key: "undo", undo: () => this.undoEntry(steps[0].operation) });
  }

  undo() {
    return this.#back(() => this.#parts.undoStack.takeUndo(), "undid", "Undone", "Nothing to undo in this tab.");
  }

  redo() {
    return this.#back(() => this.#parts.undoStack.takeRedo(), "redid", "Redone", "Nothing to redo.");
  }

  /** @param {string} operation */
  undoEntry(operation) {
    return this.#back(() => this.#parts.undoStack.takeEntry(operation), "undid", "Undone", "This has already been undone.");
  }

  /** @param {() => Entry | null} take @param {"undid" | "redid"} remember @param {string} word @param {string} nothing */
  #back(take, remember, word, nothing) {
    const { queue, connection, allowed } = this.#parts;
    if (!allowed() || !reaches(connection, "Undo")) return null;
    return new Promise((done, failed) => {
      // Where the database must be waited for, nothing else waits with it.
      /** @returns {Promise<void>} */
      const send = () => new Promise((free) => {
        void this.#takeBack(take(), remember, word, nothing, free).then(done, failed).finally(free);
      });
      queue.alone(send, () => {
        reaches(connection, "Undo");
        done(undefined);
      });
    }).catch(() => undefined);
  }

  /** @param {Entry | null} entry @param {"undid" | "redid"} remember @param {string} word @param {string} nothing @param {() => void} later */
  async #takeBack(entry, remember, word, nothing, later) {
    const { undoStack, selection, connection, refresh } = this.#parts;
    if (!entry) {
      toast(nothing, { key: "undo", action: { label: "History", href: "/history" } });
      return;
    }
    const left = [...entry.steps];
    try {
      undoStack[remember](entry, await undoAll(left, later));
      await refresh({ rows: true });
      selection.dispatchEvent(new Event("undone"));
      this.#say(word, entry);
    } catch (problem) {
      if (problem.isPassing || problem.isNotTheirs) undoStack[remember === "undid" ? "redid" : "undid"](entry, left);
      const truth = isUncertain(connection, problem) ? UNCERTAIN : "Nothing was changed.";
      toast(`${reason(problem)} ${truth}`, { kind: "danger", key: "undo" });
      throw problem;
    }
  }

  /** What was taken back may lie in a list that is not in view. @param {string} word @param {Entry} entry */
  #say(word, { label, place, steps }) {
    const where = place ? ` in ${quoted(place.name)}` : "";
    const elsewhere = !steps.some(({ list }) => list === this.#parts.selection.list);
    const action = elsewhere ? { label: "Open the list", href: `/groups/${place?.list ?? steps[0].list}` } : null;
    toast(`${word}${where}: ${lowerFirst(label)}.`, { kind: "success", key: "undo", action });
  }
}

/**
 * Takes steps back, the last one first, and out of `left`; gives those that did it.
 * @param {Step[]} left @param {() => void} later
 */
async function undoAll(left, later) {
  /** @type {Step[]} */
  const done = [];
  for (let step = left.at(-1); step; step = left.at(-1)) {
    const answer = await undoIn(step.list, step.operation, { later });
    left.pop();
    done.push({ list: step.list, operation: answer.operation_id });
  }
  return done;
}

/** @param {string} text */
const lowerFirst = (text) => (text.startsWith("“") ? text : text.charAt(0).toLowerCase() + text.slice(1));
