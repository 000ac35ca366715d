// What is ticked: as the server confirmed it, and on top of it the wishes that are not answered yet.
//
// A wish covers some records ("ids"), everything that matches ("all"), or the whole list ("clear").
// Wishes stay in the order in which they were made; the newest that covers a record decides.

const ANSWERS_KEPT_MAX = 500;

/**
 * `before`: whether each was ticked when it was wished.
 * @typedef {{ kind: "ids" | "all" | "clear", ids: Set<string>, value: boolean, list: string | null, before: Map<string, boolean> }} Wish
 * @typedef {{
 *   list: string | null, listName: string, version: number, listCount: number, matchingCount: number, total: number,
 *   rows: Map<string, boolean>, whole?: boolean, shared?: boolean,
 * }} Shown
 */

export class Selection extends EventTarget {
  /** @type {string | null} */ list = null;
  listName = "";
  version = 0;
  listCount = 0;
  matchingCount = 0;
  total = 0;
  /** @type {Map<string, boolean>} */
  #confirmed = new Map();
  /** @type {Wish[]} */
  #wishes = [];
  /** @type {Map<string, { value: boolean, version: number }>} */
  #answers = new Map();
  #sweptAt = 0;
  /** The version of the rows that are shown, and those of later changes that they show, too. */
  #shownVersion = 0;
  /** Each with how many changes lie between `from` and it. @type {Map<number, { from: number, changes: number }>} */
  #made = new Map();
  #telling = false;

  /**
   * Take over what a page of the server shows: `rows` is a Map of id to ticked; not `whole`: its counts only.
   * Gives false when the page is older than something already answered, so that it must be asked again.
   * @param {Shown} page
   */
  load({ list, listName, version, listCount, matchingCount, total, rows, whole = true }) {
    const sameList = list === this.list;
    const older = sameList && version < this.version;
    const fresh = !(older && version < this.#sweptAt);
    if (!sameList) {
      this.#answers.clear();
      this.#sweptAt = 0;
    }
    this.list = list;
    this.listName = listName;
    this.total = total;
    this.matchingCount = matchingCount;
    this.listCount = older ? this.listCount : listCount;
    this.version = older ? this.version : version;
    if (whole) this.#shownVersion = version;
    for (const made of this.#made.keys()) if (!sameList || made <= this.#shownVersion) this.#made.delete(made);
    this.#confirmed = new Map(rows);
    for (const [id, answer] of this.#answers) {
      if (answer.version <= version) this.#answers.delete(id);
      else this.#confirm(id, answer.value);
    }
    this.#changed();
    return fresh;
  }

  get ids() { return [...this.#confirmed.keys()]; }
  /** What the server has confirmed of the records shown. */
  get confirmed() { return new Map(this.#confirmed); }
  get signedIn() { return this.list !== null; }
  get pending() { return this.#wishes.length; }
  /** @param {string} id */
  shows(id) { return this.#confirmed.has(id); }
  /** The version that the rows show, whatever was changed here since. */
  get shownVersion() { return this.#shownVersion; }

  /**
   * Whether the rows show all `changes` that the list has had from `shownVersion` up to `version`: else somebody, on
   * another device perhaps, has made one; null: nobody knows how many there were.
   * @param {number} version @param {number | null} changes
   */
  showsAll(version, changes) {
    return changes === [...this.#made].reduce((sum, [made, one]) => sum + (made <= version ? one.changes : 0), 0);
  }

  /** @param {string} id */
  has(id) {
    for (let at = this.#wishes.length - 1; at >= 0; at -= 1) {
      const wish = this.#wishes[at];
      if (wish.list === this.list && covers(wish, id)) return wish.value;
    }
    return this.#confirmed.get(id) ?? false;
  }

  /** Whether a record's state is a wish that nobody has confirmed. @param {string} id */
  isWished(id) {
    return this.#wishes.some((wish) => wish.list === this.list && covers(wish, id));
  }

  /**
   * Put a wish on top; give it back to `settle` or `refuse`.
   * @param {Wish["kind"]} kind @param {string[]} ids @param {boolean} value
   * @returns {Wish}
   */
  wish(kind, ids, value, list = this.list) {
    const before = new Map(ids.map((id) => [id, this.has(id)]));
    const wish = { kind, ids: new Set(ids), value, list, before };
    this.#wishes.push(wish);
    this.#changed();
    return wish;
  }

  /**
   * The server did it. `count` and `version` are the list's afterwards; `changed` is how many it changed.
   * @param {Wish} wish @param {{ version: number, count: number, changed: number }} answer
   */
  settle(wish, { version, count, changed }) {
    this.#remove(wish);
    if (wish.list === this.list) {
      if (wish.kind === "ids") {
        for (const id of wish.ids) this.#answer(id, wish.value, version);
      } else {
        const value = wish.kind === "all" && wish.value;
        for (const id of this.#confirmed.keys()) this.#confirmed.set(id, value);
        this.matchingCount = value ? this.total : 0;
        this.#sweptAt = version;
      }
      if (version >= this.version) Object.assign(this, { version, listCount: count });
      if (changed) this.#account(version);
    }
    this.#changed();
    return changed;
  }

  /** The server did not do it, or it is no longer wished: what was before holds again. @param {Wish} wish */
  refuse(wish) {
    this.#remove(wish);
    this.#changed();
  }

  /**
   * What another tab was told, or what somebody else did: what is ticked since, by law, and in how many `changes`
   * behind `from`. Of a law about which something newer is known nothing changes.
   * @param {{ list: string | null, version: number, from?: number, count: number, states: Iterable<[string, boolean]>, changes?: number }} message
   */
  follow({ list, version, from, count, states, changes = 1 }) {
    if (list !== this.list || version <= this.#shownVersion) return;
    for (const [id, value] of states) if ((this.#answers.get(id)?.version ?? 0) < version) this.#answer(id, value, version);
    if (version > this.version) Object.assign(this, { version, listCount: count });
    this.#account(version, changes, from);
    this.#changed();
  }

  /** Something was changed that rows do not show. @param {{ version: number, from?: number, changes: number }} what */
  pass({ version, from, changes }) {
    if (version <= this.#shownVersion) return;
    this.version = Math.max(version, this.version);
    this.#account(version, changes, from);
  }

  /** Counts with all wishes granted: `{ list, matching, page, shown }`. */
  counts() {
    let list = this.listCount;
    let matching = this.matchingCount;
    /** @type {boolean | null} */
    let whole = null;
    /** @type {Map<string, boolean>} */
    const states = new Map();
    for (const wish of this.#wishes) {
      if (wish.list !== this.list) continue;
      if (wish.kind !== "ids") {
        const next = wish.kind === "all" && wish.value ? this.total : 0;
        list = wish.kind === "clear" ? 0 : list + next - matching;
        matching = next;
        whole = wish.value;
        states.clear();
        continue;
      }
      for (const id of wish.ids) {
        const shown = this.#confirmed.has(id);
        const now = states.get(id) ?? whole ?? (shown ? this.#confirmed.get(id) : wish.before.get(id));
        states.set(id, wish.value);
        if (now === wish.value) continue;
        list += wish.value ? 1 : -1;
        if (shown) matching += wish.value ? 1 : -1;
      }
    }
    const page = this.ids.filter((id) => this.has(id)).length;
    return { list, matching, page, shown: this.#confirmed.size };
  }

  /**
   * A version that the rows show, and in how many changes it came to be. What was told of several at once is told of
   * those that were answered one by one, too: each counts once, whichever comes first.
   * @param {number} version @param {number} [changes] @param {number} [from] the list's version before them
   */
  #account(version, changes = 1, from = version - 1) {
    if (version <= this.#shownVersion) return;
    const begin = Math.min(from, version - 1);
    let most = changes;
    for (const [made, one] of this.#made) {
      const isAround = one.from <= begin && version <= made;
      if (isAround && changes <= one.changes) return; // it is one of those
      if (isAround) most = Math.max(most, one.changes);
      if (begin <= one.from && made <= version) this.#made.delete(made);
    }
    this.#made.set(version, { from: begin, changes: most });
    if (this.#made.size > ANSWERS_KEPT_MAX) this.#made.delete(Number(this.#made.keys().next().value));
  }

  /** @param {string} id @param {boolean} value @param {number} version */
  #answer(id, value, version) {
    this.#answers.delete(id);
    this.#answers.set(id, { value, version });
    if (this.#answers.size > ANSWERS_KEPT_MAX) this.#answers.delete(String(this.#answers.keys().next().value));
    this.#confirm(id, value);
  }

  /** @param {string} id @param {boolean} value */
  #confirm(id, value) {
    if (!this.#confirmed.has(id) || this.#confirmed.get(id) === value) return;
    this.#confirmed.set(id, value);
    this.matchingCount += value ? 1 : -1;
  }

  /** @param {Wish} wish */
  #remove(wish) {
    const at = this.#wishes.indexOf(wish);
    if (at >= 0) this.#wishes.splice(at, 1);
  }

  /** Told once for all that one event has changed, and after it: first the wish goes out, then it is shown. */
  #changed() {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      this.dispatchEvent(new Event("change"));
    });
  }
}

/** @param {Wish} wish @param {string} id */
function covers(wish, id) {
  return wish.kind !== "ids" || wish.ids.has(id);
}
