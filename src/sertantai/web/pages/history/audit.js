// /audit: filters at once, and a day of the calendar by click; the table beneath does the same by keyboard.

const form = document.getElementById("trail-filters");

form.addEventListener("change", () => form.requestSubmit());
form.addEventListener("submit", () => {
  for (const field of form.elements) if (field.name && !field.value) field.disabled = true; // short addresses
});

document.getElementById("trail").addEventListener("click", (event) => {
  const day = event.target?.closest("[data-day-url]");
  if (day) location.assign(day.dataset.dayUrl);
});

window.addEventListener("pageshow", () => {
  for (const field of form.elements) field.disabled = false;
});
