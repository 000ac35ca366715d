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

/** Who wrote what stands there by now. @type {string | null} */
let writer = null;

const ticking = new Ticking({
  user: page.dataset.user ?? null,
  refresh,
  admit: "guests" in page.dataset ? becomeGuest : null,
  denied: () => toast("Sign in to save your ticks.", { key: "denied", action: { label: "Sign in", href: `/sign-in?next=${location.pathname}` } }),
  others: { said: noteWriter, gone: () => undefined },
});

/** @param {DOMStringMap} shown what the page says of its law */
function load({ list, ticked, version = "0" }) {
  ticking.load({
    list: list ?? null, listName: shown.querySelector(".record-tick-box strong")?.textContent ?? "", version: Number(version), listCount: 0, matchingCount: 0, total: 1,
    rows: new Map([[recordId, ticked === "true"]]),
  });
}

/** @param {string} event @param {any} payload */
function noteWriter(event, { by, records = {} }) {
  if (event === "annotations" && recordId in records && by && by.id !== ticking.user) writer = by.name;
  return false;
}

/** Of who has just become a guest the list is then known, and its part of the page comes. @param {{ rows: boolean }} what */
async function refresh({ rows }) {
  if (wasKnown && !rows) return;
  const part = await getPart(wasKnown ? address(location.href, [["group", ticking.selection.list]]) : location.pathname);
  const fresh = /** @type {Found} */ (new DOMParser().parseFromString(part, "text/html").getElementById("record"));
  if (wasKnown) {
    take(fresh);
    return;
  }
  wasKnown = "list" in fresh.dataset;
  load(fresh.dataset);
  if (wasKnown) setTimeout(async () => { await ticking.queue.idle(); location.reload(); });
}

/** The law, as somebody else has left it. @param {Found} fresh */
function take(fresh) {
  if (fresh.dataset.list !== ticking.selection.list) return;
  load(fresh.dataset);
  panel.follow();
  if (panel.renew(fresh) && writer) document.getElementById("record-saved").textContent = `Changed by ${writer}`;
  writer = null;
}

load(shown.dataset);
const panel = new RecordPanel(shown, ticking);
// The address need not name the list, and what another tab has chosen since is none of this page's.
shown.addEventListener("sertantai:stale", () => location.replace(address(location.href, [["group", ticking.selection.list]])));
ticking.resume();
