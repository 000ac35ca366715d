// What can be undone and redone in this tab, whichever of its pages did it: only operations that the server
// confirmed and that changed something. Kept for the tab's session, so that a reload forgets nothing.
//
// An entry has as its place the list where it was done, and several steps when it changed several lists, as moving
// laws does.

import { inTab } from "../kept.js";

/**
 * @typedef {{ list: string, operation: string }} Step
 * @typedef {{ list: string, name: string }} Place
 * @typedef {{ label: string, steps: Step[], place: Place | null }} Entry
 */

export const UNDO_KEY = "sertantai.undo-steps.";
const ENTRIES_MAX = 100;

export class UndoStack extends EventTarget {
  #key = "";
  #kept;
  /** @type {Entry[]} */
  #done = [];
  /** @type {Entry[]} */
  #undone = [];

  /** @param {string | null | undefined} user */
  constructor(user, kept = inTab) {
    super();
    this.#kept = kept;
    this.belongTo(user);
  }

  /** @param {string | null | undefined} user */
  belongTo(user) {
    this.#key = UNDO_KEY + user;
    const { done = [], undone = [] } = this.#kept.read(this.#key) ?? {};
    [this.#done, this.#undone] = [done, undone];
  }

  get canUndo() { return this.#done.length > 0; }
  get canRedo() { return this.#undone.length > 0; }
  get last() { return this.#done.at(-1) ?? null; }

  /** Something new was done. What was undone before cannot be redone then. @param {Entry} entry */
  did(entry) {
    this.#done.push(entry);
    this.#undone = [];
    if (this.#done.length > ENTRIES_MAX) this.#done.shift();
    this.#changed();
  }

  /** Whatever was done in a list: nothing of it can be undone any more. @param {string} list */
  forget(list) {
    /** @param {Entry} entry */
    const isElsewhere = ({ steps, place }) => place?.list !== list && !steps.some((step) => step.list === list);
    this.#done = this.#done.filter(isElsewhere);
    this.#undone = this.#undone.filter(isElsewhere);
    this.#changed();
  }

  takeUndo() { return this.#take(this.#done); }
  takeRedo() { return this.#take(this.#undone); }

  /** Take the entry of an operation out, wherever it stands; null when it is gone. @param {string} operation */
  takeEntry(operation) {
    const at = this.#done.findIndex(({ steps }) => steps.some((step) => step.operation === operation));
    if (at < 0) return null;
    const [entry] = this.#done.splice(at, 1);
    this.#changed();
    return entry;
  }

  /** `steps` did what undoes, or redoes, those of the entry. @param {Entry} entry @param {Step[]} steps */
  undid({ label, place }, steps) {
    this.#undone.push({ label, steps, place });
    this.#changed();
  }

  /** @param {Entry} entry @param {Step[]} steps */
  redid({ label, place }, steps) {
    this.#done.push({ label, steps, place });
    this.#changed();
  }

  /** @param {Entry[]} stack */
  #take(stack) {
    const entry = stack.pop() ?? null;
    if (entry) this.#changed();
    return entry;
  }

  #changed() {
    this.#kept.write(this.#key, { done: this.#done, undone: this.#undone });
    this.dispatchEvent(new Event("change"));
  }
}
