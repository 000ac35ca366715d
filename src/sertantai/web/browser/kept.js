// What a browser keeps for its pages: values by key, as JSON. Storage may be full or forbidden: then nothing is
// kept, and pages hold what they have for as long as they are open.

export class Kept {
  #open;

  /** @param {() => Storage} open what may throw when storage is forbidden */
  constructor(open) {
    this.#open = open;
  }

  /** @param {string} prefix @returns {string[]} */
  keys(prefix) {
    try {
      const storage = this.#open();
      const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? "");
      return keys.filter((key) => key.startsWith(prefix));
    } catch {
      return [];
    }
  }

  /** Null where nothing that can be read is kept. @param {string} key @returns {any} */
  read(key) {
    try {
      return JSON.parse(this.#open().getItem(key) ?? "null");
    } catch {
      return null;
    }
  }

  /** @param {string} key @param {unknown} value */
  write(key, value) {
    try {
      this.#open().setItem(key, JSON.stringify(value));
    } catch {
      // The page itself still holds it.
    }
  }

  /** @param {string} key */
  drop(key) {
    try {
      this.#open().removeItem(key);
    } catch {
      // Nothing was kept then.
    }
  }
}

/** For all tabs of this browser, until it is dropped. */
export const inBrowser = new Kept(() => localStorage);
/** For this tab and its session, also when a page is loaded again. */
export const inTab = new Kept(() => sessionStorage);
