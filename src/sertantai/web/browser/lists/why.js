// Why laws are removed: asked before anything is sent, where the organisation whose list it is wants to know.

import { closeDialog, openDialog } from "../dialog.js";
import { Problem } from "../http.js";

const CHARACTERS_MAX = 500;

/** What the page says of its list: "ask", "require", or nothing. */
export const wanted = () => document.querySelector("[data-removal-reasons]")?.dataset.removalReasons ?? "";

/** One question after another: what is sent at the same time asks when the one before is answered. */
let before = Promise.resolve();

/**
 * Resolves with the reason, null for none, and undefined where nothing is to be removed after all.
 * @param {{ required?: boolean, what?: string }} [asked] @returns {Promise<string | null | undefined>}
 */
export function askWhy(asked = {}) {
  const answer = before.then(() => ask(asked));
  before = answer.then(() => undefined, () => undefined);
  return answer;
}

/**
 * Sends what removes laws, with the reason; asks for it where none was asked for yet (`reason` undefined), and where
 * the server says that one is needed.
 * @template T @param {string | null | undefined} reason @param {(said: { reason?: string }) => Promise<T>} send
 */
export async function saying(reason, send) {
  const said = reason === undefined && wanted() ? given(await askWhy({ required: wanted() === "require" })) : reason;
  try {
    return await send(said ? { reason: said } : {});
  } catch (problem) {
    if (said || !(problem instanceof Problem) || problem.code !== "reason_needed") throw problem;
    return send({ reason: String(given(await askWhy({ required: true }))) });
  }
}

/** @param {string | null | undefined} answer */
function given(answer) {
  if (answer === undefined) throw new Problem({ status: 499, code: "given_up", detail: "No reason was given." });
  return answer;
}

/** @param {{ required?: boolean, what?: string }} asked @returns {Promise<string | null | undefined>} */
async function ask({ required = wanted() === "require", what = "" }) {
  const dialog = document.createElement("dialog");
  dialog.className = "modal-box";
  dialog.setAttribute("aria-labelledby", "why-title");
  const heading = Object.assign(document.createElement("h2"), { id: "why-title", textContent: what ? `Why is ${what} removed?` : "Why is this removed?" });
  const label = Object.assign(document.createElement("label"), { className: "form-label", htmlFor: "why", textContent: required ? "Reason" : "Reason (optional)" });
  const field = Object.assign(document.createElement("textarea"), { id: "why", className: "form-control", name: "reason", rows: 2, maxLength: CHARACTERS_MAX, required });
  const actions = Object.assign(document.createElement("div"), { className: "dialog-actions" });
  const cancel = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-outline-secondary", textContent: "Cancel" });
  const done = Object.assign(document.createElement("button"), { type: "submit", className: "btn btn-primary", textContent: "Remove" });
  const form = Object.assign(document.createElement("form"), { className: "dialog-body" });
  form.dataset.testid = "removal-reason";
  actions.append(cancel, done);
  form.append(heading, label, field, actions);
  dialog.append(form);
  document.body.append(dialog);
  cancel.addEventListener("click", () => closeDialog(dialog));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const isBlank = required && !field.value.trim();
    field.setCustomValidity(isBlank ? "Please give a reason." : "");
    if (isBlank) form.reportValidity();
    else closeDialog(dialog, "removed");
  });
  field.addEventListener("input", () => field.setCustomValidity(""));
  field.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(); });
  try {
    const closed = openDialog(dialog);
    field.focus();
    return (await closed) === "removed" ? field.value.trim() || null : undefined;
  } finally {
    dialog.remove();
  }
}
