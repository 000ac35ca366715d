// Whether the server can be reached: the browser knows its own network, and a request that got no answer
// tells the rest. While it is away the server is asked, with growing pauses, whether it is back. What it answers
// to somebody else is no answer either: see whose_page.js.

import { Problem, get } from "../http.js";

/** @type {Record<string, string>} */
const WHY_NOT = {
  offline: "You are offline.",
  away: "The server cannot be reached.",
  another: "You are signed in as somebody else in another tab.",
  "signed-out": "You have been signed out.",
};

const FIRST_PAUSE_MS = 1000;
const PAUSE_MAX_MS = 10_000;
const ANSWER_MAX_MS = 5000;

export class Connection extends EventTarget {
  #away = false;
  /** @type {string | null} */ #notTheirs = null;
  #looking = false;
  #pauseMs = FIRST_PAUSE_MS;
  /** @type {number | null} */ #timer = null;

  constructor() {
    super();
    window.addEventListener("offline", () => this.#tell());
    window.addEventListener("online", () => {
      if (this.#away) void this.#ask();
      else this.#tell();
    });
    const look = () => {
      if (document.hidden) return;
      if (this.#away) void this.#ask();
      else this.lookWhose();
    };
    document.addEventListener("visibilitychange", look);
    window.addEventListener("focus", look);
    document.addEventListener("sertantai:not-theirs", ({ detail: why }) => {
      this.#notTheirs = why;
      this.#tell();
    });
  }

  /**
   * "here", "offline" (this browser has no network), "away" (the network is there, the server is not), or why the
   * page is not theirs any more: "another", "signed-out".
   */
  get state() {
    if (!navigator.onLine) return "offline";
    return this.#notTheirs ?? (this.#away ? "away" : "here");
  }

  /** Why nothing reaches the server, in words. */
  get why() { return WHY_NOT[this.state] ?? WHY_NOT.away; }

  get isTheirs() { return this.#notTheirs === null; }

  get isHere() { return this.state === "here"; }

  /** A request got no answer. */
  lost() {
    if (!this.#away) {
      this.#away = true;
      this.#later();
    }
    this.#tell();
  }

  /** A change was answered, so the next outage is asked about soon again. */
  found() {
    this.#pauseMs = FIRST_PAUSE_MS;
  }

  /** They may be back, signed in again in whatever tab; or somebody else has come. */
  lookWhose() {
    if (this.#notTheirs && !this.#looking) void this.#askWhose();
  }

  async #askWhose() {
    this.#looking = true;
    try {
      await get("/api/v1/me", { tries: 1 });
      this.#notTheirs = null;
      document.dispatchEvent(new CustomEvent("sertantai:theirs-again"));
      this.#tell();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
    } finally {
      this.#looking = false;
    }
  }

  async #ask() {
    clearTimeout(this.#timer ?? undefined);
    this.#timer = null;
    if (navigator.onLine && (await answers())) {
      this.#away = false;
      this.#tell();
    } else if (this.#timer === null) {
      this.#later();
    }
  }

  #later() {
    this.#timer = setTimeout(() => void this.#ask(), this.#pauseMs * (0.75 + Math.random() / 2));
    this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MAX_MS);
  }

  #tell() {
    this.dispatchEvent(new Event("change"));
  }
}

async function answers() {
  try {
    const response = await fetch("/health/live", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MAX_MS) });
    return response.ok;
  } catch {
    return false;
  }
}
