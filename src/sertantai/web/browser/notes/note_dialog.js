// The dialog for the note and the tags of one selected law.

import { closeDialog, openDialog } from "../dialog.js";
import { NoteEditor, isKept } from "./note_editor.js";

/**
 * Saves until it succeeds or is given up. When the note was changed elsewhere meanwhile, `standing()` gives what
 * stands by now. Resolves to what the server answered, or null.
 * @param {{ list: string, recordId: string, title: string, note: string, tags: string }} law
 * @param {() => Promise<any>} standing its `note` and `tags` as texts, or null
 */
export async function editNote({ list, recordId, title, note, tags }, standing) {
  const form = document.getElementById("note-form");
  const fields = form.elements;
  document.getElementById("note-about").textContent = title;
  [fields.note.value, fields.tags.value] = [note, tags];
  const editor = new NoteEditor(list, recordId, fields);
  say(editor.takeDraft() ? "This is your text from before, which could not be saved." : "");
  /** @type {any} */
  let saved = null;
  form.onsubmit = async (event) => {
    event.preventDefault();
    try {
      saved = await editor.save();
      closeDialog("note-dialog");
    } catch (problem) {
      say(isKept(problem) ? `${problem.message} Your text is safe in this browser.` : problem.message);
      if (problem.code !== "annotation_changed") return;
      const now = await standing();
      if (now === null) return;
      editor.stands(now.note, now.tags);
      const words = [now.note, now.tags].filter(Boolean).join("; ");
      say(`This note was changed elsewhere to ${words ? `“${words}”` : "nothing"}. Save again to replace it.`);
    }
  };
  const closed = openDialog("note-dialog");
  fields.note.focus();
  await closed;
  return saved;
}

/** @param {string} words */
function say(words) {
  const told = document.getElementById("note-error");
  told.textContent = words;
  told.hidden = !words;
}
