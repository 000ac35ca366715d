// Numbers, days and moments in the reader's own way. A formatter takes a browser tens of milliseconds to make, so
// each is made when it is first asked for, and numbers with commas need none.

const made = new Map();
/** The server writes numbers with commas, too. */
export const writesAsServer = /^en-(GB|US)$/.test(navigator.language);
// Gregorian in every language: the years of laws are, and two calendars on one page would be read as one.
/** @type {Record<"day" | "dayInFigures" | "longDay" | "month" | "weekday" | "weekdayAndDay" | "dayOfMoment" | "moment" | "wholeMoment" | "time", Intl.DateTimeFormatOptions>} */
const STYLES = {
  day: { calendar: "gregory", day: "numeric", month: "short", year: "numeric", timeZone: "UTC" },
  dayInFigures: { calendar: "gregory", day: "2-digit", month: "2-digit", year: "numeric", timeZone: "UTC" },
  longDay: { calendar: "gregory", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" },
  month: { calendar: "gregory", month: "short", timeZone: "UTC" },
  weekday: { calendar: "gregory", weekday: "short", timeZone: "UTC" },
  weekdayAndDay: { calendar: "gregory", weekday: "short", day: "2-digit", timeZone: "UTC" },
  dayOfMoment: { calendar: "gregory", day: "numeric", month: "long", year: "numeric" },
  moment: { calendar: "gregory", dateStyle: "medium", timeStyle: "short" },
  wholeMoment: { calendar: "gregory", dateStyle: "full", timeStyle: "long" },
  time: { timeStyle: "short" },
};

/** 12,345, or as the reader's language has it. @param {number} count */
export function formatNumber(count) {
  if (writesAsServer) return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
  if (!made.has("number")) made.set("number", new Intl.NumberFormat(navigator.language));
  return made.get("number").format(count);
}

/** A `Date` in one of `STYLES`: a day is that of UTC, whose date it stands for; a moment is in the reader's zone. */
/** @param {Date} date @param {keyof typeof STYLES} style */
export function formatDate(date, style) {
  if (!made.has(style)) made.set(style, new Intl.DateTimeFormat(navigator.language, STYLES[style]));
  return made.get(style).format(date);
}
