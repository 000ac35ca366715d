// Ticks that the server has not answered yet, kept in this browser so that none is lost when the page is
// left, the browser is closed or the network is away. Each tab has a box of its own; what a closed tab
// left behind is taken over by the next one.

const PREFIX = "sertantai.outbox.";
const STRANGER = null;
const LEFT_BEHIND_MS = 30_000;
const BEAT_MS = 10_000;

export class Outbox {
  #user;
  #key;
  #tab;
  #ticks = new Map();
  /** @type {number | null} */ #timer = null;

  constructor(user, tab = Math.random().toString(36).slice(2, 10)) {
    this.#tab = tab;
    this.belongTo(user);
    document.addEventListener("sertantai:forget", () => this.clear());
    window.addEventListener("storage", ({ key, newValue }) => {
      // Another tab has taken them over, or their user has signed out there.
      if (key === this.#key && newValue === null) this.#forget();
    });
  }

  /** Whose it is from now on; a stranger's ticks are made again by whoever they have become. */
  belongTo(user) {
    if (this.#key) this.clear();
    this.#user = user;
    this.#key = `${PREFIX}${user}.${this.#tab}`;
  }

  clear() {
    this.#ticks.clear();
    this.#write();
  }

  /** Remember a tick until it is answered. A later one of the same record takes its place. */
  put(list, record, value, title) {
    this.#ticks.set(`${list} ${record}`, { list, record, value, title });
    this.#write();
  }

  /** Answered; `value` keeps a later opposite wish from being forgotten with it. */
  remove(list, record, value) {
    const key = `${list} ${record}`;
    if (this.#ticks.get(key)?.value !== value) return;
    this.#ticks.delete(key);
    this.#write();
  }

  get size() { return this.#ticks.size; }

  /**
   * Ticks that tabs which are gone have left behind. They are this tab's from now on. Those of a stranger, who
   * left before becoming a guest, have no list.
   */
  adopt({ ofStrangers = false } = {}) {
    const found = [];
    const users = new Set(ofStrangers ? [this.#user, STRANGER] : [this.#user]);
    for (const key of [...users].flatMap((user) => keysOf(`${PREFIX}${user}.`))) {
      const box = read(key);
      if (key === this.#key || (box && !isLeftBehind(box))) continue;
      drop(key);
      for (const tick of box?.ticks ?? []) found.push(tick);
    }
    return found;
  }

  /** The page is being left: whoever comes next need not wait to see that this tab is gone. */
  close() {
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
    if (this.#ticks.size) write(this.#key, { at: Date.now(), closed: true, ticks: [...this.#ticks.values()] });
  }

  /** The page is back from the browser's memory. */
  reopen() {
    this.#write();
  }

  #forget() {
    this.#ticks.clear();
    clearInterval(this.#timer ?? undefined);
    this.#timer = null;
  }

  #write() {
    if (!this.#ticks.size) {
      this.#forget();
      drop(this.#key);
      return;
    }
    write(this.#key, { at: Date.now(), closed: false, ticks: [...this.#ticks.values()] });
    this.#timer ??= setInterval(() => this.#write(), BEAT_MS);
  }
}

/** How many ticks of a user wait in this browser, in whatever tab. */
export function countUnsent(user) {
  return keysOf(`${PREFIX}${user}.`).reduce((sum, key) => sum + (read(key)?.ticks?.length ?? 0), 0);
}

/**
 * What tabs that are gone have left behind, one tick after the other: `isDone(tick)` says whether it is answered.
 * It ends with the first that is not.
 */
export async function sendLeftBehind(user, isDone) {
  for (const key of keysOf(`${PREFIX}${user}.`)) {
    const box = read(key);
    if (!box || !isLeftBehind(box)) continue;
    while (box.ticks.length) {
      if (!(await isDone(box.ticks[0]))) return;
      box.ticks.shift();
      if (box.ticks.length) write(key, box);
      else drop(key);
    }
  }
}

export function dropUnsent(user) {
  for (const key of keysOf(`${PREFIX}${user}.`)) drop(key);
}

const isLeftBehind = (box) => box.closed === true || Date.now() - box.at >= LEFT_BEHIND_MS;
function keysOf(prefix) {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(prefix));
  } catch {
    return []; // storage may be forbidden; ticks are then kept as long as the page is open
  }
}

function read(key) {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

function write(key, box) {
  try {
    localStorage.setItem(key, JSON.stringify(box));
  } catch {
    // Full or forbidden: the page itself still holds them.
  }
}

function drop(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    // Nothing was kept then.
  }
}
