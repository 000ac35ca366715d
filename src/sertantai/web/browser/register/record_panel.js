// What can be done with one law where its details are shown: tick it, note and tag it, see what was done.

import { formatDate } from "../formats.js";
import { icon } from "../icons.js";
import { Problem, get } from "../http.js";
import { localise } from "../localise.js";
import { NoteEditor, isKept } from "../notes/note_editor.js";
import { toast } from "../toast.js";
import { wireReview } from "./review_form.js";

/** @import { Ticking } from "../ticking/ticking.js" */

const SAVE_MS = 700;
const RETRY_MS = 5_000;
const HISTORY_MAX = 20;
/** @type {Record<string, [string, string]>} */
const DONE = {
  select: ["plus", "ticked"], bulk_select: ["plus", "ticked with others"], deselect: ["minus", "unticked"],
  bulk_deselect: ["minus", "unticked with others"], clear_all: ["minus", "unticked when the list was cleared or deleted"], annotate: ["note", "note or tags changed"],
};

export class RecordPanel {
  /** @type {number | null} */ #saving = null;
  /** @type {NoteEditor | null} */ #editor = null;

  /** @param {Found} element @param {Ticking} ticking */
  constructor(element, ticking) {
    this.element = element;
    this.ticking = ticking;
    this.id = element.dataset.recordId;
    this.list = element.dataset.list ?? null;
    this.box = element.querySelector("#record-tick");
    this.form = element.querySelector("#record-notes");
    this.box?.addEventListener("change", () => this.#tick());
    this.reviewing = element.querySelector("#record-reviewing");
    if (this.reviewing && this.list) wireReview(this.reviewing, this.list, this.id, ticking, () => this.#stale());
    if (this.form) this.#edit(new NoteEditor(this.list, this.id, this.form.elements));
    element.querySelector("[data-copy]")?.addEventListener("click", (event) => this.#copy(/** @type {Found} */ (event.currentTarget)));
    for (const button of element.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
    this.follow = () => this.#follow();
    ticking?.selection.addEventListener("change", this.follow);
    localise(element);
    if (this.list) void this.#history();
  }

  /** What was written here before and could not be sent is there again, and is sent. @param {NoteEditor} editor */
  #edit(editor) {
    this.#editor = editor;
    if (editor.takeDraft()) this.#soon();
    this.form.addEventListener("input", () => this.#soon());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); void this.#save(); });
  }

  /** Somebody has begun to write. */
  get isTouched() {
    return this.#saving !== null || [...this.form?.querySelectorAll("input, textarea") ?? []].some((field) => field.value !== field.defaultValue);
  }

  /** What stands by now, as the server says it; where somebody writes, that stays. Gives whether anything is another. @param {Element} fresh */
  renew(fresh) {
    for (const field of this.reviewing?.querySelectorAll("select, input") ?? []) {
      const now = /** @type {Found | null} */ (fresh.querySelector(`#${field.id}`))?.value;
      if (now !== undefined && field !== document.activeElement) field.value = now;
    }
    if (!this.form || this.isTouched) return false;
    const { note, tags } = this.form.elements;
    const said = [note, tags].map(({ id }) => /** @type {Found | null} */ (fresh.querySelector(`#${id}`))?.value ?? "");
    if (said[0] === note.value && said[1] === tags.value) return false;
    [note, tags].forEach((field, at) => { field.value = field.defaultValue = said[at]; });
    this.#editor?.stands(said[0], said[1]);
    return true;
  }

  leave() {
    this.ticking?.selection.removeEventListener("change", this.follow);
    if (this.#saving !== null) void this.#save();
  }

  #tick() {
    this.ticking.tick(this.id, this.box.checked, this.element.querySelector("#record-title").textContent.trim());
    this.#showForms();
  }

  /** What is said of a law in a list is said of one that is in it. */
  #showForms() {
    for (const form of [this.form, this.reviewing]) if (form) form.hidden = !this.box.checked;
  }

  /** Something else is true by now. */
  #stale() {
    this.element.dispatchEvent(new CustomEvent("sertantai:stale", { bubbles: true }));
  }

  #follow() {
    if (!this.ticking.selection.shows(this.id) || !this.box) return;
    this.box.checked = this.ticking.selection.has(this.id);
    this.#showForms();
  }

  #soon() {
    clearTimeout(this.#saving ?? undefined);
    this.element.querySelector("#record-saved").textContent = "";
    this.#saving = setTimeout(() => void this.#save(), SAVE_MS);
  }

  /** `over`: also when it was changed elsewhere meanwhile. */
  async #save({ over = false } = {}) {
    clearTimeout(this.#saving ?? undefined);
    this.#saving = null;
    const said = this.element.querySelector("#record-saved");
    try {
      await this.#editor?.save({ over, first: () => this.ticking?.queue.idle() });
      said.textContent = "Saved";
      if (this.#saving === null) for (const field of this.form.querySelectorAll("input, textarea")) field.defaultValue = field.value;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (problem.isNotTheirs) {
        said.textContent = "Not saved. It is kept in this browser until you sign in again.";
      } else if (isKept(problem)) {
        said.textContent = "Not saved yet. Your text is safe in this browser and will be saved when the server is back.";
        if (this.element.isConnected) this.#saving = setTimeout(() => void this.#save(), RETRY_MS);
      } else {
        this.#editor?.forget();
        said.textContent = `Not saved: ${problem.message}`;
        if (problem.code === "annotation_changed") said.append(...this.#ways());
      }
    }
  }

  /** Out of a note that was changed in two places. */
  #ways() {
    const theirs = () => this.#stale();
    /** @type {[string, () => unknown][]} */
    const ways = [["Replace it with mine", () => this.#save({ over: true })], ["Show the other version", theirs]];
    return ways.map(([label, run]) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-link", textContent: label });
      button.addEventListener("click", run);
      return button;
    });
  }

  async #history() {
    const list = this.element.querySelector("#record-history");
    try {
      const { data } = await get(`/api/v1/audit?record=${this.id}&limit=${HISTORY_MAX}`);
      list.replaceChildren(...(data.items.length ? data.items.map(entry) : [line("info-circle", "Not ticked yet.")]));
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      list.replaceChildren(line("info-circle", "The history is not available at the moment."));
    }
  }

  /** @param {Found} button */
  async #copy(button) {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      toast("Citation copied.", { kind: "success", key: "copy" });
    } catch (refusal) {
      if (!(refusal instanceof DOMException)) throw refusal;
      toast(`Your browser did not allow copying. The citation is: ${button.dataset.copy}`, { kind: "danger", key: "copy", durationMs: 0 });
    }
  }
}

/** A line of the trail. @param {{ at: string, action: string, group: { name: string } | null, source: string, note: string | null }} record */
function entry({ at, action, group, source, note }) {
  const [sign, word] = DONE[action] ?? ["activity", action];
  const by = source === "undo" ? "by undo" : source === "import" ? "by import" : source === "filter" ? "by filter" : "";
  const item = line(sign, [word, group ? `in “${group.name === "default" ? "My selection" : group.name}”` : "", by].filter(Boolean).join(" "));
  if (note) item.append(Object.assign(document.createElement("q"), { textContent: note }));
  item.append(Object.assign(document.createElement("time"), { dateTime: at, textContent: formatDate(new Date(at), "moment") }));
  return item;
}

/** @param {string} sign @param {string} words */
function line(sign, words) {
  const item = document.createElement("li");
  item.append(icon(sign), Object.assign(document.createElement("span"), { textContent: words.charAt(0).toUpperCase() + words.slice(1) }));
  return item;
}
