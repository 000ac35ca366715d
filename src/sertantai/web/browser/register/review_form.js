// Who answers for the law whose details are shown, when it is reviewed, and that it still applies: each is saved
// as soon as it is chosen.

import { Problem } from "../http.js";
import { annotate, markReviewed } from "../lists_api.js";

/** @import { Ticking } from "../ticking/ticking.js" */

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
  form.addEventListener("change", ({ target: field }) => {
    const { name, value } = /** @type {Found} */ (field);
    void attempt(() => annotate(list, record, { [name]: value || null }));
  });
  form.querySelector("[data-reviewed]")?.addEventListener("click", async () => {
    if (await attempt(() => markReviewed(list, [record]))) reviewed();
  });
}
