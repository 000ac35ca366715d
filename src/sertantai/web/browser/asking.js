// What a page shows is asked for again: what was chosen last wins, a press that is under way is let go first, and
// where nobody is reached it is asked once more when there is a connection.

import { Problem, getPart } from "./http.js";
import { showPart } from "./parts.js";
import { released } from "./pressing.js";
import { toast } from "./toast.js";

const PAUSE_MIN_MS = 1000;
const PAUSE_MAX_MS = 30_000;
/** A long list takes a while on a slow server; it is asked for again after this. */
const ANSWER_MAX_MS = 60_000;

/**
 * `ask` asks the server, `take` shows its answer. `wake`: it does not wait any longer for a connection; `isWished`:
 * something has changed since it was asked.
 * @typedef {{ ask: () => Promise<any>, take: (answer: any) => void, turn: number, wake: () => void, isWished: boolean }} Question
 */

export class Asking {
  /** Of what was chosen. */
  #turn = 0;
  /** Of everything that was asked, and of what was shown last. */
  #asked = 0;
  #shown = 0;
  /** The newest that waits to be asked again. @type {Question | null} */
  #patient = null;
  /** Whether what was asked for again last came to be shown. @type {Promise<boolean> | null} */
  #newest = null;
  /** What was chosen and could not be reached. @type {Question | null} */
  #missed = null;
  /** @type {{ notice: ReturnType<typeof toast> | null, chosen: boolean } | null} */ #told = null;
  #tell;

  /**
   * `tell` says that something could not be shown, whether it was `chosen` or only asked for again.
   * @param {(problem: Problem, chosen: boolean) => ReturnType<typeof toast> | null} tell
   */
  constructor(tell) {
    this.#tell = tell;
  }

  get isMissed() { return this.#missed !== null; }

  /** Somebody chose it: nothing that was asked before is shown any more. @param {Question["ask"]} ask @param {Question["take"]} take */
  choose(ask, take) {
    this.#turn += 1;
    this.#missed?.wake();
    this.#missed = null;
    return this.#show({ ask, take, turn: this.#turn, wake: () => undefined, isWished: false }, true);
  }

  /** What was chosen is wanted no more. */
  letGo() {
    this.#turn += 1;
    this.#missed?.wake();
    this.#missed = null;
    if (this.#told?.chosen) this.#untell();
  }

  /**
   * What is shown may have changed. Whoever is waiting for something else is not shown again what they wanted to
   * leave. Where something newer is asked for meanwhile, it is that which is waited for. @param {Question["ask"]} ask @param {Question["take"]} take
   */
  async again(ask, take) {
    if (this.wake()) return false;
    const question = { ask, take, turn: this.#turn, wake: () => undefined, isWished: false };
    this.#patient = question;
    /** @type {Promise<boolean>} */
    const own = this.#show(question, false).then((isShown) => isShown || !this.#newest || this.#newest === own ? isShown : this.#newest);
    this.#newest = own;
    return own;
  }

  /** The same, but nobody waits for it: the next one tells the truth. @param {Question["ask"]} ask @param {Question["take"]} take */
  async glance(ask, take) {
    if (this.wake()) return;
    const turn = this.#turn;
    try {
      const answer = await ask();
      await released();
      if (turn === this.#turn && !this.#missed) take(answer);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
    }
  }

  /** There may be a connection, or something to see: what was chosen and missed is asked for; whether there was. */
  wake() {
    if (!this.#missed) return false;
    this.#missed.isWished = true;
    this.#missed.wake();
    return true;
  }

  /** @param {Question} question @param {boolean} chosen @returns {Promise<boolean>} whether it came to be shown */
  async #show(question, chosen) {
    const isOver = () => question.turn !== this.#turn || (!chosen && (this.#missed !== null || this.#patient !== question));
    let isTold = false;
    for (let pauseMs = PAUSE_MIN_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
      const number = ++this.#asked;
      question.isWished = false;
      try {
        const answer = await question.ask();
        await released();
        if (isOver()) return false;
        if (question.isWished || number < this.#shown) continue; // something newer came meanwhile
        this.#missed = null;
        this.#shown = number;
        if (chosen || !this.#told?.chosen) this.#untell();
        question.take(answer);
        return true;
      } catch (problem) {
        if (isOver() || problem?.name === "AbortError") return false;
        if (!(problem instanceof Problem)) throw problem;
        const isMissed = problem.status === 0;
        if (chosen) this.#missed = isMissed ? question : null;
        if (!isTold) this.#told = { notice: this.#tell(problem, chosen), chosen };
        isTold = true;
        if (!isMissed) return false;
      }
      await connection(question, pauseMs);
      if (isOver()) return false;
    }
  }

  #untell() {
    this.#told?.notice?.close();
    this.#told = null;
  }
}

/** After a pause, as soon as the browser has a network again, or when somebody wants it. @param {Question} question @param {number} pauseMs */
function connection(question, pauseMs) {
  return new Promise((resolve) => {
    const timer = navigator.onLine ? setTimeout(done, pauseMs) : 0;
    window.addEventListener("online", done);
    question.wake = done;
    function done() {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve(undefined);
    }
  });
}

/** A notice that the page is not what the server would say now. @param {Problem} problem */
export function outOfDate(problem) {
  if (problem.status === 401 || problem.status === 409) return null; // the page says so by itself
  return toast("This page could not be refreshed, so it may be out of date.", {
    kind: "warning", key: "refresh", action: { label: "Reload", href: location.href },
  });
}

/** A part of a page that stays at its address: brought up to date, or shown as another address has it. */
export class Part {
  #asking = new Asking(outOfDate);

  /** @param {HTMLElement} element */
  constructor(element) {
    this.element = element;
  }

  refresh() { return this.#asking.again(() => ask(location.href), (html) => showPart(this.element, html, { isSame: true })); }

  /** @param {string} url */
  show(url) { return this.#asking.choose(() => ask(url), (html) => showPart(this.element, html, { isSame: true })); }
}

/** @param {string} url */
const ask = (url) => getPart(url, { tries: 1, timeoutMs: ANSWER_MAX_MS });
