// /audit: filters at once, and a day of the calendar by click; the table beneath does the same by keyboard.

import { openDaysIn } from "../../browser/lists/calendar_days.js";

const form = document.getElementById("trail-filters");

form.addEventListener("change", () => form.requestSubmit());
form.addEventListener("submit", () => {
  for (const field of form.elements) if (field.name && !field.value) field.disabled = true; // short addresses
});

openDaysIn(document.getElementById("trail"));

window.addEventListener("pageshow", () => {
  for (const field of form.elements) field.disabled = false;
});
