// Adding, changing and removing abbreviations: one's own, or an organization's.

import { Problem, del, put } from "./http.js";
import { toast } from "./toast.js";

const form = document.getElementById("abbreviation-form");
const PATH = form?.dataset.path;
const FIELDS = ["abbreviation", "laws"];

/** Beside the field that it is about, or in a notice. @param {Problem | null} problem */
function tell(problem) {
  const field = FIELDS.find((one) => one === problem?.field);
  for (const place of form.querySelectorAll("[data-error]")) {
    place.textContent = place.dataset.error === field ? problem?.message.replace(/^\w+: /, "") ?? "" : "";
    place.hidden = place.dataset.error !== field;
    const input = form.elements.namedItem(place.dataset.error);
    if (field && place.dataset.error === field) { input.setAttribute("aria-invalid", "true"); input.focus(); }
    else input.removeAttribute("aria-invalid");
  }
  if (problem && !field) toast(problem.message, { kind: "danger", key: "abbreviation" });
}

/** Sent again after a lost answer, it is the same one. */
const fresh = crypto.randomUUID();
/** Of the one in the form. @type {string} */
let id = fresh;

/** Into the form to be changed, or null: the form is for another one. @param {Found | null} row */
function change(row) {
  id = row?.dataset.abbreviation ?? fresh;
  form.elements.namedItem("abbreviation").value = row?.dataset.text ?? "";
  form.elements.namedItem("laws").value = (row?.dataset.laws ?? "").split(" ").join("\n");
  tell(null);
  for (const one of form.querySelectorAll("[data-adds]")) one.hidden = row !== null;
  for (const one of form.querySelectorAll("[data-saves]")) one.hidden = row === null;
  for (const one of document.querySelectorAll("[data-abbreviation]")) one.classList.toggle("is-changed", one === row);
  form.elements.namedItem("abbreviation").focus();
}

form?.querySelector("[data-testid=cancel-abbreviation]").addEventListener("click", () => change(null));

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  if (button.getAttribute("aria-busy") === "true") return;
  button.setAttribute("aria-busy", "true");
  try {
    const laws = form.elements.namedItem("laws").value.split("\n").filter((/** @type {string} */ line) => line.trim());
    await put(`${PATH}/${id}`, { abbreviation: form.elements.namedItem("abbreviation").value, laws });
    location.reload();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    tell(problem);
    button.removeAttribute("aria-busy");
  }
});

document.getElementById("abbreviations")?.addEventListener("click", async (event) => {
  if (event.target?.closest("[data-changes-abbreviation]")) { change(event.target.closest("[data-abbreviation]")); return; }
  const button = event.target?.closest("[data-removes-abbreviation]");
  if (!button) return;
  const row = button.closest("[data-abbreviation]");
  if (row.dataset.abbreviation === id) change(null);
  button.disabled = true;
  try {
    const { abbreviation, text, laws } = row.dataset;
    await del(`${PATH}/${abbreviation}`);
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    if (!next) document.getElementById("abbreviations").hidden = true;
    (next?.querySelector("[data-removes-abbreviation]") ?? form.querySelector("input")).focus();
    toast(`Abbreviation removed: ${text}.`, {
      kind: "success", key: "abbreviation",
      undo: async () => { await put(`${PATH}/${abbreviation}`, { abbreviation: text, laws: laws.split(" ") }); location.reload(); },
    });
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    button.disabled = false;
    toast(problem.message, { kind: "danger", key: "abbreviation" });
  }
});
