// What a page hears of others: it says which topics it follows, and a worker that holds this browser's socket tells
// it what happens there. Who has no session is not connected, and so is not what is shown as somebody else.

import { inBrowser } from "../kept.js";
import { randomKey } from "../http.js";

/**
 * `position` is what the page has of a topic, asked whenever it is joined; `heard` is told of each event.
 * @typedef {{ position?: () => { since?: number, epoch?: string }, heard: (event: string, payload: any) => void }} Follower
 */

const HIDDEN = "sertantai.live.hidden";
const ANSWER_MAX_MS = 5_000;

export class Live extends EventTarget {
  /** "off", "connecting", "live", "polling" (it asks now and then), or "away". */
  state = "off";
  /** Of the journal that versions belong to. @type {string | undefined} */ epoch;
  /** @type {MessagePort | Worker | null} */ #port = null;
  /** @type {(() => void) | null} */ #release = null;
  /** @type {Map<string, Follower[]>} */ #topics = new Map();
  /** Topics that the worker was not asked for yet. @type {Set<string>} */ #due = new Set();
  /** @type {string | null} */ #user = null;
  /** They are signed out, or somebody else is signed in. */ #isBarred = false;
  #address;

  /** @param {DOMStringMap} page what it says of itself */
  constructor({ live, epoch, signedIn, guest }) {
    super();
    this.#address = live;
    this.epoch = epoch || undefined;
    this.#user = signedIn ?? guest ?? null;
    window.addEventListener("pagehide", () => this.#leave());
    window.addEventListener("pageshow", ({ persisted }) => { if (persisted) this.#enter(); });
    document.addEventListener("freeze", () => this.#leave());
    document.addEventListener("resume", () => this.#enter());
    const knock = () => { if (!document.hidden) this.#knock(); };
    for (const name of ["focus", "online"]) window.addEventListener(name, knock);
    document.addEventListener("visibilitychange", knock);
    for (const name of ["sertantai:not-theirs", "sertantai:forget"]) document.addEventListener(name, () => this.#bar(true));
    document.addEventListener("sertantai:theirs-again", () => this.#bar(false));
  }

  get user() { return this.#user; }

  /** Whether others may be told that this browser is here. */
  get isShown() { return inBrowser.read(HIDDEN) !== true; }
  set isShown(value) {
    if (value) inBrowser.drop(HIDDEN);
    else inBrowser.write(HIDDEN, true);
    for (const topic of this.#topics.keys()) this.#want(topic);
  }

  /** Whose it is from now on. @param {string | null | undefined} user */
  belongTo(user) {
    this.#leave();
    this.#user = user ?? null;
    if (this.#topics.size) this.#enter();
  }

  /** @param {string} topic @param {Follower} follower gives what ends it */
  follow(topic, follower) {
    const followers = this.#topics.get(topic) ?? [];
    this.#topics.set(topic, [...followers, follower]);
    this.#due.add(topic);
    // All that a page follows is known once its script has run; then each topic is asked for once.
    queueMicrotask(() => {
      if (!this.#port) this.#enter();
      for (const one of this.#due) this.#want(one);
      this.#due.clear();
    });
    return () => {
      const left = (this.#topics.get(topic) ?? []).filter((one) => one !== follower);
      if (left.length) this.#topics.set(topic, left);
      else if (this.#topics.delete(topic)) this.#say({ say: "drop", topic });
    };
  }

  /** Somebody looks at a law, or at none any more. @param {string} topic @param {string | null} law */
  look(topic, law) {
    if (this.#topics.has(topic)) this.#say({ say: "look", topic, law });
  }

  #enter() {
    if (this.#port || this.#isBarred || !this.#user || !this.#address || !this.#topics.size) return;
    this.#tell("connecting");
    if ("SharedWorker" in window) this.#share(this.#address);
    else this.#alone(this.#address);
  }

  /** @param {string} address */
  #share(address) {
    try {
      // Each person has one of their own: it is never let in as somebody else.
      const worker = new SharedWorker(address, { type: "module", name: `sertantai.${this.#user}` });
      const late = setTimeout(() => this.#instead(worker.port, address), ANSWER_MAX_MS);
      worker.addEventListener("error", () => { clearTimeout(late); this.#instead(worker.port, address); });
      this.#begin(worker.port, () => clearTimeout(late));
    } catch {
      this.#alone(address);
    }
  }

  /** The shared one does not answer. @param {MessagePort} port @param {string} address */
  #instead(port, address) {
    if (this.#port !== port) return;
    this.#leave();
    this.#alone(address);
  }

  /** @param {string} address */
  #alone(address) {
    try {
      const worker = new Worker(address, { type: "module" });
      worker.addEventListener("error", () => { if (this.#port === worker) this.#leave(); });
      this.#begin(worker, () => undefined);
    } catch {
      this.#tell("off"); // the page looks again whenever it is shown
    }
  }

  /** @param {MessagePort | Worker} port @param {() => void} answered */
  #begin(port, answered) {
    this.#port = port;
    port.onmessage = (/** @type {MessageEvent} */ { data }) => {
      answered();
      if (this.#port === port) this.#heard(data);
    };
    for (const topic of this.#topics.keys()) this.#want(topic);
    this.#due.clear();
    this.#holdLock();
  }

  /** A tab that is killed cannot say so; its lock is free then, for which the worker waits. */
  #holdLock() {
    if (!navigator.locks || this.#port instanceof Worker) return;
    const lock = `sertantai.tab.${randomKey()}`;
    void navigator.locks.request(lock, () => new Promise((release) => {
      if (!this.#port) return release(undefined);
      this.#release = () => release(undefined);
      return this.#say({ say: "lock", lock });
    }));
  }

  #leave() {
    const port = this.#port;
    if (!port) return;
    this.#say({ say: "bye" });
    this.#port = null;
    this.#release?.();
    this.#release = null;
    if (port instanceof Worker) port.terminate();
    else port.close();
    this.#tell("off");
  }

  /** @param {boolean} isBarred */
  #bar(isBarred) {
    this.#isBarred = isBarred;
    if (isBarred) this.#leave();
    else this.#enter();
  }

  #knock() {
    if (this.#port) this.#say({ say: "knock" });
    else if (this.state === "off") this.#enter();
  }

  /** @param {string} topic */
  #want(topic) {
    const followers = this.#topics.get(topic);
    if (!followers) return;
    const position = followers.find((one) => one.position)?.position?.();
    this.#say({ say: "want", topic, presence: this.isShown, ...position });
  }

  /** @param {object} message */
  #say(message) {
    this.#port?.postMessage(message);
  }

  /** @param {any} message */
  #heard({ state, topic, event, payload }) {
    if (state) return this.#stateHeard(state);
    if (event === "joined" || event === "reset") this.epoch = payload.epoch ?? this.epoch;
    for (const { heard } of this.#topics.get(topic) ?? []) heard(event, payload);
    return undefined;
  }

  /** @param {string} state */
  #stateHeard(state) {
    if (state === "refused") this.dispatchEvent(new Event("refused"));
    else this.#tell(state === "open" ? "live" : state === "polling" ? "polling" : this.state === "connecting" ? "connecting" : "away");
  }

  /** @param {string} state */
  #tell(state) {
    if (this.state === state) return;
    this.state = state;
    this.dispatchEvent(new Event("change"));
  }
}

export const live = new Live(document.body.dataset);
