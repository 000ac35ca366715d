// The small sign in the top bar that says whether changes are safe.

import { formatNumber } from "./formats.js";
import { setIcon } from "./icons.js";
import { toast } from "./toast.js";

/** @type {Record<string, [string, string, string]>} */
const STATES = {
  synced: ["cloud-check", "Saved", "All changes are saved."],
  waiting: ["cloud-up", "Saved", "All changes are saved on disk. Some are still waiting to be written to the database."],
  saving: ["cloud-up", "Saving…", "Changes are on their way to the server."],
  degraded: ["cloud-off", "Saved, database unavailable", "All changes are saved on disk. They will be written to the database when it is available again."],
  offline: ["wifi-off", "Offline", "You are offline. Changes are kept in this browser and sent when you are back online."],
  away: ["cloud-off", "Server unavailable", "The server cannot be reached. Changes are kept in this browser and sent when it is back."],
  another: ["cloud-off", "Somebody else", "You are signed in as somebody else in another tab. Changes are kept in this browser until you sign in again."],
  "signed-out": ["cloud-off", "Signed out", "You have been signed out. Changes are kept in this browser until you sign in again."],
};
/** What others do, and whether it is seen here. @type {Record<string, string>} */
const LIVE = {
  live: "Changes by others show at once.",
  polling: "Changes by others show within a few seconds.",
  connecting: "Catching up with changes by others…",
  away: "Changes by others show when you come back to this page.",
};
const PASSING = new Set(["offline", "away", "another", "signed-out"]);
/** @type {string | null} */ let known = null;
let lived = "off";
/** @type {ReturnType<typeof toast> | null} */ let told = null;

/** Show `state` (see `STATES`) and how many changes wait. @param {string} state */
export function showSyncState(state, { waiting = 0 } = {}) {
  const sign = document.getElementById("sync-state");
  const [icon, text, title] = STATES[state] ?? STATES.synced;
  if (!sign) return;
  if (sign.dataset.state !== state) told?.close();
  sign.dataset.state = state;
  sign.dataset.waiting = String(waiting);
  sign.title = withLive(title, state);
  setIcon(sign.querySelector("svg"), icon);
  sign.querySelector(".sync-state-text").textContent = waiting > 0 ? `${text}, ${formatNumber(waiting)} to send` : text;
  sign.querySelector(".sync-state-waiting")?.remove(); // the page's number is of the time when it was made
  document.getElementById("away-banner")?.toggleAttribute("hidden", state !== "away");
  if (!PASSING.has(state)) known = state;
}

/** Whether the page hears of others; see `LIVE`. @param {string} state */
export function showLive(state) {
  const sign = document.getElementById("sync-state");
  lived = state;
  if (!sign) return;
  sign.dataset.live = state;
  const [, , title] = STATES[sign.dataset.state] ?? STATES.synced;
  sign.title = withLive(title, sign.dataset.state);
}

/** While nothing is reached, that is all there is to say. @param {string} title @param {string} state */
const withLive = (title, state) => (PASSING.has(state) || !(lived in LIVE) ? title : `${title} ${LIVE[lived]}`);

/** Follow the browser's own knowledge of the network, and say in a sentence what the sign means when it is clicked. */
export function wireSyncState() {
  const sign = document.getElementById("sync-state");
  sign?.addEventListener("click", () => { told = toast(sign.title, { key: "sync-state" }); });
  known = document.getElementById("sync-state")?.dataset.state ?? null;
  const follow = () => {
    document.getElementById("offline-banner")?.toggleAttribute("hidden", navigator.onLine);
    if (!navigator.onLine) showSyncState("offline");
    else if (document.getElementById("sync-state")?.dataset.state === "offline") showSyncState(known ?? "synced");
  };
  window.addEventListener("online", follow);
  window.addEventListener("offline", follow);
  if (!navigator.onLine) follow();
}
