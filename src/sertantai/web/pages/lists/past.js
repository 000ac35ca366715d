// /groups/{group}/moments: moments in the reader's own zone; bringing a list back as it was.

import { confirmDialog } from "../../browser/dialog.js";
import { textsOf } from "../../browser/form_texts.js";
import { address } from "../../browser/query.js";
import { laws } from "../../browser/ticking/words.js";
import { toast } from "../../browser/toast.js";
import { restoreAt, undoIn } from "../../browser/lists_api.js";

const form = document.getElementById("moment-form");
const MINUTE_MS = 60_000;

/** The value of a datetime-local field for a point in time: its wall clock here. @param {string} iso */
function wallClock(iso) {
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 19);
}

for (const field of form.querySelectorAll("[data-at]")) {
  if (field.dataset.at) field.value = wallClock(field.dataset.at);
}

document.getElementById("zone-hint")?.remove(); // here they are this browser's

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const moments = textsOf(form).map(([name, value]) => /** @type {[string, string]} */ ([name, value && new Date(value).toISOString()]));
  location.assign(address(form.action, moments));
});

document.getElementById("restore")?.addEventListener("click", async () => {
  const { list, at } = document.querySelector(".past").dataset;
  const sure = await confirmDialog({
    title: "Restore this version of the list?",
    text: "Laws added since then will be removed, and laws removed since then will come back. You can undo this in one step.",
    confirmLabel: "Restore",
  });
  if (!sure) return;
  try {
    const done = await restoreAt(list, at);
    toast(`List restored: ${laws(done.count)}.`, {
      kind: "success", durationMs: 0, action: { label: "Open", href: `/groups/${list}` },
      undo: done.changed ? async () => { await undoIn(list, done.operation_id); location.reload(); } : null,
    });
    document.getElementById("restore").remove();
  } catch (problem) {
    toast(problem.message, { kind: "danger", key: "restore" });
  }
});
