// Sends wishes in the order that matters: the last wish for a record wins and is never overtaken, wishes
// for different records go side by side, and a change of many waits for all before it and holds all after.

const LANES = 4;

/**
 * `key` null: it concerns many records, and goes alone.
 * @typedef {{ key: string | null, value?: boolean, send: (job: Job) => Promise<unknown> | unknown, superseded: () => void }} Job
 */

export class WishQueue extends EventTarget {
  /** @type {Job[]} */
  #waiting = [];
  /** @type {Set<Job>} */
  #flying = new Set();
  #held = false;

  get size() { return this.#waiting.length + this.#flying.size; }
  get isHeld() { return this.#held; }

  /**
   * Wish one record ticked or not. `send(value)` does it and is only called for wishes that still matter.
   * Returns the job; `superseded` is called for a job that a later wish for the same record took the place of.
   * @param {string} key @param {boolean} value
   * @param {(value: boolean) => Promise<unknown>} send @param {() => void} superseded
   */
  tick(key, value, send, superseded) {
    const barrier = this.#waiting.findLastIndex((job) => job.key === null);
    const at = this.#waiting.findLastIndex((job) => job.key === key);
    if (at > barrier) {
      const [old] = this.#waiting.splice(at, 1);
      old.superseded();
    }
    return this.#add({ key, value, send: () => send(value), superseded });
  }

  /**
   * Do something that concerns many records, alone. `refused` is called when it cannot be sent and does not wait.
   * @param {() => Promise<unknown>} send @param {() => void} refused
   */
  alone(send, refused = () => undefined) {
    return this.#add({ key: null, send, superseded: refused });
  }

  /** Keep single ticks until `release`, because the server cannot be reached; what is more is not done later unseen. */
  hold() {
    this.#held = true;
    const many = this.#waiting.filter((job) => job.key === null);
    this.#waiting = this.#waiting.filter((job) => job.key !== null);
    for (const job of many) job.superseded();
    this.#tell();
  }

  release() {
    this.#held = false;
    this.#tell();
    this.#pump();
  }

  /** Put a job that could not be sent back in front; later wishes for its record take its place. @param {Job} job */
  putBack(job) {
    if (job.key !== null && this.#waiting.some((other) => other.key === job.key)) job.superseded();
    else this.#waiting.unshift(job);
  }

  /** Resolves when nothing waits and nothing is on its way, or the network is away. */
  async idle() {
    while (this.size > 0 && !this.#held) await new Promise((done) => this.addEventListener("change", done, { once: true }));
  }

  /** @param {Job} job */
  #add(job) {
    this.#waiting.push(job);
    this.#tell();
    this.#pump();
    return job;
  }

  #pump() {
    while (!this.#held) {
      const job = this.#next();
      if (!job) return;
      this.#waiting.splice(this.#waiting.indexOf(job), 1);
      void this.#fly(job);
    }
  }

  #next() {
    const flying = new Set([...this.#flying].map((job) => job.key));
    if (flying.has(null) || flying.size >= LANES) return null;
    for (const job of this.#waiting) {
      if (job.key === null) return this.#flying.size === 0 && job === this.#waiting[0] ? job : null;
      if (!flying.has(job.key)) return job;
    }
    return null;
  }

  /** @param {Job} job */
  async #fly(job) {
    this.#flying.add(job);
    try {
      await job.send(job);
    } finally {
      this.#flying.delete(job);
      this.#tell();
      this.#pump();
    }
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}
