// What is behind one socket: the tabs of a browser, each with the topics that it follows. A topic is joined while
// any tab wants it, with what the browser knows of it, and every tab hears all that comes.

/**
 * A tab: `tell` reaches it. `laws`: which law it looks at, by topic.
 * @typedef {{ tell: (message: object) => void, topics: Map<string, Wanted>, laws: Map<string, string | null> }} Tab
 * What a tab has of a topic, and whether it may be told to others that somebody is here.
 * @typedef {{ since?: number, epoch?: string, presence?: boolean }} Wanted
 */

const LOOK_EVERY_MS = 1_100;

export class Exchange {
  /** @type {Set<Tab>} */ #tabs = new Set();
  /** @type {Map<string, Joined>} */ #joined = new Map();
  #socket;
  #presenceOf;

  /**
   * `socket`: of Phoenix; `presenceOf(channel, changed)` calls `changed(people)` whenever who is there has changed.
   * @param {any} socket
   * @param {(channel: any, changed: (people: object[]) => void) => void} presenceOf
   */
  constructor(socket, presenceOf) {
    this.#socket = socket;
    this.#presenceOf = presenceOf;
  }

  get isWanted() { return this.#tabs.size > 0; }

  /** @param {(message: object) => void} tell @returns {Tab} */
  enter(tell) {
    const tab = { tell, topics: new Map(), laws: new Map() };
    this.#tabs.add(tab);
    return tab;
  }

  /** @param {Tab} tab */
  leave(tab) {
    this.#tabs.delete(tab);
    for (const topic of tab.topics.keys()) this.drop(tab, topic);
  }

  /** Tell every tab. @param {object} message */
  tellAll(message) {
    for (const tab of this.#tabs) tab.tell(message);
  }

  /** @param {Tab} tab @param {string} topic @param {Wanted} wanted */
  want(tab, topic, wanted) {
    tab.topics.set(topic, wanted);
    const joined = this.#joined.get(topic);
    if (!joined) this.#join(topic, wanted);
    else if (joined.isShown !== this.#isShown(topic)) this.#rejoin(joined);
    else joined.greet(tab);
  }

  /** @param {Tab} tab @param {string} topic */
  drop(tab, topic) {
    tab.topics.delete(topic);
    this.look(tab, topic, null);
    tab.laws.delete(topic);
    if (this.#followers(topic).length) return;
    this.#joined.get(topic)?.leave();
    this.#joined.delete(topic);
  }

  /** Which law a tab looks at, and so this browser, told to those who are there. @param {Tab} tab @param {string} topic @param {string | null} law */
  look(tab, topic, law) {
    const before = tab.laws.get(topic) ?? null;
    tab.laws.set(topic, law);
    if (before === law) return;
    const others = [...this.#tabs].map((one) => one.laws.get(topic)).filter(Boolean);
    this.#joined.get(topic)?.look(law ?? others[0] ?? null);
  }

  /** @param {string} topic */
  #followers(topic) {
    return [...this.#tabs].filter((tab) => tab.topics.has(topic));
  }

  /** @param {string} topic */
  #isShown(topic) {
    return this.#followers(topic).some((tab) => tab.topics.get(topic)?.presence !== false);
  }

  /** @param {string} topic @param {Wanted} wanted */
  #join(topic, { since, epoch }) {
    const joined = new Joined(this.#socket, topic, {
      since, epoch, isShown: this.#isShown(topic), presenceOf: this.#presenceOf,
      tell: (message) => { for (const tab of this.#followers(topic)) tab.tell(message); },
      ended: () => { if (this.#joined.get(topic) === joined) this.#joined.delete(topic); },
    });
    this.#joined.set(topic, joined);
    joined.join();
  }

  /** @param {Joined} joined */
  #rejoin(joined) {
    joined.leave();
    this.#join(joined.topic, { since: joined.version, epoch: joined.epoch });
  }
}

/** One topic as it is joined. */
class Joined {
  /** What was heard last. @type {number | undefined} */ version;
  /** @type {string | undefined} */ epoch;
  /** Whether an answer has come. */ #isIn = false;
  /** Those who are there. @type {object | null} */ #here = null;
  /** What is under way, by its id. @type {Map<string, object>} */ #work = new Map();
  /** @type {ReturnType<typeof setTimeout> | undefined} */ #looking;
  #lookedAt = 0;
  #channel;
  #parts;

  /**
   * @param {any} socket @param {string} topic
   * @param {{
   *   since?: number, epoch?: string, isShown: boolean, tell: (message: object) => void, ended: () => void,
   *   presenceOf: (channel: any, changed: (people: object[]) => void) => void,
   * }} parts
   */
  constructor(socket, topic, parts) {
    this.topic = topic;
    this.version = parts.since;
    this.epoch = parts.epoch;
    this.isShown = parts.isShown;
    this.#parts = parts;
    this.#channel = socket.channel(topic, () => this.#stated());
  }

  join() {
    const channel = this.#channel;
    this.#parts.presenceOf(channel, (people) => this.#tellHere({ people }));
    channel.onMessage = (/** @type {string} */ event, /** @type {any} */ payload) => {
      this.#heard(event, payload);
      return payload;
    };
    channel.onClose(() => {
      this.#parts.ended();
      this.#tell(this.#isIn ? "closed" : "refused", {});
    });
    channel.join().receive("ok", (/** @type {any} */ answer) => this.#answered(answer));
  }

  leave() {
    clearTimeout(this.#looking);
    this.#parts.ended = () => undefined;
    this.#parts.tell = () => undefined;
    this.#channel.leave();
  }

  /** A tab has come to what others have joined. @param {Tab} tab */
  greet(tab) {
    if (!this.#isIn) return;
    tab.tell({ topic: this.topic, event: "joined", payload: { mode: "standing", version: this.version, epoch: this.epoch, ...(this.#work.size ? { work: [...this.#work.values()] } : {}) } });
    if (this.#here) tab.tell({ topic: this.topic, event: "here", payload: this.#here });
  }

  /** The server hears it once in a second. @param {string | null} law */
  look(law) {
    clearTimeout(this.#looking);
    const wait = Math.max(0, this.#lookedAt + LOOK_EVERY_MS - Date.now());
    this.#looking = setTimeout(() => {
      this.#lookedAt = Date.now();
      if (this.#isIn) this.#channel.push("look", { law });
    }, wait);
  }

  /** What is said whenever it is joined. */
  #stated() {
    const { version: since, epoch } = this;
    return { want: "summary", ...(since === undefined ? {} : { since, epoch }), ...(this.isShown ? {} : { presence: false }) };
  }

  /** @param {any} answer */
  #answered(answer) {
    const since = this.version;
    this.#isIn = true;
    if (answer.version !== undefined) this.version = answer.version;
    this.epoch = answer.epoch ?? this.epoch;
    this.#work = new Map((answer.work ?? []).map((/** @type {any} */ work) => [work.id, work]));
    this.#tell("joined", { ...answer, since });
  }

  /** @param {string} event @param {any} payload */
  #heard(event, payload) {
    if (event.startsWith("phx_") || event.startsWith("chan_") || event === "presence_state" || event === "presence_diff") return;
    if (event === "presence_count") return this.#tellHere({ count: payload.count });
    if (payload.version !== undefined && this.topic.startsWith("list:")) this.version = payload.version;
    if (event === "work") this.#worked(payload);
    if (event === "reset") this.epoch = payload.epoch;
    return this.#tell(event, payload);
  }

  /** @param {{ id: string, state: string }} work */
  #worked(work) {
    if (work.state === "done" || work.state === "failed") this.#work.delete(work.id);
    else this.#work.set(work.id, work);
  }

  /** @param {object} here */
  #tellHere(here) {
    this.#here = here;
    this.#tell("here", here);
  }

  /** @param {string} event @param {object} payload */
  #tell(event, payload) {
    this.#parts.tell({ topic: this.topic, event, payload });
  }
}
