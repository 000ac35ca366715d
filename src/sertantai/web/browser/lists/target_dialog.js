// Choosing the list that laws are copied or moved to; a new one can be made on the spot.

import { closeDialog, openDialog } from "../dialog.js";
import { laws } from "../ticking/words.js";
import { toast } from "../toast.js";
import { makeList } from "../lists_api.js";

/** Resolves with `{ id, name }`, or null. `without` is the list they come from. @param {{ move: boolean, count: number, without: string }} asked */
export async function chooseTarget({ move, count, without }) {
  const dialog = document.getElementById("target-dialog");
  const form = document.getElementById("target-new");
  document.getElementById("target-title").textContent = `${move ? "Move" : "Copy"} ${laws(count)} to`;
  document.getElementById("target-text").textContent = "Notes and tags are included. Laws already in that list are not changed.";
  /** @type {{ id: string, name: string } | null} */ let chosen = null;
  for (const button of dialog.querySelectorAll("[data-target]")) {
    button.hidden = button.dataset.target === without;
    button.onclick = () => {
      chosen = { id: button.dataset.target, name: button.dataset.name };
      closeDialog(dialog);
    };
  }
  form.reset();
  form.onsubmit = async (event) => {
    event.preventDefault();
    try {
      const { id, name } = await makeList({ name: form.elements.name.value });
      chosen = { id, name };
      closeDialog(dialog);
    } catch (problem) {
      toast(problem.message, { kind: "danger", key: "target" });
    }
  };
  await openDialog(dialog);
  return chosen;
}
