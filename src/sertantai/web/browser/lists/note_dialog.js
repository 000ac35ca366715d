// The dialog for the note and the tags of one selected law.

import { closeDialog, openDialog } from "../dialog.js";
import { draftOf, dropDraft, keepDraft } from "../ticking/drafts.js";

/**
 * `save({ note, tags, expected })` is called until it succeeds; `expected` is what was shown. When that was
 * changed elsewhere meanwhile, `standing()` gives what stands by now. Resolves to what `save` answered, or null.
 */
export async function editNote({ list, recordId, title, note, tags }, save, standing) {
  const form = document.getElementById("note-form");
  document.getElementById("note-about").textContent = title;
  const draft = draftOf(list, recordId);
  form.elements.note.value = draft ? (draft.note ?? "") : note;
  form.elements.tags.value = draft ? draft.tags.join(", ") : tags;
  say(draft ? "This is your text from before, which could not be saved." : "");
  let shown = fieldsOf({ note, tags });
  /** @type {any} */ let saved = null;
  form.onsubmit = async (event) => {
    event.preventDefault();
    const wanted = fieldsOf({ note: form.elements.note.value, tags: form.elements.tags.value });
    try {
      saved = await save({ ...wanted, expected: shown });
      dropDraft(list, recordId);
      closeDialog("note-dialog");
    } catch (problem) {
      const isKept = problem.isPassing || problem.isNotTheirs;
      if (isKept) keepDraft(list, recordId, wanted);
      say(isKept ? `${problem.message} Your text is safe in this browser.` : problem.message);
      if (problem.code !== "annotation_changed") return;
      const now = await standing();
      if (now === null) return;
      shown = fieldsOf(now);
      say(`This note was changed elsewhere to ${[now.note, now.tags].filter(Boolean).join("; ") ? `“${[now.note, now.tags].filter(Boolean).join("; ")}”` : "nothing"}. Save again to replace it.`);
    }
  };
  const closed = openDialog("note-dialog");
  form.elements.note.focus();
  await closed;
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
