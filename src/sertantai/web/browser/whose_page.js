// A page belongs to who it was made for. When somebody else has signed in in another tab of this browser, or
// nobody is any more, the page says so instead of "Saved", until that changes or it is loaded again.

import { address } from "./query.js";
import { showSyncState } from "./sync_state.js";
import { toast } from "./toast.js";

/** @type {(ReturnType<typeof toast> & { why: string }) | null} */ let shown = null;

export function wireWhosePage() {
  document.addEventListener("sertantai:not-theirs", ({ detail: why }) => {
    showSyncState(why);
    if (shown && shown.why === why && shown.element?.isConnected) return;
    const [words, action] = said(why);
    shown = { why, ...toast(words, { kind: "warning", key: "not-theirs", durationMs: 0, action }) };
  });
  document.addEventListener("sertantai:theirs-again", () => {
    shown?.close();
    shown = null;
  });
}

/** @returns {[string, { label: string, href?: string, run?: () => void }]} @param {string} why */
function said(why) {
  const reload = { label: "Reload", run: () => (location.pathname.startsWith("/groups/") ? location.assign("/groups") : location.reload()) };
  if (!("signedIn" in document.body.dataset)) {
    return [why === "another" ? "You have signed in using another tab." : "The ticks you made here without an account have expired.", reload];
  }
  if (why === "another") return ["You are signed in as somebody else in another tab.", reload];
  return ["You have been signed out. Sign in again to carry on.", { label: "Sign in", href: address("/sign-in", [["next", address(location.href, [])]]) }];
}
