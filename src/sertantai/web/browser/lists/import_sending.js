// An import on its way: in parts that one request can hold, each sent again under its own key until its outcome is known.

import { randomKey } from "../http.js";
import { importInto, makeList, undoIn } from "../lists_api.js";
import { partsOf } from "./import_parts.js";

/** @import { Done, ImportItem, ReportLine } from "../domain.js" */

/** 128 random bits as a UUID of version 4. */
function randomId() {
  const hex = [...randomKey()];
  hex[12] = "4";
  hex[16] = "8";
  return hex.join("").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** `into` is a list's id; without one a list called `name` is made first. */
export class Sending {
  /** @type {string | null} */ #list;
  #name;
  #asked;
  #parts;
  #id = randomId();

  /** @param {string} into @param {string} name @param {ImportItem[]} items @param {ReportLine[]} report */
  constructor(into, name, items, report) {
    this.#list = into || null;
    this.#name = name;
    this.#asked = JSON.stringify([into, name, items]);
    this.#parts = partsOf(items, report).map((part) => ({ part, key: randomKey(), done: /** @type {Done | null} */ (null) }));
  }

  /** The same import asked for once more goes on where it stopped. @param {string} into @param {string} name @param {ImportItem[]} items */
  isOf(into, name, items) {
    return this.#asked === JSON.stringify([into, name, items]);
  }

  /**
   * `kept`: the id of its report, null where that could not be kept as `told` says. Throws `Problem`, and may then be
   * asked again.
   */
  async send() {
    this.#list ??= (await makeList({ name: this.#name })).id;
    const list = String(this.#list);
    /** @type {Done[]} */
    const done = [];
    for (const one of this.#parts) done.push(one.done ??= await importInto(list, { ...one.part, import_id: this.#id }, one.key));
    /** @param {"changed" | "unchanged"} field */
    const sum = (field) => done.reduce((total, one) => total + one[field], 0);
    const undo = async () => {
      for (const one of done.filter((each) => each.changed).reverse()) await undoIn(list, one.operation_id);
    };
    const told = done.find((one) => one.told)?.told ?? null;
    const unresolved = done.flatMap((one) => one.unresolved ?? []);
    return { list, changed: sum("changed"), unchanged: sum("unchanged"), undo, told, unresolved, kept: told ? null : (done.find((one) => one.import_id)?.import_id ?? null) };
  }
}
