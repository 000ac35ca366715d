// The dialog for a list's name, description and colour.

import { closeDialog, openDialog } from "../dialog.js";

/** @import { ListFields } from "../domain.js" */

/**
 * Ask for the fields; `save(fields)` is called until it succeeds. Resolves with what it gave, or null.
 * @template T
 * @param {{ heading: string, button: string, name?: string, description?: string, colour?: string }} shown
 * @param {(fields: ListFields) => Promise<T>} save @returns {Promise<T | null>}
 */
export async function editList({ heading, button, name = "", description = "", colour = "teal" }, save) {
  const form = document.getElementById("list-form");
  document.getElementById("list-dialog-title").textContent = heading;
  document.getElementById("list-save").textContent = button;
  form.elements.name.value = name;
  form.elements.description.value = description;
  form.elements.colour.value = colour;
  showError("");
  /** @type {T | null} */ let saved = null;
  form.onsubmit = async (event) => {
    event.preventDefault();
    const submit = document.getElementById("list-save");
    submit.setAttribute("aria-busy", "true");
    try {
      saved = await save({
        name: form.elements.name.value.trim(),
        description: form.elements.description.value.trim(),
        metadata: { colour: form.elements.colour.value },
      });
      closeDialog("list-dialog", "saved");
    } catch (problem) {
      showError(problem.message);
    } finally {
      submit.removeAttribute("aria-busy");
    }
  };
  const closed = openDialog("list-dialog");
  form.elements.name.select();
  await closed;
  return saved;
}

/** @param {string} text */
function showError(text) {
  const error = document.getElementById("list-name-error");
  error.textContent = text;
  error.hidden = !text;
  const input = document.getElementById("list-name");
  input.toggleAttribute("aria-invalid", Boolean(text));
  if (text) {
    input.setAttribute("aria-describedby", error.id);
    input.focus();
  } else {
    input.removeAttribute("aria-describedby");
  }
}
