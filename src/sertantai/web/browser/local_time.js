// Days and points in time as the reader writes them. The server writes them the British way, and points in time in
// the zone that time_zone.js has told it, or in UTC.

import { formatDate } from "./formats.js";

const isBritish = navigator.language === "en-GB";

/** Rewrite every `<time>` under `root`, and whatever says with `data-written` how its date is written. */
/** @param {ParentNode} root */
export function showLocalTimes(root = document) {
  for (const element of root.querySelectorAll("time[data-local]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    element.textContent = formatDate(at, element.dataset.local === "day" ? "dayOfMoment" : "moment");
    element.title = formatDate(at, "wholeMoment");
    element.removeAttribute("data-local");
  }
  showDays(root);
}

/** Days that are the same in every zone: those of laws, and those that the server has counted. @param {ParentNode} root */
export function showDays(root) {
  if (isBritish) return;
  for (const element of root.querySelectorAll("time[data-day]")) {
    // A column is as wide as a date in figures is in any language.
    const style = element.closest(".cell-date") ? "dayInFigures" : /** @type {"day"} */ (element.dataset.day || "day");
    element.textContent = formatDate(new Date(element.dateTime), style);
  }
  for (const element of root.querySelectorAll("[data-written]")) {
    const { date, written, after = "" } = element.dataset;
    element.textContent = formatDate(new Date(date), /** @type {"day"} */ (written)) + after;
  }
}
