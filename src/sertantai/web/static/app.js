// What every page needs: theme choice, menus, dialogs, the state of saving, and htmx's errors in words.

import { wireDialogs } from "./dialog.js";
import { csrfToken } from "./http.js";
import { showLocalTimes } from "./local_time.js";
import { wireMenus } from "./menu.js";
import { wireSyncState } from "./sync_state.js";
import { toast } from "./toast.js";

function wireTheme() {
  const choices = [...document.querySelectorAll("[data-theme-choice]")];
  const show = () => {
    for (const button of choices) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === window.sertantaiTheme.choice()));
    }
  };
  for (const button of choices) {
    button.addEventListener("click", () => {
      window.sertantaiTheme.choose(button.dataset.themeChoice);
      show();
    });
  }
  document.addEventListener("sertantai:theme", show);
  show();
}

function wireHtmx() {
  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRF-Token"] = csrfToken();
  });
  document.addEventListener("htmx:responseError", (event) => {
    toast(detailOf(event.detail.xhr), { kind: "danger", key: "htmx" });
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, () => {
      toast("The server cannot be reached. Nothing was changed; please try again.", { kind: "danger", key: "htmx" });
    });
  }
  document.addEventListener("htmx:load", (event) => showLocalTimes(event.detail.elt));
}

function detailOf(xhr) {
  try {
    return JSON.parse(xhr.responseText).detail;
  } catch {
    return "That did not work. Nothing was changed; please try again.";
  }
}

function wireSignedOut() {
  document.addEventListener("sertantai:signed-out", () => {
    if (!("signedIn" in document.body.dataset)) return;
    const back = encodeURIComponent(location.pathname + location.search);
    toast("You have been signed out. Sign in again to go on.", {
      kind: "warning",
      key: "signed-out",
      durationMs: 0,
      action: { label: "Sign in", href: `/sign-in?next=${back}` },
    });
  });
}

wireTheme();
wireMenus();
wireDialogs();
wireSyncState();
wireHtmx();
wireSignedOut();
showLocalTimes();
