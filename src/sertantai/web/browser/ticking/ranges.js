// Shift-click: everything from the last box to this one takes the state that this box takes. A second
// Shift-click takes the first one back and starts from the same box again, so a range can be corrected.

/** @import { ShownView } from "../domain.js" */
/** @import { Ticking } from "./ticking.js" */

/** The box from which a range goes. @typedef {{ id: string, view: string, page: number }} Anchor */

export class Ranges {
  #ticking;
  /** @type {Anchor | null} */ #anchor = null;
  /** @type {{ before: Map<string, boolean> } | null} */ #last = null;

  /** @param {Ticking} ticking */
  constructor(ticking) {
    this.#ticking = ticking;
  }

  /** A box was ticked by itself: ranges start here. @param {string} id @param {ShownView} view */
  start(id, view) {
    this.#anchor = { id, view: viewOf(view), page: view.page };
    this.#last = null;
  }

  forget() {
    this.#anchor = this.#last = null;
  }

  reaches() {
    return this.#anchor !== null;
  }

  /** From the anchor to `id`; `ids` are the rows of this page in order. */
  /** @param {string} id @param {boolean} value @param {string[]} ids @param {ShownView} view @param {string} title */
  extend(id, value, ids, view, title) {
    const anchor = this.#anchor;
    if (!anchor) return;
    if (anchor.view !== viewOf(view)) {
      this.#ticking.tick(id, value, title);
      this.start(id, view);
      return;
    }
    const from = ids.indexOf(anchor.id);
    if (from >= 0) this.#extendOnPage(from, ids.indexOf(id), ids, !(this.#last?.before.get(id) ?? !value));
    else this.#extendOverPages(anchor, id, value, ids, view);
  }

  /** @param {number} from @param {number} to @param {string[]} ids @param {boolean} value */
  #extendOnPage(from, to, ids, value) {
    const { selection } = this.#ticking;
    const range = ids.slice(Math.min(from, to), Math.max(from, to) + 1);
    const inside = new Set(range);
    const before = this.#last?.before ?? new Map();
    // What the range before this one changed and this one does not reach goes back to what it was.
    const outside = [...before].filter(([id]) => !inside.has(id));
    for (const wanted of [true, false]) {
      const back = outside.filter(([id, was]) => was === wanted && selection.has(id) !== was).map(([id]) => id);
      if (back.length) this.#ticking.tickMany(back, wanted);
    }
    const states = new Map(range.map((id) => [id, before.get(id) ?? selection.has(id)]));
    const changing = range.filter((id) => selection.has(id) !== value);
    this.#last = { before: states };
    if (changing.length) this.#ticking.tickMany(changing, value);
  }

  /** The anchor is on another page: the server knows what lies between. */
  /** @param {Anchor} anchor @param {string} id @param {boolean} value @param {string[]} ids @param {ShownView} view */
  #extendOverPages(anchor, id, value, ids, view) {
    const at = ids.indexOf(id);
    const shown = view.page > anchor.page ? ids.slice(0, at + 1) : ids.slice(at);
    this.#ticking.tickRange({ from: anchor.id, to: id, filter: view.filter, sort: view.sort }, value, shown);
    this.#last = null;
  }
}

/** A range holds as long as filter and order do; turning pages does not end it. */
const viewOf = (/** @type {ShownView} */ { filter, sort }) => `${JSON.stringify(filter)} ${sort}`;
