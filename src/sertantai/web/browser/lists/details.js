// The details of a law of a list, in the drawer that the register has: one stays in the list, and goes from law to law.

import { queryOf } from "../query.js";
import { Drawer } from "../register/drawer.js";

/** @import { Ticking } from "../ticking/ticking.js" */

/**
 * `rows()` are the rows in sight; `where()` is `{ page, pages }` of the view; `turn(page)` shows another page;
 * `left()` is called when the details are closed, as a note may have been written.
 * @param {{
 *   ticking: Ticking, rows: () => Found[], where: () => { page: number, pages: number },
 *   turn: (page: number) => Promise<unknown>, left: () => void,
 * }} page
 */
export function wireDetails({ ticking, rows, where, turn, left }) {
  const navigation = { get query() { return queryOf(location.href); } };
  const table = () => ({
    get ids() { return rows().map((row) => row.dataset.recordId); },
    view: where,
    actions: { turn: (/** @type {number} */ by) => turn(where().page + by) },
    /** @param {string} id*/
    row: (/** @type {string} */ id) => rows().find((row) => row.dataset.recordId === id)?.querySelector("[data-open]"),
  });
  const drawer = new Drawer({ ticking, navigation, table });
  document.getElementById("record-drawer").addEventListener("close", left);
  document.addEventListener("click", (event) => {
    const link = event.target?.closest("a[data-open]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    link.closest("details")?.removeAttribute("open");
    void drawer.open(link.closest("tr").dataset.recordId);
  });
  drawer.followAddress();
  return drawer;
}
