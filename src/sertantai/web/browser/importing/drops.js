// What is let fall on the page, anywhere: a browser would leave it for the file. Text goes where it is let fall.

import { toast } from "../toast.js";
import { holdsTable } from "./recognising.js";

/**
 * @param {Found} form hidden while something else is under way
 * @param {{ file: (file: File, others: number) => void, table: (text: string, html: string) => void }} take
 */
export function takeDrops(form, take) {
  /** @param {Event} event */
  const isOver = (event) => Boolean(event.target?.closest("#match-form"));

  for (const type of /** @type {const} */ (["dragenter", "dragover"])) {
    document.addEventListener(type, (event) => {
      const isWelcome = event.dataTransfer?.types.includes("Files") || isOver(event);
      if (isWelcome) event.preventDefault();
      form.classList.toggle("is-over", isWelcome);
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) form.classList.remove("is-over");
  });
  document.addEventListener("drop", (event) => {
    form.classList.remove("is-over");
    const [dropped, ...others] = event.dataTransfer?.files ?? [];
    const html = event.dataTransfer?.getData("text/html") ?? "";
    if (!dropped && !(isOver(event) && holdsTable(html))) return;
    event.preventDefault();
    if (form.hidden) { toast("Choose “Bring something else” first: this import is not saved yet.", { key: "import" }); return; }
    if (dropped) take.file(dropped, others.length);
    else take.table(event.dataTransfer?.getData("text/plain") ?? "", html);
  });
}
