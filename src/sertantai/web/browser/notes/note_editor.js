// The note and the tags of one law, wherever they are edited: what the form says, what stands, what could not be sent.

import { Problem } from "../http.js";
import { annotate } from "../lists_api.js";
import { draftOf, dropDraft, keepDraft } from "./drafts.js";

/** @typedef {{ note: string | null, tags: string[] }} Note */

export class NoteEditor {
  #list;
  #record;
  #fields;
  /** @type {Note} */
  #standing;

  /**
   * `fields` are those of the form.
   * @param {string} list @param {string} record @param {{ note: Found, tags: Found }} fields
   */
  constructor(list, record, fields) {
    this.#list = list;
    this.#record = record;
    this.#fields = fields;
    this.#standing = this.wanted;
  }

  /** What the form says. */
  get wanted() {
    return read(this.#fields.note.value, this.#fields.tags.value);
  }

  /** What was written here before and could not be sent is there again; false where there is nothing. */
  takeDraft() {
    const draft = draftOf(this.#list, this.#record);
    if (!draft) return false;
    this.#fields.note.value = draft.note ?? "";
    this.#fields.tags.value = draft.tags.join(", ");
    return true;
  }

  /** Somebody has been shown what stands by now; saving replaces it. @param {string} note @param {string} tags */
  stands(note, tags) {
    this.#standing = read(note, tags);
  }

  /**
   * Save what the form says, unless the note was changed elsewhere meanwhile; with `over` also then. Throws
   * `Problem`; what is worth another try is kept in this browser.
   * @param {{ over?: boolean, first?: () => Promise<unknown> }} how `first` is waited for
   */
  async save({ over = false, first } = {}) {
    const { wanted } = this;
    try {
      await first?.();
      const done = await annotate(this.#list, this.#record, over ? wanted : { ...wanted, expected: this.#standing });
      this.#standing = wanted;
      this.forget();
      return done;
    } catch (problem) {
      if (isKept(problem)) keepDraft(this.#list, this.#record, wanted);
      throw problem;
    }
  }

  /** What was kept in this browser is no longer wanted. */
  forget() {
    dropDraft(this.#list, this.#record);
  }
}

/** Whether what could not be saved is kept in this browser. @param {unknown} problem */
export const isKept = (problem) => problem instanceof Problem && (problem.isPassing || problem.isNotTheirs);

/** @param {string} note @param {string} tags @returns {Note} */
const read = (note, tags) => ({
  note: note.trim() || null,
  tags: [...new Set(tags.split(/[,;]/).map((tag) => tag.trim()).filter(Boolean))],
});
