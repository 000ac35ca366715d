// Who answers for the law whose details are shown, when it is reviewed, and that it still applies: each is saved
// as soon as it is chosen. A day is typed number by number, and most of them make another day: it is saved behind
// the last.

import { Problem } from "../http.js";
import { annotate, markReviewed } from "../lists_api.js";

/** @import { Ticking } from "../ticking/ticking.js" */

const TYPED_MS = 800;

/**
 * @param {Found} form @param {string} list @param {string} record @param {Ticking} ticking
 * @param {() => void} reviewed what is said there has changed
 */
export function wireReview(form, list, record, ticking, reviewed) {
  const said = form.querySelector("#review-saved");

  /** @param {() => Promise<unknown>} action */
  async function attempt(action) {
    said.textContent = "";
    try {
      await ticking?.queue.idle(); // a tick that is on its way comes first
      await action();
      said.textContent = "Saved";
      return true;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      said.textContent = `Not saved: ${problem.message}`;
      return false;
    }
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  /** @param {Found} field */
  const save = ({ name, value }) => attempt(() => annotate(list, record, { [name]: value || null }));
  const day = form.querySelector("input[type=date]");
  let known = day?.value;
  let typing = 0;

  async function saveDay() {
    clearTimeout(typing);
    if (!day.validity.valid || day.value === known) return;
    const before = known;
    known = day.value;
    if (!await save(day)) known = before;
  }

  form.addEventListener("change", ({ target }) => {
    if (target !== day) return void save(/** @type {Found} */ (target));
    clearTimeout(typing);
    typing = setTimeout(saveDay, TYPED_MS);
  });
  day?.addEventListener("blur", () => {
    void saveDay();
    if (!day.validity.valid) said.textContent = `Not saved: ${day.validationMessage}`;
  });
  form.querySelector("[data-reviewed]")?.addEventListener("click", async () => {
    if (await attempt(() => markReviewed(list, [record]))) reviewed();
  });
}
