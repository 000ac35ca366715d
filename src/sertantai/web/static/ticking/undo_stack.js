// What can be undone and redone in this tab: only operations that the server confirmed and that changed
// something. Kept for the tab's session, so that a reload forgets nothing.

const KEY = "sertantai.undo.";
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
    this.#key = KEY + user;
    try {
      const kept = JSON.parse(sessionStorage.getItem(this.#key)) ?? {};
      this.#done = kept.done ?? [];
      this.#undone = kept.undone ?? [];
    } catch {
      // Nothing kept, or storage is forbidden.
    }
  }

  get canUndo() { return this.#done.length > 0; }
  get canRedo() { return this.#undone.length > 0; }
  get last() { return this.#done.at(-1) ?? null; }

  /** Something new was done: `{ list, operation, label }`. What was undone before cannot be redone then. */
  did(entry) {
    this.#done.push(entry);
    this.#undone = [];
    if (this.#done.length > ENTRIES_MAX) this.#done.shift();
    this.#changed();
  }

  takeUndo() { return this.#take(this.#done); }
  takeRedo() { return this.#take(this.#undone); }

  /** Take a certain entry out, wherever it stands; null when it is gone. */
  takeEntry(operation) {
    const at = this.#done.findIndex((entry) => entry.operation === operation);
    if (at < 0) return null;
    const [entry] = this.#done.splice(at, 1);
    this.#changed();
    return entry;
  }

  undid(entry, operation) {
    this.#undone.push({ ...entry, operation });
    this.#changed();
  }

  redid(entry, operation) {
    this.#done.push({ ...entry, operation });
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
