// On the page of imports: that what was brought waits for its turn, or that another tab has something read.

import { behind } from "../live/export_note.js";
import { works } from "../live/work.js";
import { quoted } from "../ticking/words.js";

/** @import { Work } from "../live/work.js" */

/** `isBusy()`: whether this page has something read. @param {HTMLElement} place @param {() => boolean} isBusy */
export function showWaiting(place, isBusy) {
  /** What was under way here; it may end a moment after the page has its answer. @type {Set<string>} */
  const own = new Set();
  works.addEventListener("work", () => {
    const now = works.of("import");
    if (isBusy()) for (const { id } of now) own.add(id);
    const [shown] = now.filter(({ id, state }) => !own.has(id) || (isBusy() && state === "waiting"));
    const text = shown ? words(shown, own.has(shown.id)) : "";
    if (place.textContent !== text) place.textContent = text;
  });
}

/** @param {Work} work @param {boolean} isOwn */
function words(work, isOwn) {
  if (isOwn) return `${behind(work)}…`;
  return work.name ? `${quoted(work.name)} is being read in another tab.` : "Laws are being found in another tab.";
}
