// Saying of one law, or of many, who answers for it and when it is reviewed.

import { closeDialog, openDialog } from "../dialog.js";
import { laws } from "../ticking/words.js";

/** @import { Said } from "../domain.js" */

const NOBODY = "none";

/** Resolves with what is to be said, or null. @param {number} count @returns {Promise<Said | null>} */
export async function askWho(count) {
  const form = document.getElementById("assign-form");
  const { responsible, review_on: day, no_day: none } = form.elements;
  document.getElementById("assign-about").textContent = laws(count);
  form.reset();
  day.disabled = false;
  none.onchange = () => { day.disabled = none.checked; };
  /** @type {Said | null} */
  let said = null;
  form.onsubmit = (event) => {
    event.preventDefault();
    /** @type {Said} */
    const wanted = {};
    if (responsible?.value) wanted.responsible = responsible.value === NOBODY ? null : responsible.value;
    if (none.checked) wanted.review_on = null;
    else if (day.value) wanted.review_on = day.value;
    said = Object.keys(wanted).length ? wanted : null;
    closeDialog("assign-dialog");
  };
  const closed = openDialog("assign-dialog");
  (responsible ?? day).focus();
  await closed;
  return said;
}
