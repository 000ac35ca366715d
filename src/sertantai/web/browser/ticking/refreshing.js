// Counts beside the table follow when things are quiet: one question for a hundred clicks. Where it is never quiet, as
// others work in the list all the time, they follow all the same.

/** @import { Connection } from "./connection.js" */
/** @import { WishQueue } from "./wish_queue.js" */

const QUIET_MS = 400;
const LATE_MS = 2_000;

export class Refreshing {
  #parts;
  #quiet = 0;
  /** When each is due, and since when something is. */ #countsAt = Infinity;
  #rowsAt = Infinity;
  #since = 0;

  /**
   * `now({ rows })` asks the server for counts, and for rows too if `rows`.
   * @param {{
   *   queue: WishQueue, connection: Connection, now: (what: { rows: boolean }) => unknown,
   * }} parts
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** `withinMs`: it need not be quiet so long. @param {{ rows?: boolean, withinMs?: number }} what */
  soon({ rows = false, withinMs = QUIET_MS } = {}) {
    const now = Date.now();
    if (Math.min(this.#countsAt, this.#rowsAt) === Infinity) this.#since = now;
    if (rows) this.#rowsAt = Math.min(this.#rowsAt, now + withinMs);
    else this.#countsAt = Math.min(now + withinMs, this.#since + LATE_MS);
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => void this.#look(), Math.max(0, Math.min(this.#rowsAt, this.#countsAt) - now));
  }

  async #look() {
    const { queue, connection, now } = this.#parts;
    await queue.idle();
    const rows = this.#rowsAt < Infinity;
    this.#countsAt = this.#rowsAt = Infinity;
    if (connection.isHere) await now({ rows });
  }
}
