// Tells the other tabs of this browser what was confirmed here, and hears what they were told.

export class Tabs {
  #channel = null;
  #heard;

  constructor(user, heard) {
    this.#heard = heard;
    this.belongTo(user);
  }

  belongTo(user) {
    if (!("BroadcastChannel" in window) || !user) return;
    this.#channel = new BroadcastChannel(`sertantai.ticks.${user}`);
    this.#channel.addEventListener("message", (event) => this.#heard(event.data));
  }

  /** `{ list, version, count, ids, value }` for records one by one; without `ids`: many, look again. */
  tell(message) {
    this.#channel?.postMessage(message);
  }
}
