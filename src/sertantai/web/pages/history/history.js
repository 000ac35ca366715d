// /history: filters at once, one entry undone alone, and what an entry changed in a drawer.

import { announce } from "../../browser/announce.js";
import { Part } from "../../browser/asking.js";
import { openDialog } from "../../browser/dialog.js";
import { getPart } from "../../browser/http.js";
import { showPart } from "../../browser/parts.js";
import { laws } from "../../browser/ticking/words.js";
import { toast } from "../../browser/toast.js";
import { followLists } from "../../browser/lists/following.js";
import { undoIn } from "../../browser/lists_api.js";

const entries = document.getElementById("history-entries");
const part = new Part(entries);
const form = document.getElementById("history-filters");

form.addEventListener("change", () => form.requestSubmit());
form.addEventListener("submit", () => {
  for (const field of form.elements) if (field.name && !field.value) field.disabled = true; // short addresses
});

const AGAIN_MS = 1000;
let waiting = 0;

/** What is still to come appears as soon as it is there. */
function settle() {
  clearTimeout(waiting);
  if (!document.getElementById("still-to-come")) return;
  waiting = setTimeout(async () => { await part.refresh(); settle(); }, AGAIN_MS);
}

/** @param {Found} button */
async function undo(button) {
  const { list, operation } = button.closest(".history-entry").dataset;
  button.setAttribute("aria-busy", "true");
  try {
    const done = await undoIn(list, operation);
    await part.refresh();
    settle();
    const words = done.changed ? `Undone: ${laws(done.changed)} changed back.` : "Everything this changed has been changed again since, so there was nothing left to undo.";
    announce(words);
    toast(words, { kind: "success", key: "history" });
  } catch (problem) {
    button.removeAttribute("aria-busy");
    toast(problem.message, { kind: "danger", key: "history" });
  }
}

/** @param {string} href @returns {Found | undefined} */
const entryOf = (href) => /** @type {Found[]} */ ([...entries.querySelectorAll("[data-details]")]).find((link) => link.href === href);

/** @param {Found} link */
async function details(link) {
  const drawer = document.getElementById("operation-drawer");
  showPart(drawer, await getPart(link.href, { tries: 1 }));
  await openDialog(drawer);
  // The browser has given the focus back, and they may have gone on since; unless the entry is another one by now.
  if (document.activeElement === document.body) entryOf(link.href)?.focus();
}

entries.addEventListener("click", (event) => {
  const day = event.target?.closest("[data-day-url]"); // the dates above do the same by keyboard
  if (day) { location.assign(day.dataset.dayUrl); return; }
  const button = event.target?.closest("[data-undo]");
  if (button) { void undo(button); return; }
  const link = event.target?.closest("[data-details]");
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    void details(link).catch((problem) => { if (!problem.isNotTheirs) location.assign(link.href); });
  }
});

followLists(async () => { await part.refresh(); settle(); });
settle();
window.addEventListener("pageshow", () => {
  for (const field of form.elements) field.disabled = false;
});
