// The dialog for the note and the tags of one selected law.

import { closeDialog, openDialog } from "../dialog.js";

/**
 * `save({ note, tags, expected })` is called until it succeeds; `expected` is what was shown. When that was
 * changed elsewhere meanwhile, `standing()` gives what stands by now. Resolves to what `save` answered, or null.
 */
export async function editNote({ title, note, tags }, save, standing) {
  const form = document.getElementById("note-form");
  document.getElementById("note-about").textContent = title;
  form.elements.note.value = note;
  form.elements.tags.value = tags;
  say("");
  let shown = fieldsOf({ note, tags });
  let saved = null;
  form.onsubmit = async (event) => {
    event.preventDefault();
    try {
      saved = await save({ ...fieldsOf({ note: form.elements.note.value, tags: form.elements.tags.value }), expected: shown });
      closeDialog("note-dialog");
    } catch (problem) {
      say(problem.message);
      if (problem.code !== "annotation_changed") return;
      const now = await standing();
      if (now === null) return;
      shown = fieldsOf(now);
      say(`Meanwhile it was changed elsewhere to “${[now.note, now.tags].filter(Boolean).join("; ") || "nothing"}”. Save again to put yours in its place.`);
    }
  };
  await openDialog("note-dialog");
  return saved;
}

function say(words) {
  const told = document.getElementById("note-error");
  told.textContent = words;
  told.hidden = !words;
}

const fieldsOf = ({ note, tags }) => ({
  note: note.trim() || null,
  tags: [...new Set(tags.split(/[,;]/).map((tag) => tag.trim()).filter(Boolean))],
});
