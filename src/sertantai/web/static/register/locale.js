// Numbers and dates in the reader's own way; the server writes them the British way.

const number = new Intl.NumberFormat(navigator.language);
const day = new Intl.DateTimeFormat(navigator.language, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const isBritish = navigator.language === "en-GB";

export function localise(root) {
  if (isBritish) return;
  for (const element of root.querySelectorAll("time[data-day]")) element.textContent = day.format(new Date(element.dateTime));
  for (const element of root.querySelectorAll(".facet-count, .pages-where [data-int], .group-switcher-count, [data-testid=total]")) {
    const value = Number(element.textContent.replaceAll(/\D/g, ""));
    if (Number.isFinite(value)) element.textContent = number.format(value);
  }
}
