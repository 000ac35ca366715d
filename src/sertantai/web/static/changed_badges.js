// How many laws of each list changed since they were ticked: told where the lists are, on every page.

import { formatNumber } from "./formats.js";
import { Problem, get } from "./http.js";

/** Asked after the page is there: nobody waits for it. */
export function wireChangedBadges() {
  if (!("signedIn" in document.body.dataset)) return;
  const look = () => void show();
  if ("requestIdleCallback" in window) requestIdleCallback(look, { timeout: 2000 });
  else setTimeout(look, 200);
}

async function show() {
  try {
    const { data } = await get("/api/v1/changed", { tries: 1 });
    const counts = Object.values(data.lists);
    const whole = counts.reduce((sum, count) => sum + count, 0);
    const lists = document.querySelector('.main-nav a[href="/groups"]');
    if (whole && lists) lists.append(badge(whole, `${formatNumber(whole)} ${whole === 1 ? "law" : "laws"} of your lists changed`));
    for (const [list, count] of Object.entries(data.lists)) {
      for (const place of document.querySelectorAll(`[data-changed-of="${CSS.escape(list)}"]`)) {
        place.replaceChildren(badge(count, `${formatNumber(count)} ${count === 1 ? "law" : "laws"} changed since you ticked ${count === 1 ? "it" : "them"}`));
      }
    }
  } catch (problem) {
    // With the database or the server away nothing is known of changes; the pages say so themselves.
    if (!(problem instanceof Problem)) throw problem;
  }
}

function badge(count, words) {
  const sign = document.createElement("span");
  sign.className = "changed-badge";
  sign.dataset.testid = "changed-badge";
  sign.title = words;
  sign.append(
    Object.assign(document.createElement("span"), { textContent: formatNumber(count), ariaHidden: "true" }),
    Object.assign(document.createElement("span"), { className: "visually-hidden", textContent: ` (${words})` }),
  );
  return sign;
}
