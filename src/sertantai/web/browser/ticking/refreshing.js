// Counts beside the table follow when things are quiet: one question for a hundred clicks.

/** @import { Connection } from "./connection.js" */
/** @import { WishQueue } from "./wish_queue.js" */

const QUIET_MS = 400;

export class Refreshing {
  #parts;
  #quiet = 0;
  #needsRows = false;

  /**
   * `now({ rows })` asks the server for counts, and for rows too if `rows`.
   * @param {{
   *   queue: WishQueue, connection: Connection, now: (what: { rows: boolean }) => unknown,
   * }} parts
   */
  constructor(parts) {
    this.#parts = parts;
  }

  soon({ rows = false } = {}) {
    this.#needsRows ||= rows;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => void this.#look(), QUIET_MS);
  }

  async #look() {
    const { queue, connection, now } = this.#parts;
    await queue.idle();
    const rows = this.#needsRows;
    this.#needsRows = false;
    if (connection.isHere) await now({ rows });
  }
}
