// Ticking into a list: shown at once, sent in order, undone on wish, put back with a reason when refused.
//
// A page makes one `Ticking`, tells it after every change of its rows what the server says (`load`), and
// asks it to tick. What is to be shown is in `selection`; see table.js for rows that show it.

import { announce } from "../announce.js";
import { Problem, belongTo } from "../http.js";
import { clearList, setMatching, setRange, setTicks } from "../lists_api.js";
import { askWhy, wanted } from "../lists/why.js";
import { showSyncState } from "../sync_state.js";
import { tabs } from "../tabs.js";
import { toast } from "../toast.js";
import { Colleagues, SEEN_MS } from "./colleagues.js";
import { live } from "../live/live.js";
import { Connection } from "./connection.js";
import { ListFeed } from "./list_feed.js";
import { Newcomers } from "./newcomers.js";
import { OneByOne } from "./one_by_one.js";
import { Outbox } from "./outbox.js";
import { sayNotTaken, setAside } from "./lost_list.js";
import { jumped } from "./jumped.js";
import { followPage } from "./page_life.js";
import { UNCERTAIN, isListGone, isUncertain, reaches, reason } from "./reaching.js";
import { Refreshing } from "./refreshing.js";
import { Selection } from "./selection.js";
import { UndoStack } from "./undo_stack.js";
import { Undoing } from "./undoing.js";
import { WishQueue } from "./wish_queue.js";
import { laws, quoted } from "./words.js";

/** @import { Others } from "./list_feed.js" */
/** @import { Tick } from "./outbox.js" */
/** @import { Shown, Wish } from "./selection.js" */
/** @import { Told } from "../tabs.js" */
/** @import { Step as Undoable } from "./undo_stack.js" */
/** @import { Step } from "../live/steps.js" */
/** @import { Annotated } from "./colleagues.js" */
/** @import { Done, LawFilter } from "../domain.js" */

export class Ticking {
  selection = new Selection();
  queue = new WishQueue();
  connection = new Connection();
  /** What the sign in the top bar says when nothing waits: "synced", or "degraded" with the database away. */
  calm = "synced";
  #colleagues = new Colleagues();
  #feed;
  #refresh;
  #newcomers;
  #refreshing;
  #undoing;
  #singly;
  /** @type {Others} */ #others;
  #isShared = false;

  /**
   * user: id of who is signed in, or null.
   * refresh: async ({ rows }) => …; asks the server again for counts, and for rows too if `rows`.
   * denied: called when somebody ticks who is not signed in and cannot become a guest.
   * admit: async () => id; makes a guest of somebody at the first tick. Not given: nobody can become one.
   * others: what of others the page shows beside ticks; see `Others`.
   * @param {{
   *   user: string | null | undefined, refresh: (what: { rows: boolean }) => unknown, denied: () => unknown,
   *   admit?: (() => Promise<string>) | null, others?: Partial<Others>,
   * }} page
   */
  constructor({ user, refresh, denied, admit = null, others = {} }) {
    this.user = user;
    this.denied = denied;
    this.#refresh = refresh;
    this.undoStack = new UndoStack(user);
    this.outbox = new Outbox(user);
    const { selection, queue, connection, outbox, undoStack } = this;
    this.#newcomers = new Newcomers({
      selection, connection, admit, denied,
      admitted: (guest) => this.#becomeKnown(guest), forget: () => outbox.clear(), changed: () => this.#showState(),
    });
    this.#refreshing = new Refreshing({ queue, connection, now: refresh });
    this.#undoing = new Undoing({ undoStack, selection, queue, connection, refresh, allowed: () => this.#newcomers.allow() });
    this.#singly = new OneByOne({
      selection, queue, connection, outbox,
      granted: (...what) => this.#granted(...what), gone: () => this.#refreshing.soon({ rows: true }),
      ended: (tick, words) => this.#lose(tick, words),
    });
    this.#others = { rowsDepend: () => true, said: () => false, gone: () => this.#refreshing.soon({ rows: true }), ...others };
    this.#feed = new ListFeed({
      ...this.#others, selection,
      look: (withinMs) => this.#refreshing.soon({ rows: true, withinMs }), recount: () => this.#refreshing.soon(), answered: () => queue.idle(),
      told: (step, states) => this.#toldOf(step, states), noted: (payload) => this.#notedOf(payload),
    });
    tabs.hear((message) => this.#heard(message));
    queue.addEventListener("change", () => this.#showState());
    followPage(outbox);
    if (user || admit) this.#followConnection();
  }

  get mayTick() { return this.selection.signedIn || this.#newcomers.areWelcome; }

  /** What the server says of the rows now shown; see `Selection.load`. @param {Shown} facts */
  load(facts) {
    const { selection } = this;
    const { confirmed: before, shownVersion: since, list } = selection;
    const fresh = selection.load(facts);
    this.#isShared = Boolean(facts.shared);
    const isLater = facts.shared && facts.whole !== false && list && list === facts.list && facts.version > since;
    this.#feed.follow(facts.list);
    this.#colleagues.sayAgain(facts.list, (id) => selection.has(id));
    if (isLater) void this.#colleagues.say({ list, since, ...jumped(before, selection.confirmed, (id) => selection.isWished(id)) });
    if (!fresh) this.#refreshing.soon({ rows: true });
    document.dispatchEvent(new CustomEvent("sertantai:rows"));
  }

  /** Send what an earlier visit could not; call it once, when the page is ready. */
  resume() {
    if (!this.user && !this.#newcomers.areWelcome) return;
    sayNotTaken(this.user);
    // What another tab did since the server wrote this page was said before anybody here listened.
    tabs.tell({ list: this.selection.list, version: this.selection.version, asks: true });
    const left = this.outbox.adopt({ ofStrangers: !("signedIn" in document.body.dataset) });
    for (const { list, record, value, title, reason: why } of left) {
      if (list) this.#singly.tick(list, record, value, title, why ?? null);
      else this.tick(record, value, title);
    }
    if (left.length && this.connection.isHere) announce(`${laws(left.length)} ticked earlier ${left.length === 1 ? "is" : "are"} sent now.`);
  }

  /** @param {string} record @param {boolean} value @param {string} title */
  tick(record, value, title) {
    if (!this.#newcomers.allow(() => this.tick(record, value, title), "ids", [record], value)) {
      if (this.#newcomers.waiting) this.outbox.put(null, record, value, title);
      return;
    }
    this.#one(record, value, title);
  }

  /** @param {string} record @param {boolean} value @param {string} title */
  #one(record, value, title) {
    if (!value && wanted()) return void this.#untick(record, title);
    return this.#singly.tick(this.selection.list, record, value, title);
  }

  /** Asked first why it goes; it stays until that is answered, and what waits for the server waits with the answer. */
  /** @param {string} record @param {string} title */
  async #untick(record, title) {
    const { list } = this.selection;
    const why = await askWhy({ what: quoted(title) });
    if (why === undefined) this.selection.dispatchEvent(new Event("change"));
    else this.#singly.tick(list, record, false, title, why);
  }

  /** Tick or untick records that are all known by id. @param {string[]} records @param {boolean} value */
  tickMany(records, value, what = laws(records.length)) {
    if (!records.length || !this.#newcomers.allow(() => this.tickMany(records, value, what), "ids", records, value)) return null;
    if (records.length === 1) return this.#one(records[0], value, what);
    const wish = this.selection.wish("ids", records, value);
    return this.#alone(wish, `${what} ${value ? "ticked" : "unticked"}`, () => setTicks(String(wish.list), records, value, this.selection.version));
  }

  /** Tick or untick everything that the filter matches, if it still is as many as shown. @param {boolean} value @param {LawFilter} filter */
  tickMatching(filter, value) {
    if (!this.#newcomers.allow(() => this.tickMatching(filter, value), "all", [], value)) return null;
    const total = this.selection.total;
    const wish = this.selection.wish("all", [], value);
    const label = value ? `All ${laws(total)} in these results ticked` : `All ${laws(total)} in these results unticked`;
    return this.#alone(wish, label, () => setMatching(String(wish.list), filter, total, value, this.selection.version));
  }

  /**
   * Tick or untick a range that goes over pages; `shown` are those of its records that are on this page.
   * @param {{ from: string, to: string, filter: LawFilter, sort: string }} range @param {boolean} value @param {string[]} shown
   */
  tickRange(range, value, shown) {
    if (!this.#newcomers.allow(() => this.tickRange(range, value, shown), "ids", shown, value)) return null;
    const wish = this.selection.wish("ids", shown, value);
    /** @param {Done} answer */
    const label = (answer) => `${laws(answer.changed)} ${value ? "ticked" : "unticked"}`;
    return this.#alone(wish, label, () => setRange(String(wish.list), range, value, this.selection.version), { look: true });
  }

  /**
   * Remove all laws of the list, if they still are as many as somebody agreed to; else `again` is called, once the page
   * shows how many there are; false from it: it cannot be asked again. @param {number} agreed @param {() => boolean} again
   */
  clear(agreed, again) {
    if (!this.#newcomers.allow()) return null;
    const wish = this.selection.wish("clear", [], false);
    /** @param {Done} answer */
    const label = (answer) => `List cleared: ${laws(answer.changed)} removed`;
    return this.#alone(wish, label, () => clearList(String(wish.list), agreed, this.selection.version), { again });
  }

  undo() { return this.#undoing.undo(); }
  redo() { return this.#undoing.redo(); }

  /**
   * Something else was done to lists, by other calls: it is said in `words`, and can be taken back.
   * @param {string} label @param {Undoable[]} steps @param {string} [words]
   */
  did(label, steps, words) { this.#undoing.did(label, steps, words); }

  /** @param {Tick} tick @param {string} words */
  #lose(tick, words) {
    const list = String(tick.list);
    setAside(this.user, tick, list === this.selection.list ? this.selection.listName ?? "" : "");
    this.undoStack.forget(list);
    sayNotTaken(this.user, words);
  }

  // -------------------------------------------------------------------------------------- many records

  /**
   * @param {Wish} wish @param {string | ((answer: any) => string)} label @param {() => Promise<any>} send
   * @param {{ look?: boolean, again?: (() => boolean) | null }} how
   */
  #alone(wish, label, send, { look = false, again = null } = {}) {
    const { selection, queue, connection } = this;
    if (!reaches(connection, "Ticking many at once")) {
      selection.refuse(wish);
      return null;
    }
    return queue.alone(async () => {
      try {
        const answer = await send();
        this.#granted(wish, answer, typeof label === "function" ? label(answer) : label);
        if (look) await this.#refresh({ rows: true });
      } catch (problem) {
        selection.refuse(wish);
        if (problem.code === "count_changed" && again) void this.#askAgain(again, problem);
        else this.#explain(problem);
      }
    }, () => {
      selection.refuse(wish);
      reaches(connection, "Ticking many at once");
    });
  }

  /** @param {() => boolean} again @param {Problem} problem */
  async #askAgain(again, problem) {
    await this.#refresh({ rows: true });
    if (!again()) this.#explain(problem);
  }

  /** @param {Problem} problem */
  #explain(problem) {
    /** @param {string} words @param {string} kind */
    const say = (words, kind) => toast(words, { kind, key: "bulk-failed", durationMs: 0 });
    if (problem.code === "count_changed") {
      say(`${problem.detail} The results have been refreshed.`, "warning");
      void this.#refresh({ rows: true });
    } else if (problem.code === "given_up") {
      say(`${problem.message} Nothing was changed.`, "info");
    } else if (isUncertain(this.connection, problem)) {
      say(`${reason(problem)} ${UNCERTAIN}`, "warning");
    } else {
      say(`${reason(problem)} Nothing was changed.`, "danger");
      if (isListGone(problem)) this.#refreshing.soon({ rows: true });
    }
  }

  /** @param {Wish} wish @param {Done} answer @param {string} label */
  #granted(wish, answer, label) {
    this.selection.settle(wish, answer);
    if (answer.changed) {
      const list = this.selection.listName;
      const steps = [{ list: String(wish.list), operation: answer.operation_id }];
      this.#undoing.did(label, steps, list ? `${label} in “${list}”.` : `${label}.`);
    }
    this.#refreshing.soon();
  }

  // ------------------------------------------------------------------------- others, the server, guests

  /** Somebody did something that the rows show already. @param {Step} step @param {Map<string, boolean>} states what is another state now */
  #toldOf({ from: since, by, at, added = [], removed = [] }, states) {
    const { selection } = this;
    const list = String(selection.list);
    const turned = [...states.keys()].filter((id) => selection.shows(id));
    const isInSight = turned.some((id) => !states.get(id));
    // What was unticked stays in sight for a moment, with the name of who did it.
    const rest = () => { if (isInSight && this.#others.rowsDepend()) this.#refreshing.soon({ rows: true, withinMs: SEEN_MS }); };
    if (!at && this.#isShared) return void this.#colleagues.say({ list, since, turned, gone: [] }).then(rest);
    if (by && at && by.id !== this.user) this.#colleagues.heard(list, { by, at, added, removed }, states);
    return rest();
  }

  /** @param {{ by?: { id: string, name: string } | null, at?: string, records?: Record<string, Annotated> }} payload */
  #notedOf({ by, at, records = {} }) {
    if (by && at && by.id !== this.user) this.#colleagues.noted(String(this.selection.list), { by, at }, records);
  }

  /** @param {Told} message */
  #heard({ list, version, count, ids, value, asks, live: isFollowed }) {
    const { selection } = this;
    if (list !== selection.list || isFollowed) return;
    if (asks) {
      if (Number(version) < selection.version) tabs.tell({ list, version: selection.version });
      return;
    }
    if (ids && ids.every((id) => selection.shows(id))) {
      selection.follow({ list, version: Number(version), count: Number(count), states: ids.map((id) => [id, Boolean(value)]) });
      this.#refreshing.soon();
    } else if (version === undefined || version > selection.version) {
      this.#refreshing.soon({ rows: true });
    }
  }

  #followConnection() {
    const { queue, connection } = this;
    connection.addEventListener("change", () => {
      if (!connection.isHere) queue.hold();
      else if (queue.isHeld) {
        queue.release();
        this.#refreshing.soon({ rows: true });
        this.#newcomers.tryAgain();
      }
    });
    if (!connection.isHere) queue.hold();
  }

  #showState() {
    const waiting = this.queue.size + this.#newcomers.waiting;
    if (this.queue.isHeld) showSyncState(this.connection.isHere ? "away" : this.connection.state, { waiting });
    else if (waiting) showSyncState("saving");
    else showSyncState(this.calm);
  }

  /** A stranger has become a guest. @param {string} guest */
  async #becomeKnown(guest) {
    this.user = guest;
    belongTo(guest);
    for (const part of [this.undoStack, this.outbox, tabs, live]) part.belongTo(guest);
    await this.#refresh({ rows: true });
    if (!this.selection.signedIn) throw new Problem({ detail: "Your ticks could not be saved." });
  }
}
