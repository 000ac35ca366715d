// The counts of the register's page after ticks: asked for alone, as its rows show the ticks already.

import { showFacets, showTicks, showTotal, say } from "../counts.js";
import { get, showing } from "../http.js";
import { address } from "../query.js";
import { showYears } from "./histogram.js";

/** @import { Values } from "../counts.js" */
/** @import { Years } from "./histogram.js" */
/**
 * What `/records/counts` answers. `narrowed`: of a view of what is ticked, or is not; else ticks change nothing of it.
 * @typedef {{
 *   list: string | null, list_name: string, list_count: number, version: number, changes: number | null,
 *   total: number, pages: number, ticked: number, ticks: Values, narrowed: { facets: Values, years: Years | null } | null,
 *   lists: Record<string, number>, sync: string, banner: { kind: string, text: string } | null,
 * }} Counts
 */

/**
 * Of the view that is shown with `list`, whose rows are of the version `since`.
 * @param {number} since @param {string | null} list @returns {Promise<Counts>}
 */
export async function askCounts(since, list) {
  const href = address(`/records/counts${location.search}`, [["since", String(since)]]);
  return (await get(href, { tries: 1, headers: showing(list) })).data;
}

/**
 * Write them where they stand, and into the data of `results`. False: the page has no place for some of them, or
 * shows another list; then all of it must be asked for.
 * @param {HTMLElement} results @param {Counts} counts
 */
export function showCounts(results, counts) {
  if (counts.list === null || counts.list !== results.dataset.list) return false;
  const { narrowed, banner } = counts;
  const stated = {
    listName: counts.list_name, listCount: counts.list_count, version: counts.version, total: counts.total,
    pages: counts.pages, ticked: counts.ticked, sync: counts.sync, lists: JSON.stringify(counts.lists),
  };
  for (const [name, value] of Object.entries(stated)) results.dataset[name] = String(value);
  delete results.dataset.banner;
  if (banner) Object.assign(results.dataset, { banner: banner.text, bannerKind: banner.kind });
  showTotal(results, counts.total);
  say(results.querySelector("#results-noun"), counts.total === 1 ? "law" : "laws");
  results.querySelector("#records")?.setAttribute("aria-rowcount", String(counts.total + 1));
  const facets = document.getElementById("facets");
  const isWhole = !narrowed || (showFacets(facets, narrowed.facets) && showYears(narrowed.years));
  showTicks(facets, counts.ticks);
  return isWhole;
}
