// How many laws of each list changed since they were ticked: told where the lists are, on every page.

import { formatNumber } from "./formats.js";
import { Problem, get } from "./http.js";

/** Everybody hears of a new register at once, and not all of them ask in the same moment. */
const SPREAD_MS = 3_000;

/** Asked after the page is there: nobody waits for it. */
export function wireChangedBadges() {
  if (!("signedIn" in document.body.dataset)) return;
  const look = () => void show();
  document.addEventListener("sertantai:register", () => setTimeout(look, Math.random() * SPREAD_MS));
  if ("requestIdleCallback" in window) requestIdleCallback(look, { timeout: 2000 });
  else setTimeout(look, 200);
}

async function show() {
  try {
    const { data } = await get("/api/v1/changed", { tries: 1 });
    // Of these there may be more than were counted.
    const more = new Set(data.more);
    const counts = Object.values(data.lists);
    const whole = counts.reduce((sum, count) => sum + count, 0);
    const lists = document.querySelector('.main-nav a[href="/groups"]');
    lists?.querySelector(".changed-badge")?.remove();
    if (lists && (whole || more.size)) lists.append(badge(whole, more.size > 0, (laws) => `${laws} of your lists changed`));
    for (const list of new Set([...Object.keys(data.lists), ...more])) {
      const count = data.lists[list] ?? 0;
      for (const place of document.querySelectorAll(`[data-changed-of="${CSS.escape(list)}"]`)) {
        place.replaceChildren(badge(count, more.has(list), (laws) => `${laws} changed since you ticked ${count === 1 ? "it" : "them"}`));
      }
    }
  } catch (problem) {
    // With the database or the server away nothing is known of changes; the pages say so themselves.
    if (!(problem instanceof Problem)) throw problem;
  }
}

/** `some` are more than `count`, or may be: 12+; where none were found before counting ended, there is but a sign. */
/** @param {number} count @param {boolean} some @param {(laws: string) => string} told */
function badge(count, some, told) {
  const laws = `${formatNumber(count)} ${count === 1 ? "law" : "laws"}`;
  const words = !some ? told(laws) : count ? told(`At least ${laws}`) : "Not all changed laws could be counted";
  const figure = !some ? formatNumber(count) : count ? `${formatNumber(count)}+` : "?";
  const sign = document.createElement("span");
  sign.className = "changed-badge";
  sign.dataset.testid = "changed-badge";
  sign.title = words;
  sign.append(
    Object.assign(document.createElement("span"), { textContent: figure, ariaHidden: "true" }),
    Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` (${words})` }),
  );
  return sign;
}
