// Parts of a page as the server says them anew, with what somebody is doing there: where they are, what they have
// opened, and what they have begun to write.

import { become, resetFields, takeChildren } from "./become.js";
import { localise } from "./localise.js";

/**
 * `isSame`: it is the view that was there; what was begun to be written in it is not given up.
 * @typedef {{ isSame?: boolean }} How
 */

/** What is inside of `element`. @param {HTMLElement} element @param {string} html @param {How} how */
export function showPart(element, html, how = {}) {
  const said = read(html);
  holding([element], how, () => takeChildren(element, said));
}

/** Elements of these ids, as far as it holds them. @param {string[]} ids @param {string} html @param {How} how */
export function showParts(ids, html, how = {}) {
  const said = read(html);
  const parts = ids.map((id) => document.getElementById(id)).filter((part) => part && said.getElementById(part.id));
  holding(parts, how, () => {
    for (const part of parts) become(part, /** @type {HTMLElement} */ (said.getElementById(part.id)));
  });
}

/** @param {string} html */
function read(html) {
  const said = document.createElement("template");
  said.innerHTML = html;
  localise(said.content); // what stands there already in the reader's own way is then found the same
  return said.content;
}

/** @param {HTMLElement[]} parts @param {How} how @param {() => void} change */
function holding(parts, { isSame = false }, change) {
  const ids = parts.map((part) => part.id);
  const fields = () => ids.flatMap((id) => [...document.getElementById(id).querySelectorAll("input, option")]);
  /** @param {Found} field */
  const isDraft = (field) => field.tagName === "INPUT" && !["checkbox", "radio", "hidden"].includes(field.type) && field.value !== field.defaultValue;
  const drafts = new Set(isSame ? fields().filter(isDraft) : []);
  const find = placeOf(parts);
  change();
  resetFields(fields(), drafts);
  const place = find?.();
  if (place && place !== document.activeElement) place.focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("sertantai:part"));
}

/** Where the focus is, and how to find that place again once what is there was replaced. @param {HTMLElement[]} parts */
function placeOf(parts) {
  const element = /** @type {Found} */ (document.activeElement);
  if (!element || !parts.some((part) => part.contains(element))) return null;
  const row = element.closest("tr[data-record-id], li[data-list], section[data-record-id]");
  return row ? inRow(row, element) : outside(element);
}

/** In the same row, else in the one that has its place now. @param {Found} row @param {Found} element */
function inRow(row, element) {
  const rows = row.parentElement;
  const at = [...rows?.children ?? []].indexOf(row);
  const within = [...row.querySelectorAll(element.tagName)].indexOf(element);
  return () => {
    const now = row.isConnected ? row : rows?.isConnected ? rows.children[Math.min(at, rows.children.length - 1)] : null;
    return /** @type {Found | null} */ (now && (within < 0 ? now : now.querySelectorAll(element.tagName)[within] ?? now));
  };
}

/** A choice is known by its value, wherever it stands. @param {Found} element */
function outside({ id, name, value, type }) {
  const isChoice = type === "checkbox" || type === "radio";
  return () => (isChoice && name ? document.querySelector(`[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`) : null)
    ?? (id ? document.getElementById(id) : null);
}
