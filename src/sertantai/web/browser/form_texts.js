// What a form says, as a submit would send it.

/**
 * The names and texts of a form's fields, files left out.
 * @param {HTMLElement} form
 * @returns {[string, string][]}
 */
export function textsOf(form) {
  const fields = new FormData(/** @type {HTMLFormElement} */ (form));
  return [...fields].filter((field) => typeof field[1] === "string").map(([name, value]) => [name, String(value)]);
}
