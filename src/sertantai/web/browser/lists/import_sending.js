// An import on its way: in parts that one request can hold, each sent again under its own key until its outcome is known.

import { randomKey } from "../http.js";
import { importInto, makeList, undoIn } from "../lists_api.js";

/** @import { Done, ImportItem } from "../domain.js" */

const PART_BYTES = 1_500_000;
const PART_ITEMS = 50_000;
const utf8 = new TextEncoder();

/** `items` in as few parts as will do. @param {ImportItem[]} items */
function partsOf(items) {
  /** @type {ImportItem[][]} */
  const parts = [];
  let bytes = PART_BYTES;
  for (const item of items) {
    const more = utf8.encode(JSON.stringify(item)).length + 1;
    if (bytes + more > PART_BYTES || parts.at(-1)?.length === PART_ITEMS) { parts.push([]); bytes = 0; }
    parts.at(-1)?.push(item);
    bytes += more;
  }
  return parts;
}

/** `into` is a list's id; without one a list called `name` is made first. */
export class Sending {
  /** @type {string | null} */ #list;
  #name;
  #asked;
  #parts;

  /** @param {string} into @param {string} name @param {ImportItem[]} items */
  constructor(into, name, items) {
    this.#list = into || null;
    this.#name = name;
    this.#asked = JSON.stringify([into, name, items]);
    this.#parts = partsOf(items).map((part) => ({ items: part, key: randomKey(), done: /** @type {Done | null} */ (null) }));
  }

  /** The same import asked for once more goes on where it stopped. @param {string} into @param {string} name @param {ImportItem[]} items */
  isOf(into, name, items) {
    return this.#asked === JSON.stringify([into, name, items]);
  }

  /** `{ list, changed, unchanged, undo }`; throws `Problem`, and may then be asked again. */
  async send() {
    this.#list ??= (await makeList({ name: this.#name })).id;
    const list = String(this.#list);
    /** @type {Done[]} */
    const done = [];
    for (const part of this.#parts) done.push(part.done ??= await importInto(list, part.items, part.key));
    /** @param {"changed" | "unchanged"} field */
    const sum = (field) => done.reduce((total, one) => total + one[field], 0);
    const undo = async () => {
      for (const one of done.filter((each) => each.changed).reverse()) await undoIn(list, one.operation_id);
    };
    return { list, changed: sum("changed"), unchanged: sum("unchanged"), undo };
  }
}
