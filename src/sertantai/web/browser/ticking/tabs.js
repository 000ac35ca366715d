// Tells the other tabs of this browser what was confirmed here, and hears what they were told.

const HERE = Math.random().toString(36).slice(2);

export class Tabs {
  /** @type {BroadcastChannel | null} */ #channel = null;
  #heard;

  constructor(user, heard) {
    this.#heard = heard;
    this.belongTo(user);
  }

  belongTo(user) {
    if (!("BroadcastChannel" in window) || !user) return;
    this.#channel = new BroadcastChannel(`sertantai.ticks.${user}`);
    this.#channel.addEventListener("message", ({ data }) => { if (data.from !== HERE) this.#heard(data); });
  }

  /**
   * `{ list, version, count, ids, value }` for records one by one; without `ids`: many, look again; without
   * `version`: the list itself, its name perhaps, or whether it is there at all.
   */
  tell(message) {
    this.#channel?.postMessage({ ...message, from: HERE });
  }
}
