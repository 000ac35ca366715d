// Somebody may have ticked on another device while a page was out of sight.

import { Problem, get } from "../http.js";

/** @import { Ticking } from "./ticking.js" */

/**
 * Whenever the page is looked at again, `look()` if its list has changed meanwhile, `gone()` if there is no such list.
 * @param {Ticking} ticking @param {() => unknown} look
 */
export function lookAgain(ticking, look, gone = () => location.reload()) {
  async function again({ persisted = false } = {}) {
    const { list } = ticking.selection;
    if (!list || !navigator.onLine || document.hidden) return;
    try {
      const { data } = await get(`/api/v1/groups/${list}`, { tries: 1 });
      // A page is often come back to by the click that ticks: what it does itself is no news.
      await ticking.queue.idle();
      if (data.version > ticking.selection.version && ticking.selection.list === list) await look();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      if (ticking.queue.size > 0) return;
      if (problem.status === 404) gone();
      // Somebody has come back to a page from before signing in or out in this tab.
      else if (persisted && problem.isNotTheirs) location.reload();
    }
  }

  window.addEventListener("focus", () => void again());
  document.addEventListener("visibilitychange", () => void again());
  window.addEventListener("pageshow", (event) => { if (event.persisted) void again(event); });
}
