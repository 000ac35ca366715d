// What can be undone and redone in this tab, whichever of its pages did it: only operations that the server
// confirmed and that changed something. Kept for the tab's session, so that a reload forgets nothing.
//
// An entry is `{ label, steps, place }`, `place` the list `{ list, name }` where it was done, and a step `{ list, operation }`: moving laws changes two lists.

export const UNDO_KEY = "sertantai.undo-steps.";
const ENTRIES_MAX = 100;

export class UndoStack extends EventTarget {
  #key;
  #done = [];
  #undone = [];

  constructor(user) {
    super();
    this.belongTo(user);
  }

  belongTo(user) {
    this.#key = UNDO_KEY + user;
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.#key) ?? "null") ?? {};
      this.#done = kept.done ?? [];
      this.#undone = kept.undone ?? [];
    } catch {
      // Nothing kept, or storage is forbidden.
    }
  }

  get canUndo() { return this.#done.length > 0; }
  get canRedo() { return this.#undone.length > 0; }
  get last() { return this.#done.at(-1) ?? null; }

  /** Something new was done. What was undone before cannot be redone then. */
  did(entry) {
    this.#done.push(entry);
    this.#undone = [];
    if (this.#done.length > ENTRIES_MAX) this.#done.shift();
    this.#changed();
  }

  takeUndo() { return this.#take(this.#done); }
  takeRedo() { return this.#take(this.#undone); }

  /** Take the entry of an operation out, wherever it stands; null when it is gone. */
  takeEntry(operation) {
    const at = this.#done.findIndex(({ steps }) => steps.some((step) => step.operation === operation));
    if (at < 0) return null;
    const [entry] = this.#done.splice(at, 1);
    this.#changed();
    return entry;
  }

  /** `steps` did what undoes, or redoes, those of the entry. */
  undid({ label, place }, steps) {
    this.#undone.push({ label, steps, place });
    this.#changed();
  }

  redid({ label, place }, steps) {
    this.#done.push({ label, steps, place });
    this.#changed();
  }

  #take(stack) {
    const entry = stack.pop() ?? null;
    if (entry) this.#changed();
    return entry;
  }

  #changed() {
    try {
      sessionStorage.setItem(this.#key, JSON.stringify({ done: this.#done, undone: this.#undone }));
    } catch {
      // It holds as long as the page does.
    }
    this.dispatchEvent(new Event("change"));
  }
}
