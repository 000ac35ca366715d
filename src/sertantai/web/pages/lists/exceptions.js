// /groups/{group}/exceptions: let the filter decide about a law again.

import { Problem } from "../../browser/http.js";
import { quoted } from "../../browser/ticking/words.js";
import { toast } from "../../browser/toast.js";
import { endException } from "../../browser/lists_api.js";

const table = document.getElementById("exceptions");

table?.addEventListener("click", async (event) => {
  const button = event.target?.closest("[data-ends-exception]");
  if (!button) return;
  const row = button.closest("tr");
  button.disabled = true;
  try {
    await endException(table.dataset.list, row.dataset.recordId);
    const next = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    for (const count of document.querySelectorAll("[data-exceptions-count]")) count.textContent = String(table.querySelectorAll("tbody tr").length);
    toast(`Exception removed: ${quoted(row.dataset.title)} follows the filter again.`, { kind: "success", key: "exception" });
    if (next) next.querySelector("button").focus();
    else location.reload();
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    button.disabled = false;
    toast(problem.message, { kind: "danger", key: "exception" });
  }
});
