// The dialog for the note and the tags of one selected law.

import { closeDialog, openDialog } from "../dialog.js";
import { toast } from "../toast.js";

/** `save({ note, tags })` is called until it succeeds. Resolves to what it answered, or null. */
export async function editNote({ title, note, tags }, save) {
  const form = document.getElementById("note-form");
  document.getElementById("note-about").textContent = title;
  form.elements.note.value = note;
  form.elements.tags.value = tags;
  let saved = null;
  form.onsubmit = async (event) => {
    event.preventDefault();
    const fields = { note: form.elements.note.value.trim() || null, tags: tagsIn(form.elements.tags.value) };
    try {
      saved = await save(fields);
      closeDialog("note-dialog");
    } catch (problem) {
      toast(problem.message, { kind: "danger", key: "note" });
    }
  };
  await openDialog("note-dialog");
  return saved;
}

const tagsIn = (text) => [...new Set(text.split(",").map((tag) => tag.trim()).filter(Boolean))];
