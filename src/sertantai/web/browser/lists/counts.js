// The counts of a list's page after ticks: asked for alone, as what was unticked stays in sight.

import { say, showFacets, showSizes, showTotal } from "../counts.js";
import { formatNumber } from "../formats.js";
import { get } from "../http.js";
import { address } from "../query.js";
import { laws } from "../ticking/words.js";

/** @import { Values } from "../counts.js" */
/**
 * What `/groups/{group}/counts` answers. `changed` null: nobody knows it while the database is away.
 * @typedef {{
 *   name: string, version: number, changes: number | null, count: number, total: number, pages: number, facets: Values,
 *   changed: number | null, drift: { new: number, gone: number } | null, lists: Record<string, number>,
 * }} ListCounts
 */

/**
 * Of the view of the list that is shown, whose rows are of the version `since`.
 * @param {string} list @param {number} since @returns {Promise<ListCounts>}
 */
export async function askCounts(list, since) {
  return (await get(address(`/groups/${list}/counts${location.search}`, [["since", String(since)]]), { tries: 1 })).data;
}

/** Write them where they stand in `root`, and into what the page says of itself. @param {HTMLElement} root @param {ListCounts} counts */
export function showCounts(root, counts) {
  const { name, version, count, total, pages, lists } = counts;
  const state = root.querySelector("#list-state").dataset;
  Object.assign(state, { name, version: String(version), count: String(count), total: String(total), pages: String(pages), counts: JSON.stringify(lists) });
  showSizes(lists);
  showTotal(root, total);
  showFacets(root, counts.facets);
  showChanged(root, counts.changed);
  showDrift(root, counts.drift);
}

/** @param {HTMLElement} root @param {number | null} changed */
function showChanged(root, changed) {
  const notice = root.querySelector("[data-testid=changed-notice]");
  if (!notice || changed === null) return;
  notice.hidden = changed === 0;
  say(notice.querySelector("#changed-words"), `${laws(changed)} changed since you ticked ${changed === 1 ? "it" : "them"}.`);
}

/** @param {HTMLElement} root @param {ListCounts["drift"]} drift */
function showDrift(root, drift) {
  const notice = root.querySelector("[data-testid=drift-notice]");
  if (!notice) return;
  notice.hidden = drift === null;
  if (!drift) return;
  notice.dataset.new = String(drift.new);
  notice.dataset.gone = String(drift.gone);
  const matches = `${formatNumber(drift.new)} new ${drift.new === 1 ? "match" : "matches"}`;
  say(notice.querySelector("#drift-words"), `${matches}, ${formatNumber(drift.gone)} no longer ${drift.gone === 1 ? "matches" : "match"}.`);
}
