// Ticking into a list: shown at once, sent in order, undone on wish, put back with a reason when refused.
//
// A page makes one `Ticking`, tells it after every change of its rows what the server says (`load`), and
// asks it to tick. What is to be shown is in `selection`; see table.js for rows that show it.

import { announce } from "../announce.js";
import { Problem, belongTo } from "../http.js";
import { showSyncState } from "../sync_state.js";
import { toast } from "../toast.js";
import { clearList, setMatching, setRange, setTick, setTicks, undoOperation } from "./lists_api.js";
import { Connection } from "./connection.js";
import { undoPatiently } from "./kept_undos.js";
import { Outbox } from "./outbox.js";
import { followPage } from "./page_life.js";
import { Selection } from "./selection.js";
import { Tabs } from "./tabs.js";
import { UndoStack } from "./undo_stack.js";
import { WishQueue } from "./wish_queue.js";
import { laws, quoted } from "./words.js";

const QUIET_MS = 400;
const UNCERTAIN = "We'll show whether it was saved when the connection is back.";

export class Ticking {
  selection = new Selection();
  queue = new WishQueue();
  connection = new Connection();
  /** What the sign in the top bar says when nothing waits: "synced", or "degraded" with the database away. */
  calm = "synced";
  #refresh;
  #quiet = 0;
  #needsRows = false;
  #failed = [];
  #admit;
  #awaiting = [];
  /** What was unticked in this page comes back, when it is ticked again, with its note, tags and place. */
  #unticked = new Map();

  /**
   * user: id of who is signed in, or null.
   * refresh: async ({ rows }) => …; asks the server again for counts, and for rows too if `rows`.
   * denied: called when somebody ticks who is not signed in and cannot become a guest.
   * admit: async () => id; makes a guest of somebody at the first tick. Not given: nobody can become one.
   * @param {{
   *   user: string | null | undefined, refresh: (what: { rows: boolean }) => unknown, denied: () => unknown,
   *   admit?: (() => Promise<string>) | null,
   * }} page
   */
  constructor({ user, refresh, denied, admit = null }) {
    this.user = user;
    this.denied = denied;
    this.#admit = admit;
    this.#refresh = refresh;
    this.undoStack = new UndoStack(user);
    this.outbox = new Outbox(user);
    this.tabs = new Tabs(user, (message) => this.#heard(message));
    this.queue.addEventListener("change", () => this.#showState());
    followPage(this.outbox);
    if (user || admit) this.#followConnection();
  }

  get mayTick() { return this.selection.signedIn || this.#admit !== null; }

  /** What the server says of the rows now shown; see `Selection.load`. */
  load(facts) {
    const fresh = this.selection.load(facts);
    if (!fresh) this.#refreshSoon({ rows: true });
  }

  /** Send what an earlier visit could not; call it once, when the page is ready. */
  resume() {
    if (!this.user && !this.#admit) return;
    const left = this.outbox.adopt({ ofStrangers: !("signedIn" in document.body.dataset) });
    for (const { list, record, value, title } of left) {
      if (list) this.#tick(list, record, value, title);
      else this.tick(record, value, title);
    }
    if (left.length && this.#isHere) announce(`${laws(left.length)} ticked earlier ${left.length === 1 ? "is" : "are"} sent now.`);
  }

  tick(record, value, title) {
    if (!this.#allowed(() => this.tick(record, value, title), "ids", [record], value)) {
      if (this.#awaiting.length) this.outbox.put(null, record, value, title);
      return;
    }
    this.#tick(this.selection.list, record, value, title);
  }

  /** Tick or untick records that are all known by id. */
  tickMany(records, value, what = laws(records.length)) {
    if (!records.length || !this.#allowed(() => this.tickMany(records, value, what), "ids", records, value)) return null;
    if (records.length === 1) return this.#tick(this.selection.list, records[0], value, what);
    const wish = this.selection.wish("ids", records, value);
    return this.#alone(wish, `${what} ${value ? "ticked" : "unticked"}`, () => setTicks(wish.list, records, value));
  }

  /** Tick or untick everything that the filter matches, if it still is as many as shown. */
  tickMatching(filter, value) {
    if (!this.#allowed(() => this.tickMatching(filter, value), "all", [], value)) return null;
    const total = this.selection.total;
    const wish = this.selection.wish("all", [], value);
    const label = value ? `All ${laws(total)} in these results ticked` : `All ${laws(total)} in these results unticked`;
    return this.#alone(wish, label, () => setMatching(wish.list, filter, total, value));
  }

  /** Tick or untick a range that goes over pages; `shown` are those of its records that are on this page. */
  tickRange(range, value, shown) {
    if (!this.#allowed(() => this.tickRange(range, value, shown), "ids", shown, value)) return null;
    const wish = this.selection.wish("ids", shown, value);
    const label = (answer) => `${laws(answer.changed)} ${value ? "ticked" : "unticked"}`;
    return this.#alone(wish, label, () => setRange(wish.list, range, value), { look: true });
  }

  clear() {
    if (!this.#allowed()) return null;
    const count = this.selection.counts().list;
    const wish = this.selection.wish("clear", [], false);
    return this.#alone(wish, `List cleared: ${laws(count)} removed`, () => clearList(wish.list));
  }

  undo() {
    return this.#back(() => this.undoStack.takeUndo(), "undid", "Undone", "Nothing to undo in this tab.");
  }

  redo() {
    return this.#back(() => this.undoStack.takeRedo(), "redid", "Redone", "Nothing to redo.");
  }

  undoEntry(operation) {
    return this.#back(() => this.undoStack.takeEntry(operation), "undid", "Undone", "This has already been undone.");
  }

  // ---------------------------------------------------------------------------------------- one record

  #tick(list, record, value, title) {
    const wish = this.selection.wish("ids", [record], value, list);
    this.connection.lookWhose();
    if (!this.connection.isTheirs && !this.#canComeBack) {
      this.selection.refuse(wish);
      toast(`${this.connection.why} ${quoted(title)} is as it was.`, { kind: "warning", key: "tick-failed" });
      return null;
    }
    const job = this.queue.tick(
      `${list} ${record}`,
      value,
      (sent) => this.#send(wish, record, sent, title),
      () => this.selection.refuse(wish),
    );
    // It is under way; what is kept for a closed page can take its time.
    this.outbox.put(list, record, value, title);
    return job;
  }

  async #send(wish, record, value, title) {
    if (!this.#isHere) return this.#wait(wish, record, value, title);
    try {
      const answer = await this.#set(wish.list, record, value);
      this.connection.found();
      this.outbox.remove(wish.list, record, value);
      this.#settled(wish, answer, `${quoted(title)} ${value ? "ticked" : "unticked"}`);
      this.tabs.tell({ list: wish.list, version: answer.version, count: answer.count, ids: [record], value });
    } catch (problem) {
      if (problem.isUnreached) {
        this.connection.lost();
        return this.#wait(wish, record, value, title);
      }
      if (problem.isNotTheirs && this.#canComeBack) return this.#wait(wish, record, value, title);
      this.outbox.remove(wish.list, record, value);
      this.selection.refuse(wish);
      this.#failed.push({ list: wish.list, record, value, title });
      this.#explain(problem);
    }
    return undefined;
  }

  async #set(list, record, value) {
    const key = `${list} ${record}`;
    const before = this.#unticked.get(key);
    this.#unticked.delete(key);
    if (value && before) {
      try {
        return await undoOperation(list, before);
      } catch (problem) {
        if (problem.code !== "nothing_to_undo") throw problem;
      }
    }
    const answer = await setTick(list, record, value);
    if (!value && answer.changed) this.#unticked.set(key, answer.operation_id);
    return answer;
  }

  /** The server cannot be reached: the wish stays on top, its tick in the outbox, and goes out when it is back. */
  #wait(wish, record, value, title) {
    this.queue.hold();
    this.queue.putBack({
      key: `${wish.list} ${record}`,
      value,
      send: () => this.#send(wish, record, value, title),
      superseded: () => this.selection.refuse(wish),
    });
  }

  #explain(problem) {
    const failed = this.#failed;
    const what = failed.length === 1 ? `${quoted(failed[0].title)} was not changed` : `${laws(failed.length)} were not changed`;
    const again = async () => {
      this.#failed = [];
      for (const { list, record, value, title } of failed) this.#tick(list, record, value, title);
    };
    toast(`${reason(problem)} ${what}.`, { kind: "danger", key: "tick-failed", durationMs: 0, undo: again, undoLabel: "Try again" });
    clearTimeout(this.forget);
    this.forget = setTimeout(() => { this.#failed = []; }, 10_000);
  }

  // -------------------------------------------------------------------------------------- many records

  #alone(wish, label, send, { look = false } = {}) {
    if (!this.#reaches("Ticking many at once")) {
      this.selection.refuse(wish);
      return null;
    }
    return this.queue.alone(async () => {
      try {
        const answer = await send();
        const text = typeof label === "function" ? label(answer) : label;
        this.#settled(wish, answer, text);
        this.tabs.tell({ list: wish.list, version: answer.version, count: answer.count });
        if (look) await this.#refresh({ rows: true });
      } catch (problem) {
        this.selection.refuse(wish);
        this.#explainMany(problem);
      }
    }, () => {
      this.selection.refuse(wish);
      this.#reaches("Ticking many at once");
    });
  }

  get #isHere() { return this.connection.state === "here"; }

  /** What waits is kept for who signs in again; a guest's time is over. */
  get #canComeBack() { return "signedIn" in document.body.dataset; }

  /** Single ticks wait for the server; what is more than that is refused at once, and not done later unseen. */
  #reaches(what) {
    if (this.#isHere) return true;
    const rest = this.connection.isTheirs ? `${what} needs the server; nothing was changed.` : "Nothing was changed.";
    toast(`${this.connection.why} ${rest}`, { kind: "warning", key: "bulk-offline" });
    return false;
  }

  #explainMany(problem) {
    if (problem.code === "count_changed") {
      toast(`${problem.detail} The results have been refreshed.`, { kind: "warning", key: "bulk-failed", durationMs: 0 });
      void this.#refresh({ rows: true });
      return;
    }
    if (this.#isUncertain(problem)) {
      toast(`${reason(problem)} ${UNCERTAIN}`, { kind: "warning", key: "bulk-failed", durationMs: 0 });
      return;
    }
    toast(`${reason(problem)} Nothing was changed.`, { kind: "danger", key: "bulk-failed", durationMs: 0 });
  }

  /** No answer came: it may have been done all the same, and the page looks again when the server is back. */
  #isUncertain(problem) {
    if (!problem.isUnreached) return false;
    this.connection.lost();
    return true;
  }

  #settled(wish, answer, label) {
    this.selection.settle(wish, answer);
    if (answer.changed) {
      const list = this.selection.listName;
      this.#remember(label, [{ list: wish.list, operation: answer.operation_id }], list ? `${label} in “${list}”.` : `${label}.`);
    }
    this.#refreshSoon();
  }

  /** Something else was done to lists, by other calls: it is said in `words`, and can be taken back. */
  did(label, steps, words = `${label}.`) {
    this.#remember(label, steps, words);
  }

  #remember(label, steps, words) {
    const { list, listName: name } = this.selection;
    const place = list && name && steps.some((step) => step.list === list) ? { list, name } : null;
    this.undoStack.did({ label, steps, place });
    toast(words, { kind: "success", key: "undo", undo: () => this.undoEntry(steps[0].operation) });
  }

  // ------------------------------------------------------------------------------------- undo and redo

  #back(take, remember, word, nothing) {
    if (!this.#allowed() || !this.#reaches("Undo")) return null;
    return new Promise((done, failed) => {
      // Where the database must be waited for, nothing else waits with it.
      /** @returns {Promise<void>} */
      const send = () => new Promise((free) => {
        void this.#takeBack(take(), remember, word, nothing, free).then(done, failed).finally(free);
      });
      this.queue.alone(send, () => {
        this.#reaches("Undo");
        done(undefined);
      });
    }).catch(() => undefined);
  }

  async #takeBack(entry, remember, word, nothing, later) {
    if (!entry) {
      toast(nothing, { key: "undo", action: { label: "History", href: "/history" } });
      return;
    }
    const left = [...entry.steps];
    try {
      this.undoStack[remember](entry, await this.#undoAll(left, later));
      await this.#refresh({ rows: true });
      this.selection.dispatchEvent(new Event("undone"));
      this.#sayBack(word, entry);
    } catch (problem) {
      if (problem.isPassing || problem.isNotTheirs) this.undoStack[remember === "undid" ? "redid" : "undid"](entry, left);
      const truth = this.#isUncertain(problem) ? UNCERTAIN : "Nothing was changed.";
      toast(`${reason(problem)} ${truth}`, { kind: "danger", key: "undo" });
      throw problem;
    }
  }

  /** What was taken back may lie in a list that is not in view. */
  #sayBack(word, { label, place, steps }) {
    const where = place ? ` in ${quoted(place.name)}` : "";
    const elsewhere = !steps.some(({ list }) => list === this.selection.list);
    const action = elsewhere ? { label: "Open the list", href: `/groups/${place?.list ?? steps[0].list}` } : null;
    toast(`${word}${where}: ${lowerFirst(label)}.`, { kind: "success", key: "undo", action });
  }

  /** Takes steps back, the last one first, and out of `left`; gives those that did it. */
  async #undoAll(left, later) {
    const done = [];
    while (left.length) {
      const { list, operation } = left.at(-1);
      const answer = await undoPatiently(list, operation, { later });
      left.pop();
      done.push({ list, operation: answer.operation_id });
      this.tabs.tell({ list, version: answer.version, count: answer.count });
    }
    return done;
  }

  // ---------------------------------------------------------------------------------- others, and later

  #heard(message) {
    if (message.list !== this.selection.list) return;
    if (message.ids && message.ids.every((id) => this.selection.shows(id))) {
      this.selection.follow(message);
      this.#refreshSoon();
    } else if (message.version === undefined || message.version > this.selection.version) {
      this.#refreshSoon({ rows: true });
    }
  }

  /** Counts beside the table follow when things are quiet: one question for a hundred clicks. */
  #refreshSoon({ rows = false } = {}) {
    this.#needsRows ||= rows;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(async () => {
      await this.queue.idle();
      const withRows = this.#needsRows || this.selection.missed;
      this.#needsRows = false;
      if (!this.#isHere) return;
      await this.#refresh({ rows: withRows });
      if (!withRows && this.selection.missed) await this.#refresh({ rows: true });
    }, QUIET_MS);
  }

  #followConnection() {
    this.connection.addEventListener("change", () => {
      if (!this.#isHere) this.queue.hold();
      else if (this.queue.isHeld) {
        this.queue.release();
        this.#refreshSoon({ rows: true });
        if (this.#awaiting.length) void this.#becomeKnown();
      }
    });
    if (!this.#isHere) this.queue.hold();
  }

  #showState() {
    const waiting = this.queue.size + this.#awaiting.length;
    if (this.queue.isHeld) showSyncState(this.#isHere ? "away" : this.connection.state, { waiting });
    else if (waiting) showSyncState("saving");
    else showSyncState(this.calm);
  }

  // ------------------------------------------------------------------------------------------- guests

  /** Whether it can be done at once. Else `again` is called when a stranger has become a guest; until then
   * the wish is shown as if it were granted. */
  /** @param {(() => unknown) | null} again @param {"ids" | "all" | "clear"} kind @param {string[]} ids */
  #allowed(again = null, kind = "ids", ids = [], value = true) {
    if (this.selection.signedIn) return true;
    if (this.#admit === null || again === null) {
      this.denied();
      return false;
    }
    this.#awaiting.push({ again, wish: this.selection.wish(kind, ids, value) });
    this.#showState();
    if (this.#awaiting.length === 1) void this.#becomeKnown();
    return false;
  }

  async #becomeKnown() {
    try {
      this.user = await this.#admit();
      belongTo(this.user);
      for (const part of [this.undoStack, this.outbox, this.tabs]) part.belongTo(this.user);
      await this.#refresh({ rows: true });
      if (!this.selection.signedIn) throw new Problem({ detail: "Your ticks could not be saved." });
      for (const { again } of this.#takeAwaiting()) again();
    } catch (problem) {
      if (problem.isUnreached) {
        this.connection.lost();
        return;
      }
      this.#takeAwaiting();
      this.outbox.clear();
      if (problem.status === 401) this.denied();
      else toast(`${reason(problem)} Nothing was changed.`, { kind: "danger", key: "guest", durationMs: 0 });
    }
  }

  #takeAwaiting() {
    const awaiting = this.#awaiting.splice(0);
    for (const { wish } of awaiting) this.selection.refuse(wish);
    this.#showState();
    return awaiting;
  }
}

function reason(problem) {
  if (!(problem instanceof Problem)) throw problem;
  return /[.!?]$/.test(problem.message) ? problem.message : `${problem.message}.`;
}

const lowerFirst = (text) => (text.startsWith("“") ? text : text.charAt(0).toLowerCase() + text.slice(1));
