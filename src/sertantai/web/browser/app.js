// What every page needs: theme choice, menus, dialogs, and the state of saving.

import { wireChangedBadges } from "./changed_badges.js";
import { wireDialogs } from "./dialog.js";
import { wireLive } from "./live/everywhere.js";
import { localise } from "./localise.js";
import { wireMenus } from "./menu.js";
import { wirePalette } from "./palette/everywhere.js";
import { wireSignOut } from "./signing_out.js";
import { wireSyncState } from "./sync_state.js";
import { tabs } from "./tabs.js";
import { resumeUndos } from "./ticking/kept_undos.js";
import { tellTimeZone } from "./time_zone.js";
import { toast } from "./toast.js";
import { wireTrailMemory } from "./trail_memory.js";
import { wireWhosePage } from "./whose_page.js";

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

/** What this tab waited for when another of its pages was open. */
function wireKeptUndos() {
  resumeUndos((list, { version, count }) => {
    tabs.tell({ list, version, count });
    toast("Undone.", { kind: "success", key: "undo" });
  });
}

tellTimeZone();
wireTheme();
wireSignOut();
wireMenus();
wireDialogs();
wireSyncState();
wireWhosePage();
wirePalette();
wireChangedBadges();
wireLive();
localise();
wireKeptUndos();
wireTrailMemory();
