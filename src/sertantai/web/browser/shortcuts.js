// Keys that work anywhere on the page, and the dialog that tells all of them.

import { openDialog } from "./dialog.js";
import { printWhole } from "./print/whole.js";

const KEY = "sertantai.single-keys";

/**
 * ticking: what Ctrl+Z and Ctrl+Shift+Z call; search: the field that `/` leads to; palette: not given where the
 * palette listens for itself.
 * @param {{ ticking: { undo(): unknown, redo(): unknown }, search: Found, palette?: { open(): unknown } | null }} page
 */
export function wireShortcuts({ ticking, palette = null, search }) {
  const choice = document.getElementById("single-keys");
  choice.checked = singleKeys();
  choice.addEventListener("change", () => keep(choice.checked));
  const open = () => openDialog("shortcuts");
  const button = document.getElementById("open-shortcuts");
  button.hidden = false;
  button.addEventListener("click", open);
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.altKey) return;
    if (event.ctrlKey || event.metaKey) withControl(event, { ticking, palette });
    else if (singleKeys() && !isTyping(/** @type {Found} */ (event.target)) && !document.querySelector("dialog[open]")) single(event, { search, open });
  });
}

/** @param {KeyboardEvent} event @param {{ ticking: { undo(): unknown, redo(): unknown }, palette: { open(): unknown } | null }} page */
function withControl(event, { ticking, palette }) {
  const key = event.key.toLowerCase();
  if (key === "k" && palette) {
    event.preventDefault();
    palette.open();
  } else if (key === "p" && !event.shiftKey) {
    if (printWhole()) event.preventDefault();
  } else if (!isTyping(/** @type {Found} */ (event.target)) && !document.querySelector("dialog[open]:not(.record-drawer)") && (key === "z" || key === "y")) {
    event.preventDefault();
    if (key === "y" || event.shiftKey) ticking.redo();
    else ticking.undo();
  }
}

/** @param {KeyboardEvent} event @param {{ search: Found, open: () => unknown }} page */
function single(event, { search, open }) {
  if (event.key === "/") {
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "?") {
    event.preventDefault();
    open();
  }
}

/** @param {Found} element */
const isTyping = (element) => Boolean(element.closest?.("textarea, select, [contenteditable], input:not([type=checkbox], [type=radio])"));

function singleKeys() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}

/** @param {boolean} on */
function keep(on) {
  try {
    if (on) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, "off");
  } catch {
    // It holds for this page only, and then not even that; nothing else depends on it.
  }
}
