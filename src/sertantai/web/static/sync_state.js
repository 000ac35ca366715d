// The small sign in the top bar that says whether changes are safe.

import { setIcon } from "./icons.js";

const STATES = {
  synced: ["cloud-check", "Saved", "Every change is saved."],
  waiting: ["cloud-up", "Saved", "Every change is safe on disk; some are on their way to the database."],
  saving: ["cloud-up", "Saving…", "Changes are on their way to the server."],
  degraded: ["cloud-off", "Saved, database away", "Every change is safe on disk. The database is away; it is written there when it is back."],
  offline: ["wifi-off", "Offline", "You are offline. Changes wait in this browser."],
  away: ["cloud-off", "Waiting", "The server cannot be reached. Changes wait in this browser and are sent when it is back."],
};
let known = null;

/** Show `state` (synced, waiting, saving, degraded, offline, away) and how many changes wait. */
export function showSyncState(state, { waiting = 0 } = {}) {
  const sign = document.getElementById("sync-state");
  const [icon, text, title] = STATES[state] ?? STATES.synced;
  if (!sign) return;
  sign.dataset.state = state;
  sign.dataset.waiting = String(waiting);
  sign.title = title;
  setIcon(sign.querySelector("svg"), icon);
  sign.querySelector(".sync-state-text").textContent = waiting > 0 && state !== "waiting" ? `${text} (${waiting})` : text;
  document.getElementById("away-banner")?.toggleAttribute("hidden", state !== "away");
  if (state !== "offline" && state !== "away") known = state;
}

/** Follow the browser's own knowledge of the network. */
export function wireSyncState() {
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
