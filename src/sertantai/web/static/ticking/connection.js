// Whether the server can be reached: the browser knows its own network, and a request that got no answer
// tells the rest. While it is away the server is asked, with growing pauses, whether it is back.

const FIRST_PAUSE_MS = 1000;
const PAUSE_MAX_MS = 30_000;
const ANSWER_MAX_MS = 5000;

export class Connection extends EventTarget {
  #away = false;
  #pauseMs = FIRST_PAUSE_MS;
  #timer = null;

  constructor() {
    super();
    window.addEventListener("offline", () => this.#tell());
    window.addEventListener("online", () => {
      if (this.#away) void this.#ask();
      else this.#tell();
    });
    document.addEventListener("visibilitychange", () => { if (this.#away && !document.hidden) void this.#ask(); });
  }

  /** "here", "offline" (this browser has no network) or "away" (the network is there, the server is not). */
  get state() { return !navigator.onLine ? "offline" : this.#away ? "away" : "here"; }

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

  async #ask() {
    clearTimeout(this.#timer);
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
