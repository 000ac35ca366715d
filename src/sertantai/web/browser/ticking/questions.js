// What is asked before very many laws are ticked, unticked or taken out of a list at once.

import { confirmDialog } from "../dialog.js";
import { laws, number, quoted } from "./words.js";

/** @import { LawFilter } from "../domain.js" */

/** So many are ticked without a question when a filter says which. */
const UNASKED_MAX = 5000;

/**
 * Whether all that match may be ticked or unticked: asked when they are many, or the whole register.
 * @param {{ count: number, filter: LawFilter, value: boolean, list: string }} what
 */
export async function askForMatching({ count, filter, value, list }) {
  const isWhole = Object.keys(filter).length === 0;
  if (count <= UNASKED_MAX && !isWhole) return true;
  const [word, label] = value ? ["ticked", "Tick"] : ["unticked", "Untick"];
  const which = isWhole ? "There is no filter, so this is the whole register. " : "";
  return confirmDialog({
    title: `${label} ${laws(count)}?`,
    text: `${which}${laws(count)} will be ${word}${list ? ` in ${quoted(list)}` : ""}. You can undo this.`,
    confirmLabel: `${label} ${laws(count)}`,
    danger: !value,
  });
}

/**
 * The same words wherever a list is cleared. `agreed`: so many it was to be before, which was refused.
 * @param {string} list @param {number} count @param {number | null} agreed
 */
export function askToClear(list, count, agreed = null) {
  const changed = agreed === null ? "" : `The list has changed: it has ${laws(count)} now, not ${number(agreed)}. `;
  return confirmDialog({
    title: `Clear ${quoted(list)}?`,
    text: `${changed}${count === 1 ? "1 law" : `All ${laws(count)}`} will be removed, with their notes. You can undo this now, or later from the history.`,
    confirmLabel: "Clear list",
    danger: true,
  });
}
