// Counts and titles in words, in the reader's own number format.

import { formatNumber } from "../formats.js";

const TITLE_CHARACTERS_MAX = 60;

/** @param {number} count */
export const number = (count) => formatNumber(count);
/** @param {number} count */
export const laws = (count) => `${number(count)} ${count === 1 ? "law" : "laws"}`;

/** A title between quotation marks, cut where it would fill the screen. @param {string} title */
export function quoted(title) {
  const text = title.length > TITLE_CHARACTERS_MAX ? `${title.slice(0, TITLE_CHARACTERS_MAX - 1).trimEnd()}…` : title;
  return `“${text}”`;
}
