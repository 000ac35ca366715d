// A page of lists follows what is done in other tabs, and looks again when it comes back into sight.

import { tabs } from "../tabs.js";

const PAUSE_MS = 250;

/** @import { Told } from "../tabs.js" */

/**
 * `look()` brings the page up to date; many changes at once are one reason to. `isWorth`: whether one is a reason.
 * @param {() => unknown} look @param {{ isWorth?: (said: Told) => boolean }} how
 */
export function followLists(look, { isWorth = () => true } = {}) {
  let pause = 0;
  const soon = () => {
    clearTimeout(pause);
    pause = setTimeout(() => { if (navigator.onLine) void look(); }, PAUSE_MS);
  };
  tabs.hear((said) => { if (!said.asks && isWorth(said)) soon(); });
  window.addEventListener("focus", soon);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) soon(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) soon(); });
}
