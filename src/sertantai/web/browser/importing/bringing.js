// One thing is brought at a time: what comes while another is still being read takes its place, and that is said.

import { toast } from "../toast.js";

export class Bringing {
  #button;
  #refuse;
  #ended;
  /** @type {{ name: string, stop: AbortController } | null} */ #now = null;

  /**
   * `refuse` is told what went wrong, `ended` that nothing is being read any more.
   * @param {Found} button busy meanwhile
   * @param {{ refuse: (problem: unknown) => void, ended: () => void }} told
   */
  constructor(button, { refuse, ended }) {
    this.#button = button;
    this.#refuse = refuse;
    this.#ended = ended;
  }

  get isBusy() {
    return this.#now !== null;
  }

  /** @param {string} name as a sentence calls it @param {(signal: AbortSignal) => Promise<unknown>} work changes nothing once its signal says stop */
  async take(name, work) {
    if (this.#now) {
      toast(`${name} is read instead: ${this.#now.name} was not finished.`, { key: "import" });
      this.#now.stop.abort();
    }
    const mine = this.#now = { name, stop: new AbortController() };
    this.#button.setAttribute("aria-busy", "true");
    try {
      await work(mine.stop.signal);
    } catch (problem) {
      if (!mine.stop.signal.aborted) this.#refuse(problem);
    } finally {
      if (this.#now === mine) this.#end();
    }
  }

  stop() {
    this.#now?.stop.abort();
    this.#end();
  }

  #end() {
    this.#now = null;
    this.#button.removeAttribute("aria-busy");
    this.#ended();
  }
}
