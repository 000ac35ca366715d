// An import on its way: in parts that one request can hold, each sent again under its own key until its outcome is known.

import { randomKey } from "../http.js";
import { importInto, makeList, undoIn } from "../lists_api.js";

const PART_BYTES = 1_500_000;
const PART_ITEMS = 50_000;
const utf8 = new TextEncoder();

/** `items` in as few parts as will do. */
function partsOf(items) {
  const parts = [];
  let bytes = PART_BYTES;
  for (const item of items) {
    const more = utf8.encode(JSON.stringify(item)).length + 1;
    if (bytes + more > PART_BYTES || parts.at(-1).length === PART_ITEMS) { parts.push([]); bytes = 0; }
    parts.at(-1).push(item);
    bytes += more;
  }
  return parts;
}

/** `into` is a list's id; without one a list called `name` is made first. */
export class Sending {
  #list;
  #name;
  #asked;
  #parts;

  constructor(into, name, items) {
    this.#list = into || null;
    this.#name = name;
    this.#asked = JSON.stringify([into, name, items]);
    this.#parts = partsOf(items).map((part) => ({ items: part, key: randomKey(), done: null }));
  }

  /** The same import asked for once more goes on where it stopped. */
  isOf(into, name, items) {
    return this.#asked === JSON.stringify([into, name, items]);
  }

  /** `{ list, changed, unchanged, undo }`; throws `Problem`, and may then be asked again. */
  async send() {
    this.#list ??= (await makeList({ name: this.#name })).id;
    for (const part of this.#parts) part.done ??= await importInto(this.#list, part.items, part.key);
    const [list, done] = [this.#list, this.#parts.map((part) => part.done)];
    const sum = (field) => done.reduce((total, one) => total + one[field], 0);
    const undo = async () => {
      for (const one of done.filter((each) => each.changed).reverse()) await undoIn(list, one.operation_id);
    };
    return { list, changed: sum("changed"), unchanged: sum("unchanged"), undo };
  }
}
