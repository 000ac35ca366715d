// Goes from view to view without leaving the page: the address is always that of what is shown, a newer
// question takes the place of an older one, and the page that is likely next is there before it is asked for.

import { announce } from "./announce.js";
import { Asking } from "./asking.js";
import { resetFields } from "./become.js";
import { getPart, randomKey } from "./http.js";
import { address, queryOf } from "./query.js";

/** @import { Problem } from "./http.js" */
/** @import { toast } from "./toast.js" */
/** @import { How } from "./parts.js" */

const PREFETCHED_MAX = 6;
const PREFETCH_GOOD_MS = 20_000;
const SLOW_MS = 150;
const HOVER_MS = 60;
/** A long list takes a while on a slow server; it is asked for again after this. */
const ANSWER_MAX_MS = 60_000;

/**
 * What a page is to its navigation. `root` holds what is shown, and its links; `busy()` is what waits while a view is
 * on its way. `list()` is the list that it shows, where its address need not say it. `show` puts an answer there, and `shown` is told of it; `said()` is what is announced of a new view.
 * `tell` says that a view cannot be shown, and why; `chosen`: somebody wanted to see another one.
 * @typedef {{
 *   root: HTMLElement, busy: () => HTMLElement, show: (html: string, how: How) => void, shown: () => void,
 *   said: () => string, tell: (problem: Problem, chosen: boolean, again: () => unknown) => ReturnType<typeof toast> | null,
 *   list?: () => string | null,
 * }} Viewed
 */
/**
 * `replace`: it takes the place of the present one in the history (while typing); `focus`: which of its rows gets the
 * focus; `top`: its beginning comes into sight.
 * @typedef {{ replace?: boolean, focus?: string | null, top?: boolean }} Visiting
 */

/** Tells `moved` when somebody went back or forward; what was on its way to the place that they left is let go. */
export class Navigation extends EventTarget {
  /** @type {AbortController | null} */ #request = null;
  /** Which entry of the history they are at; details that lie over a view have the same. */
  #place = history.state?.place;
  /** The view that is on its way. @type {string | null} */ #coming = null;
  /** Something was asked of the shown view that has not come to be shown there. */
  #isOwed = false;
  /** Counts that were wanted while another view is on its way. @type {(() => unknown) | null} */ #late = null;
  /** @type {Map<string, { at: number, filter: string, answer: Promise<string> }>} */ #prefetched = new Map();
  #shown = viewOf(location.href);
  #wanted = location.href;
  /** @type {IntersectionObserver | null} */ #watcher = null;
  #asking;
  #page;

  /** @param {Viewed} page */
  constructor(page) {
    super();
    const { root } = page;
    this.#page = page;
    this.#asking = new Asking((problem, chosen) => this.#failed(problem, chosen));
    history.scrollRestoration = "manual";
    window.addEventListener("popstate", ({ state }) => this.#moved(state));
    // Who loads the page again stays where they are.
    window.addEventListener("pagehide", () => { history.scrollRestoration = "auto"; });
    window.addEventListener("pageshow", () => { history.scrollRestoration = "manual"; });
    root.addEventListener("click", (event) => this.#clicked(event));
    for (const name of ["pointerover", "focusin"]) root.addEventListener(name, (event) => this.#hovered(event));
  }

  /** The query of the address as it is. */
  get query() { return queryOf(location.href); }

  /** Show a view. @param {string} href @param {Visiting} visiting */
  async visit(href, { replace = false, focus = null, top = false } = {}) {
    const url = new URL(href, location.href);
    // Asked first: the browser takes a while over its history, and the server meanwhile over its answer.
    const shown = this.#show(url.href, { focus, top });
    if (replace) {
      history.replaceState({ scroll: scrollY, place: this.#place }, "", url);
    } else if (url.href !== location.href) {
      if ((history.state?.scroll ?? 0) !== scrollY) history.replaceState({ ...history.state, scroll: scrollY }, "");
      this.#place = randomKey();
      history.pushState({ scroll: 0, place: this.#place }, "", url);
    }
    return shown;
  }

  /** What is shown has this address from now on. @param {string} href */
  restate(href) {
    history.replaceState(history.state, "", href);
    this.#shown = viewOf(href);
  }

  /** There is a connection again: what could not be reached is asked for once more. */
  again() {
    this.#asking.wake();
  }

  /** Ask again what is shown, until it is answered. */
  refresh() {
    let asked = location.href;
    this.#isOwed = true;
    return this.#asking.again(() => this.#ask(asked = location.href, "all"), (html) => {
      if (viewOf(asked) !== viewOf(location.href)) return void this.refresh();
      this.#isOwed = false;
      this.#shown = viewOf(asked);
      return this.#put(html, { isSame: true });
    });
  }

  /**
   * Only the counts of what is shown, which `show` writes; false from it: the whole view is needed after all.
   * @template T @param {() => Promise<T>} ask @param {(counts: T) => boolean} show
   */
  async recount(ask, show) {
    const asked = viewOf(location.href);
    if (asked !== this.#shown) {
      this.#late = () => this.recount(ask, show);
      return;
    }
    this.#isOwed = true;
    let isWhole = true;
    await this.#asking.glance(ask, (counts) => {
      if (asked !== viewOf(location.href)) return;
      this.#isOwed = false;
      isWhole = show(counts);
    });
    if (!isWhole) await this.refresh();
  }

  /** The next page is fetched once the links to pages come into view: whoever reads to the end goes on. */
  expectNext() {
    this.#watcher?.disconnect();
    const next = this.#page.root.querySelector('#pages a[rel="next"]');
    if (!next || !("IntersectionObserver" in window)) return;
    this.#watcher = new IntersectionObserver((seen) => { if (seen.some((entry) => entry.isIntersecting)) this.prefetch(next.href); });
    this.#watcher.observe(next);
  }

  /** Nothing that was fetched ahead is true any more. */
  forget() {
    this.#prefetched.clear();
  }

  /** Fetch a view before somebody asks for it. @param {string} href */
  prefetch(href) {
    const kept = this.#prefetched.get(href);
    if (kept && performance.now() - kept.at < PREFETCH_GOOD_MS) return;
    const answer = this.#ask(href, this.#partsOf(href));
    answer.catch(() => this.#prefetched.delete(href));
    this.#prefetched.set(href, { at: performance.now(), filter: filterOf(this.#shown), answer });
    if (this.#prefetched.size > PREFETCHED_MAX) this.#prefetched.delete(String(this.#prefetched.keys().next().value));
  }

  /** @param {string} href @param {{ focus?: string | null, top?: boolean, scroll?: number | null }} how */
  async #show(href, { focus = null, top = false, scroll = null }) {
    this.#request?.abort();
    this.#request = new AbortController();
    const { signal } = this.#request;
    this.#wanted = href;
    this.#coming = viewOf(href);
    const isNewest = () => !signal.aborted;
    const busy = this.#page.busy();
    busy.setAttribute("aria-busy", "true");
    const slow = setTimeout(() => { if (isNewest()) busy.classList.add("is-loading"); }, SLOW_MS);
    const rest = () => {
      clearTimeout(slow);
      if (isNewest()) this.#rest();
    };
    try {
      return await this.#asking.choose(
        () => (this.#takePrefetched(href) ?? this.#ask(href, this.#partsOf(href), signal)).finally(rest),
        (html) => this.#arrived(html, href, { focus, top, scroll }),
      );
    } finally {
      rest();
    }
  }

  /** They went back or forward. @param {{ place?: string, scroll?: number } | null} state */
  #moved(state) {
    const isElsewhere = state?.place !== this.#place;
    this.#place = state?.place;
    const view = viewOf(location.href);
    // Details that open or close over the rows change nothing below them, nor of what is on its way.
    if (!isElsewhere && [this.#shown, this.#coming].includes(view)) return;
    if (view !== this.#shown) void this.#show(location.href, { scroll: state?.scroll ?? 0 });
    else this.#stay();
    this.dispatchEvent(new Event("moved"));
  }

  /** They are at what is shown, and want nothing else any more. */
  #stay() {
    this.#request?.abort();
    this.#asking.letGo();
    this.#rest();
    resetChoices();
    if (this.#isOwed) void this.refresh();
    this.#catchUp();
  }

  #catchUp() {
    const late = this.#late;
    this.#late = null;
    late?.();
  }

  #rest() {
    this.#coming = null;
    const busy = this.#page.busy();
    busy.removeAttribute("aria-busy");
    busy.classList.remove("is-loading");
  }

  /** @param {string} html @param {string} href @param {{ focus: string | null, top: boolean, scroll: number | null }} how */
  #arrived(html, href, { focus, top, scroll }) {
    this.#shown = viewOf(href);
    this.#isOwed = false;
    // It could not be shown at first, and the address went back to what was.
    if (viewOf(location.href) !== this.#shown) history.replaceState({ scroll: 0, place: this.#place }, "", href);
    this.#put(html);
    this.#catchUp();
    if (focus) this.dispatchEvent(new CustomEvent("focus-rows", { detail: focus }));
    if (scroll !== null) scrollTo({ top: scroll, behavior: "instant" });
    else if (top) this.#toTop();
    announce(this.#page.said());
  }

  /** @param {string} html @param {How} how */
  #put(html, how = {}) {
    this.#page.show(html, how);
    this.#page.shown();
  }

  /** Sorting and turning pages leave the filters as they are; they need not come again. @param {string} href */
  #partsOf(href) {
    return filterOf(href) === filterOf(this.#shown) ? "results" : "all";
  }

  /** @param {string} href @param {string} parts @param {AbortSignal} [signal] */
  #ask(href, parts, signal) {
    return getPart(href, { signal, parts, list: this.#page.list?.(), tries: 2, timeoutMs: ANSWER_MAX_MS });
  }

  /** @param {string} href */
  #takePrefetched(href) {
    const kept = this.#prefetched.get(href);
    this.#prefetched.delete(href);
    const isGood = kept && performance.now() - kept.at < PREFETCH_GOOD_MS && kept.filter === filterOf(this.#shown);
    return isGood ? kept.answer : null;
  }

  #toTop() {
    const from = this.#page.root.getBoundingClientRect().top + scrollY;
    if (scrollY > from) scrollTo({ top: 0, behavior: "instant" });
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const link = event.target?.closest("a[data-nav], a[data-sort]");
    if (!link || !this.#page.root.contains(link) || (event.shiftKey && !link.dataset.sort)) return;
    event.preventDefault();
    if (link.dataset.sort && event.shiftKey) void this.visit(secondSort(link.dataset.sort, this.query));
    else void this.visit(link.href, { top: Boolean(link.closest("#pages")) });
  }

  /** @param {Event} event */
  #hovered(event) {
    const link = event.target?.closest?.("#pages a[data-nav]");
    if (!link) return;
    const timer = setTimeout(() => this.prefetch(link.href), HOVER_MS);
    link.addEventListener("pointerleave", () => clearTimeout(timer), { once: true });
  }

  /**
   * The address says again what is shown, and so do the filters; what was typed to search for may stay.
   * @param {Problem} problem @param {boolean} chosen
   */
  #failed(problem, chosen) {
    const href = this.#wanted;
    if (chosen) {
      history.replaceState({ scroll: scrollY, place: this.#place }, "", this.#shown);
      resetChoices();
      if (problem.status === 0) this.dispatchEvent(new Event("missed"));
      else this.#catchUp();
    }
    return this.#page.tell(problem, chosen, () => this.visit(href));
  }
}

/** The filters, and how many rows a page has, are again as they came with what is shown. */
function resetChoices() {
  resetFields(document.querySelectorAll("#facets input, #pages option, .list-size option, .facet-choice input"));
}

/** An address without what is shown over the view. @param {string} href */
function viewOf(href) {
  return address(href, [["record", null]]);
}

/** What of an address decides which laws there are, and how many of each kind. @param {string} href */
function filterOf(href) {
  const query = queryOf(href);
  for (const name of ["record", "sort", "page", "limit"]) query.delete(name);
  query.sort();
  return String(query);
}

/**
 * The present order, with `column` as the second that decides, or turned round when it is there already.
 * @param {string} column @param {URLSearchParams} query
 */
export function secondSort(column, query) {
  const stated = query.get("sort") ?? (query.get("q") ? "relevance" : "title_en");
  const terms = stated === "relevance" ? [] : stated.split(",");
  const at = terms.findIndex((term) => term.replace("-", "") === column);
  if (at >= 0) terms[at] = terms[at].startsWith("-") ? column : `-${column}`;
  else terms.splice(1, 1, column);
  return address(location.href, [["sort", terms.slice(0, 2).join(",")], ["page", null]]);
}
