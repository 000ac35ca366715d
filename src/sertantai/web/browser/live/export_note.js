// Beside the menu of exports: how one is that was begun in another tab. The tab that makes it has a notice of its own.

import { announce } from "../announce.js";
import { formatNumber } from "../formats.js";
import { works } from "./work.js";

/** @import { Work } from "./work.js" */

const OVER_SHOWN_MS = 10_000;

/** Waiting, as a sentence has it. @param {Work} work */
export const behind = ({ ahead = 0 }) => (ahead ? `Waiting behind ${formatNumber(ahead)} ${ahead === 1 ? "other" : "others"}` : "Waiting");

/** @param {(id: string) => boolean} isOwn whether this tab makes it */
export function wireExportNote(isOwn) {
  const menu = document.getElementById("export-menu");
  if (!menu) return;
  const note = Object.assign(document.createElement("span"), { className: "export-note text-soft", hidden: true });
  note.dataset.testid = "export-note";
  menu.before(note);
  let timer = 0;
  let said = "";
  works.addEventListener("work", ({ detail: work }) => {
    if (work && (work.kind !== "export" || isOwn(work.id))) return;
    if (!work && (note.hidden || works.of("export").length)) return;
    clearTimeout(timer);
    note.hidden = !work;
    if (!work) return;
    note.textContent = words(work);
    if (work.state === "done" || work.state === "failed") timer = setTimeout(() => { note.hidden = true; }, OVER_SHOWN_MS);
    const now = `${work.id} ${work.state}`;
    if (now !== said && !document.hidden) announce(`Export: ${note.textContent}`);
    said = now;
  });
}

/** @param {Work} work */
function words(work) {
  if (work.state === "waiting") return behind(work);
  if (work.state === "done") return "Ready";
  if (work.state === "failed") return "Not finished";
  return work.of ? `${formatNumber(work.done ?? 0)} of ${formatNumber(work.of)} laws` : "Creating the file";
}
