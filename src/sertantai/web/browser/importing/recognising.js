// What a pasted text or a file of text is: a table of somebody's own, a list exported from here, or lines of laws.

const LOOKED_LINES = 50;
const TABBED_SHARE = 0.6;
const HEADING_CHARACTERS = 40;

/**
 * What tells a list exported from here: each heading is one of `exported`, and one of `namedBy` is among them.
 * @typedef {{ exported: string[], namedBy: string[] }} Headings
 */

/** Whether a clipboard's HTML holds what its text would lose. @param {string} html */
export const holdsTable = (html) => /<table[\s>]/i.test(html);

/** Whether a text has columns, and is no list exported from here. @param {string} text @param {Headings} ours */
export function isTable(text, ours) {
  if (isOurs(text, ours) || /^\s*[[{]\s*["{\]}]/.test(text)) return false;
  const lines = text.split(/\r\n?|\n/).map((line) => line.replace(/^[\s•·*-]+(?=\S)/, "")).filter(Boolean).slice(0, LOOKED_LINES);
  if (!lines.length) return false;
  if (lines.filter((line) => line.trim().includes("\t")).length >= TABBED_SHARE * lines.length) return true;
  if (lines.length > 1 && lines.every((line) => line.startsWith("|"))) return true;
  return /^sep=.$/i.test(lines[0]) || [";", ","].some((separator) => isSeparated(lines, separator));
}

/** Headings, which hold no number, above lines with as many separators. @param {string[]} lines @param {string} separator */
function isSeparated(lines, separator) {
  const headings = lines[0].split(separator);
  if (headings.length < 2 || lines.length < 2 || /\d/.test(lines[0]) || headings.some((one) => one.length > HEADING_CHARACTERS)) return false;
  return lines.filter((line) => line.split(separator).length >= headings.length).length >= TABBED_SHARE * lines.length;
}

/** Whether it is a list exported from here, as CSV. @param {string} text @param {Headings} ours */
export function isOurs(text, { exported, namedBy }) {
  const headings = text.replace(/^\uFEFF/, "").trimStart().split(/\r\n?|\n/, 1)[0].split(",").map((one) => one.trim().replace(/^"|"$/g, ""));
  return headings.length > 1 && headings.every((one) => exported.includes(one)) && headings.some((one) => namedBy.includes(one));
}
