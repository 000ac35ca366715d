// Points in time in the reader's own zone and language; the server writes them in UTC.

import { formatDate } from "./formats.js";

/** Rewrite every `<time data-local>` under `root`. */
export function showLocalTimes(root = document) {
  for (const element of root.querySelectorAll("time[data-local]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    element.textContent = formatDate(at, "moment");
    element.title = formatDate(at, "wholeMoment");
    element.removeAttribute("data-local");
  }
}
