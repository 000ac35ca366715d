// What somebody brings, a paste or a file, and how it is read: as lines of laws, as a list exported from here, or as a
// table of their own, which the server takes apart.

import { post } from "../http.js";
import { address } from "../query.js";
import { textOf } from "../lists/file_text.js";
import { isOurs } from "./recognising.js";

/** @import { Brought } from "../domain.js" */
/** @import { Headings } from "./recognising.js" */

const FILE_BYTES_MAX = 60_000_000;
const READ_WITHIN_MS = 120_000;
const TEXTS = /\.(json|ndjson|jsonl|txt)$/i;
const SEPARATED = /\.(csv|tsv|tab)$/i;

/**
 * A file to be matched as it is, `text`, or a table, which `tables` holds. `guessed`: the encoding, where nothing says it.
 * @typedef {{ name: string, text: string | null, guessed: string | null, tables: Brought | null }} ReadFile
 */

/** Throws an Error, or `Problem`, with a sentence for whoever chose it. @param {File} file @param {Headings} ours @param {AbortSignal} signal @returns {Promise<ReadFile>} */
export async function readFile(file, ours, signal) {
  if (file.size > FILE_BYTES_MAX) throw new Error("The file is larger than 60 MB.");
  if (TEXTS.test(file.name) || SEPARATED.test(file.name)) {
    const { text, guessed } = await textOf(file);
    if (!SEPARATED.test(file.name) || isOurs(text, ours)) return { name: file.name, text, guessed, tables: null };
  }
  const { data } = await post(address("/api/v1/imports/tables", [["name", file.name]]), file, { timeoutMs: READ_WITHIN_MS, signal });
  return { name: file.name, text: null, guessed: null, tables: data };
}

/** `html`: what the clipboard holds beside the text, if that has a table. @param {string} text @param {string | null} html @param {AbortSignal} signal @returns {Promise<Brought>} */
export async function tablesIn(text, html, signal) {
  const { data } = await post("/api/v1/imports/tables", { text, html }, { timeoutMs: READ_WITHIN_MS, signal });
  return data;
}
