// The register as a form of suggestions: filters apply at once, and the box in the head marks a whole page.

import { FiltersDrawer } from "../../browser/register/filters_drawer.js";

const all = document.getElementById("select-page");
const boxes = [...document.querySelectorAll("#rows .tick-box")];

function showAll() {
  if (!all) return;
  const ticked = boxes.filter((box) => box.checked).length;
  all.checked = ticked === boxes.length;
  all.indeterminate = ticked > 0 && ticked < boxes.length;
}

for (const box of boxes) {
  box.addEventListener("change", () => {
    box.closest("tr").classList.toggle("is-ticked", box.checked);
    showAll();
  });
}
all?.addEventListener("change", () => {
  for (const box of boxes) {
    box.checked = all.checked;
    box.closest("tr").classList.toggle("is-ticked", box.checked);
  }
});
document.addEventListener("change", ({ target }) => {
  const field = /** @type {HTMLInputElement} */ (target);
  if (field.form?.id === "filters" && field.type !== "search") field.form.requestSubmit();
});
new FiltersDrawer();
showAll();
document.getElementById("register").dataset.ready = "";
