// /groups/{group}/imports: removing the report of an import.

import { confirmDialog } from "../../browser/dialog.js";
import { Problem } from "../../browser/http.js";
import { toast } from "../../browser/toast.js";
import { removeImport } from "../../browser/lists_api.js";

const imports = document.getElementById("imports");

imports?.addEventListener("click", async (event) => {
  const button = event.target?.closest("[data-removes-import]");
  if (!button) return;
  const sure = await confirmDialog({
    title: "Remove this report?",
    text: "The laws that were imported stay in the list. The report cannot be restored.",
    confirmLabel: "Remove",
    danger: true,
  });
  if (!sure) return;
  const card = button.closest("[data-import]");
  button.disabled = true;
  try {
    await removeImport(imports.dataset.list, card.dataset.import);
    const next = card.nextElementSibling ?? card.previousElementSibling;
    card.remove();
    toast("Report removed.", { kind: "success", key: "import" });
    if (next) next.querySelector("[data-removes-import]").focus();
    else location.assign(`/groups/${imports.dataset.list}/imports`);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    button.disabled = false;
    toast(problem.message, { kind: "danger", key: "import" });
  }
});
