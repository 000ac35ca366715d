// /organizations/{organization}: lists that are created, shared, or no longer to be seen come and go while it is open.
// Their names and counts follow by themselves (`live/everywhere.js`), so nothing is asked for those.

import { Part } from "../../browser/asking.js";
import { followLists } from "../../browser/lists/following.js";

/** @import { Told } from "../../browser/tabs.js" */

const home = document.getElementById("organization-home");
const lists = new Part(home);

/** @param {Told} said */
function isWorth({ list, version, count }) {
  if (!list || (version && count === undefined)) return true;
  return home.querySelector("[data-whole]") !== null && !home.querySelector(`[data-list="${CSS.escape(list)}"]`);
}

// A form that was refused is answered at an address that shows nothing by itself.
if (location.pathname === home.dataset.at) followLists(() => lists.refresh(), { isWorth });
