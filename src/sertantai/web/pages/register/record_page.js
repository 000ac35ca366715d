// The page of one law: the same panel as in the drawer, with a queue of its own.

import { getPart } from "../../browser/http.js";
import { address } from "../../browser/query.js";
import { toast } from "../../browser/toast.js";
import { becomeGuest } from "../../browser/ticking/guest.js";
import { Ticking } from "../../browser/ticking/ticking.js";
import { RecordPanel } from "../../browser/register/record_panel.js";

const page = document.getElementById("record-page");
const shown = document.getElementById("record");
const { recordId } = shown.dataset;
let wasKnown = "list" in shown.dataset;

const ticking = new Ticking({
  user: page.dataset.user ?? null,
  refresh,
  admit: "guests" in page.dataset ? becomeGuest : null,
  denied: () => toast("Sign in to save your ticks.", { key: "denied", action: { label: "Sign in", href: `/sign-in?next=${location.pathname}` } }),
});

/** @param {DOMStringMap} shown what the page says of its law */
function load({ list, ticked }) {
  ticking.load({
    list: list ?? null, listName: shown.querySelector(".record-tick-box strong")?.textContent ?? "", version: 0, listCount: 0, matchingCount: 0, total: 1,
    rows: new Map([[recordId, ticked === "true"]]),
  });
}

/** Only who has just become a guest is asked for: the list is then known, and its part of the page comes. */
async function refresh() {
  if (wasKnown) return;
  const part = await getPart(location.pathname);
  const { dataset } = new DOMParser().parseFromString(part, "text/html").getElementById("record");
  wasKnown = "list" in dataset;
  load(dataset);
  if (wasKnown) setTimeout(async () => { await ticking.queue.idle(); location.reload(); });
}

load(shown.dataset);
new RecordPanel(shown, ticking);
// The address need not name the list, and what another tab has chosen since is none of this page's.
shown.addEventListener("sertantai:stale", () => location.replace(address(location.href, [["group", ticking.selection.list]])));
ticking.resume();
