// What ticks change beside their rows, as numbers alone: written where they stand, in the reader's own way.

import { formatNumber } from "./formats.js";

/** By the name of a filter, its values that have any. @typedef {Record<string, Record<string, number>>} Values */

/** Texts that stay as they are cost the browser nothing. @param {Element | null} element @param {string} words */
export function say(element, words) {
  if (element && element.textContent !== words) element.textContent = words;
}

/** How many are in each list, wherever it is named. @param {Record<string, number>} lists */
export function showSizes(lists) {
  for (const place of document.querySelectorAll("[data-count-of]")) {
    const count = lists[place.dataset.countOf];
    if (count !== undefined) say(place, formatNumber(count));
  }
}

/** How many the view has. @param {ParentNode} root @param {number} total */
export function showTotal(root, total) {
  for (const place of root.querySelectorAll("[data-total-of-view]")) say(place, formatNumber(total));
}

/**
 * How many laws are behind each choice of the filters; what `facets` do not name has none. Gives whether each
 * value that they name is there to be chosen.
 * @param {ParentNode} root @param {Values} facets
 */
export function showFacets(root, facets) {
  let shown = 0;
  for (const [choice, name, value] of choices(root)) {
    const place = choice.querySelector("data");
    if (!place || !(name in facets)) continue;
    const count = facets[name][value] ?? 0;
    if (count) shown += 1;
    place.value = String(count);
    say(place, formatNumber(count));
  }
  return shown === Object.values(facets).reduce((sum, values) => sum + Object.keys(values).length, 0);
}

/** How many of them are ticked. @param {ParentNode} root @param {Values} ticks */
export function showTicks(root, ticks) {
  for (const [choice, name, value] of choices(root)) {
    const place = choice.querySelector("data");
    if (!place) continue;
    const count = ticks[name]?.[value] ?? 0;
    const standing = choice.querySelector(".facet-ticked");
    if (!count) { standing?.remove(); continue; }
    const sign = standing ?? Object.assign(document.createElement("span"), { className: "facet-ticked" });
    say(sign, count === Number(place.value) ? "✓" : `✓ ${formatNumber(count)} /`);
    sign.title = `${formatNumber(count)} ticked`;
    if (!standing) place.before(sign);
  }
}

/** @param {ParentNode} root @returns {[Found, string, string][]} */
function choices(root) {
  return [...root.querySelectorAll(".facet-choice")].map((choice) => {
    const { name, value } = choice.querySelector("input");
    return [choice, name, value];
  });
}
