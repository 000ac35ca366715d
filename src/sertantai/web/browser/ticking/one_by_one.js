// Ticks of one record: each goes out by itself, waits while the server is away, and is explained when refused.

import { setTick, tickAgain } from "../lists_api.js";
import { toast } from "../toast.js";
import { canComeBack, isListGone, isRightEnded, reason } from "./reaching.js";
import { laws, quoted } from "./words.js";

/** @import { Connection } from "./connection.js" */
/** @import { Outbox, Tick } from "./outbox.js" */
/** @import { Selection, Wish } from "./selection.js" */
/** @import { WishQueue } from "./wish_queue.js" */
/** @import { Problem } from "../http.js" */

const FAILED_TOGETHER_MS = 10_000;

export class OneByOne {
  #parts;
  /** @type {Tick[]} */
  #failed = [];
  #forget = 0;
  /** What was unticked in this page comes back, when it is ticked again, with its note, tags and place. */
  #unticked = new Map();

  /**
   * `granted(wish, answer, label)` is told of what the server did; `gone()`: there is no such list any more;
   * `ended(tick, words)`: there is no right to it any more.
   * @param {{
   *   selection: Selection, queue: WishQueue, connection: Connection, outbox: Outbox,
   *   granted: (wish: Wish, answer: any, label: string) => void, gone: () => void,
   *   ended: (tick: Tick, words: string) => void,
   * }} parts
   */
  constructor(parts) {
    this.#parts = parts;
  }

  /** @param {string | null} list @param {string} record @param {boolean} value @param {string} title @param {string | null} reason why it goes */
  tick(list, record, value, title, reason = null) {
    const { selection, queue, connection, outbox } = this.#parts;
    const wish = selection.wish("ids", [record], value, list);
    connection.lookWhose();
    if (!connection.isTheirs && !canComeBack()) {
      selection.refuse(wish);
      toast(`${connection.why} ${quoted(title)} is as it was.`, { kind: "warning", key: "tick-failed" });
      return null;
    }
    const job = queue.tick(
      `${list} ${record}`,
      value,
      (sent) => this.#send(wish, record, sent, title, reason),
      () => selection.refuse(wish),
    );
    // It is under way; what is kept for a closed page can take its time.
    outbox.put(list, record, value, title, reason);
    return job;
  }

  /** @param {Wish} wish @param {string} record @param {boolean} value @param {string} title @param {string | null} because */
  async #send(wish, record, value, title, because) {
    const { selection, connection, outbox, granted, gone, ended } = this.#parts;
    if (!connection.isHere) return this.#wait(wish, record, value, title, because);
    try {
      const answer = await this.#set(String(wish.list), record, value, because);
      connection.found();
      outbox.remove(wish.list, record, value);
      granted(wish, answer, `${quoted(title)} ${value ? "ticked" : "unticked"}`);
    } catch (problem) {
      if (problem.isUnreached) {
        connection.lost();
        return this.#wait(wish, record, value, title, because);
      }
      if (problem.isNotTheirs && canComeBack()) return this.#wait(wish, record, value, title, because);
      outbox.remove(wish.list, record, value);
      selection.refuse(wish);
      if (problem.code === "given_up") return undefined;
      const tick = { list: wish.list, record, value, title, reason: because };
      this.#failed.push(tick);
      if (isRightEnded(problem)) {
        ended(tick, `${reason(problem)} ${this.#unchanged()}.`);
        this.#forgetSoon();
      } else this.#explain(problem);
      if (isListGone(problem)) gone();
    }
    return undefined;
  }

  /** @param {string} list @param {string} record @param {boolean} value @param {string | null} because */
  async #set(list, record, value, because) {
    const key = `${list} ${record}`;
    const before = this.#unticked.get(key);
    this.#unticked.delete(key);
    if (value && before) {
      try {
        return await tickAgain(list, record, before);
      } catch (problem) {
        if (problem.code !== "nothing_to_undo") throw problem;
      }
    }
    const answer = await setTick(list, record, value, because);
    if (!value && answer.changed) this.#unticked.set(key, answer.operation_id);
    return answer;
  }

  /**
   * The server cannot be reached: the wish stays on top, its tick in the outbox, and goes out when it is back.
   * @param {Wish} wish @param {string} record @param {boolean} value @param {string} title @param {string | null} because
   */
  #wait(wish, record, value, title, because) {
    const { selection, queue } = this.#parts;
    queue.hold();
    queue.putBack({
      key: `${wish.list} ${record}`,
      value,
      send: () => this.#send(wish, record, value, title, because),
      superseded: () => selection.refuse(wish),
    });
  }

  /** @param {Problem} problem */
  #explain(problem) {
    const failed = this.#failed;
    const again = async () => {
      this.#failed = [];
      for (const { list, record, value, title, reason: because } of failed) this.tick(list, record, value, title, because ?? null);
    };
    toast(`${reason(problem)} ${this.#unchanged()}.`, { kind: "danger", key: "tick-failed", durationMs: 0, undo: again, undoLabel: "Try again" });
    this.#forgetSoon();
  }

  #unchanged() {
    const failed = this.#failed;
    return failed.length === 1 ? `${quoted(failed[0].title)} was not changed` : `${laws(failed.length)} were not changed`;
  }

  #forgetSoon() {
    clearTimeout(this.#forget);
    this.#forget = setTimeout(() => { this.#failed = []; }, FAILED_TOGETHER_MS);
  }
}
