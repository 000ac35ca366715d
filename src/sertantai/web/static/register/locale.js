// Numbers and dates in the reader's own way; the server writes them the British way.

import { formatDate, formatNumber } from "../formats.js";

const isBritish = navigator.language === "en-GB";

export function localise(root) {
  if (isBritish) return;
  for (const element of root.querySelectorAll("time[data-day]")) {
    // A column is as wide as a date in figures is in any language.
    element.textContent = formatDate(new Date(element.dateTime), element.closest(".cell-date") ? "dayInFigures" : "day");
  }
  for (const element of root.querySelectorAll(".facet-count, .pages-where [data-int], .group-switcher-count, [data-testid=total]")) {
    const value = Number(element.textContent.replaceAll(/\D/g, ""));
    if (Number.isFinite(value)) element.textContent = formatNumber(value);
  }
}
