// Tells the other tabs of this browser what was confirmed here, and hears what they were told.

const HERE = Math.random().toString(36).slice(2);

/**
 * `live`: it is heard from the server, by pages that do not follow that one list itself.
 * `list`, `version`, `count`, `ids` and `value` for records one by one; without `ids`: many, look again; without
 * `version`: the list itself, its name perhaps, or whether it is there at all. `asks`: somebody begins with that
 * version, and heard nothing so far.
 * @typedef {{
 *   list: string | null, version?: number, count?: number, ids?: string[], value?: boolean, asks?: boolean,
 *   live?: boolean,
 * }} Told
 */

class Tabs extends EventTarget {
  /** @type {BroadcastChannel | null} */
  #channel = null;
  /** The versions that this page has made itself. @type {Map<string, number>} */ #own = new Map();

  /** Whether a list came to this version, or a later one, by what was done here. @param {string} list @param {number} version */
  isOwn(list, version) { return (this.#own.get(list) ?? 0) >= version; }

  /** Whose they are from now on; a stranger's do not speak to each other. @param {string | null | undefined} user */
  belongTo(user) {
    this.#channel?.close();
    this.#channel = null;
    if (!("BroadcastChannel" in window) || !user) return;
    this.#channel = new BroadcastChannel(`sertantai.ticks.${user}`);
    this.#channel.addEventListener("message", ({ data }) => {
      if (data.from !== HERE) this.dispatchEvent(new CustomEvent("told", { detail: data }));
    });
  }

  /** @param {(message: Told) => unknown} heard */
  hear(heard) {
    this.addEventListener("told", ({ detail }) => void heard(detail));
  }

  /** To this tab, as if another one had been told. @param {Told} message */
  hand(message) {
    this.dispatchEvent(new CustomEvent("told", { detail: message }));
  }

  /** @param {Told} message */
  tell(message) {
    if (message.list && message.version && !message.asks) this.#own.set(message.list, Math.max(message.version, this.#own.get(message.list) ?? 0));
    this.#channel?.postMessage({ ...message, from: HERE });
  }
}

export const tabs = new Tabs();
tabs.belongTo(document.body.dataset.signedIn ?? document.body.dataset.guest);
