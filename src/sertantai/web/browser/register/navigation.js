// Goes from view to view without leaving the page: the address is always that of what is shown, a newer
// question takes the place of an older one, and the page that is likely next is there before it is asked for.

import { announce } from "../announce.js";
import { become, resetFields } from "../become.js";
import { Problem, getPart } from "../http.js";
import { queryOf } from "../query.js";
import { toast } from "../toast.js";
import { askCounts } from "./counts.js";

const PREFETCHED_MAX = 6;
const PREFETCH_GOOD_MS = 20_000;
const SLOW_MS = 150;
const HOVER_MS = 60;
const PARTS = ["facets", "results"];

export class Navigation extends EventTarget {
  /** @type {AbortController | null} */ #request = null;
  #prefetched = new Map();
  #sequence = 0;
  #shown = viewOf(location.href);
  /** @type {IntersectionObserver | null} */ #watcher = null;
  /** The view that could not be reached, to be asked for once more when there is a connection; and what says so. */
  /** @type {string | null} */ #missed = null;
  /** @type {string | null} */ #askedAgain = null;
  /** @type {ReturnType<typeof toast> | null} */ #notice = null;

  /** root: the element that holds the parts; replaced() is called with the new results after each swap. */
  constructor(root, replaced) {
    super();
    this.root = root;
    this.replaced = replaced;
    history.scrollRestoration = "manual";
    window.addEventListener("popstate", (event) => {
      // Details that open or close over the rows change nothing below them.
      if (viewOf(location.href) !== this.#shown) void this.#show(location.href, { scroll: event.state?.scroll ?? 0 });
    });
    root.addEventListener("click", (event) => this.#clicked(event));
    for (const name of ["pointerover", "focusin"]) root.addEventListener(name, (event) => this.#hovered(event));
  }

  /** The query of the address as it is. */
  get query() { return queryOf(location.href); }

  /** Show a view. replace: it takes the place of the present one in the history (while typing). */
  async visit(href, { replace = false, focus = null, top = false } = {}) {
    const url = new URL(href, location.href);
    // Asked first: the browser takes a while over its history, and the server meanwhile over its answer.
    const shown = this.#show(url.href, { focus, top });
    if (replace) {
      history.replaceState({ scroll: scrollY }, "", url);
    } else if (url.href !== location.href) {
      if ((history.state?.scroll ?? 0) !== scrollY) history.replaceState({ ...history.state, scroll: scrollY }, "");
      history.pushState({ scroll: 0 }, "", url);
    }
    return shown;
  }

  /** There is a connection again: what could not be reached is asked for once more. */
  async again() {
    if (this.#missed === null) return;
    this.#askedAgain = this.#missed;
    await this.visit(this.#missed);
  }

  /** Ask again what is shown. */
  refresh() {
    return this.#again(ask, (html) => this.#swap(html));
  }

  /** Only the counts, which `show()` writes; false from it: the whole view is needed after all. */
  async recount(show) {
    let isWhole = true;
    await this.#again(askCounts, (counts) => { isWhole = show(counts); });
    if (!isWhole) await this.refresh();
  }

  async #again(asking, take) {
    if (this.#missed !== null) { await this.again(); return; }
    const wanted = location.href;
    const sequence = this.#sequence;
    try {
      const answer = await asking(wanted);
      if (wanted === location.href && sequence === this.#sequence) take(answer);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      // Whoever asked for the refresh did not wait for it; the next one tells the truth.
    }
  }

  /** The next page is fetched once the links to pages come into view: whoever reads to the end goes on. */
  expectNext() {
    this.#watcher?.disconnect();
    const next = this.root.querySelector('#pages a[rel="next"]');
    if (!next || !("IntersectionObserver" in window)) return;
    this.#watcher = new IntersectionObserver((seen) => { if (seen.some((entry) => entry.isIntersecting)) this.prefetch(next.href); });
    this.#watcher.observe(next);
  }

  /** Nothing that was fetched ahead is true any more. */
  forget() {
    this.#prefetched.clear();
  }

  /** Fetch a view before somebody asks for it. */
  prefetch(href) {
    const kept = this.#prefetched.get(href);
    if (kept && performance.now() - kept.at < PREFETCH_GOOD_MS) return;
    const answer = this.#ask(href);
    answer.catch(() => this.#prefetched.delete(href));
    this.#prefetched.set(href, { at: performance.now(), filter: filterOf(this.#shown), answer });
    if (this.#prefetched.size > PREFETCHED_MAX) this.#prefetched.delete(this.#prefetched.keys().next().value);
  }

  async #show(href, { focus = null, top = false, scroll = null }) {
    const sequence = ++this.#sequence;
    this.#request?.abort();
    this.#request = new AbortController();
    this.#missed = null;
    const results = this.root.querySelector("#results");
    results.setAttribute("aria-busy", "true");
    const slow = setTimeout(() => results.classList.add("is-loading"), SLOW_MS);
    try {
      const html = await (this.#takePrefetched(href) ?? this.#ask(href, this.#request.signal));
      if (sequence !== this.#sequence) return;
      this.#shown = viewOf(href);
      this.#askedAgain = null;
      this.#notice?.close();
      this.#swap(html, focus);
      if (scroll !== null) scrollTo({ top: scroll, behavior: "instant" });
      else if (top) this.#toTop();
      announce(this.root.querySelector("#results").dataset.total === "0" ? "No laws match" : this.root.querySelector("#results-count").textContent.trim());
    } catch (problem) {
      if (sequence !== this.#sequence || problem?.name === "AbortError") return;
      this.#failed(problem, href);
    } finally {
      clearTimeout(slow);
      if (sequence === this.#sequence) {
        const now = this.root.querySelector("#results");
        now.removeAttribute("aria-busy");
        now.classList.remove("is-loading");
      }
    }
  }

  #swap(html, focus = null) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const held = heldFocus(this.root);
    for (const id of PARTS) {
      const now = document.getElementById(id);
      const next = fresh.getElementById(id);
      if (!next || !now) continue;
      become(now, next);
    }
    resetFields(document.querySelectorAll("#facets input, #pages option"));
    this.replaced();
    if (focus) this.dispatchEvent(new CustomEvent("focus-rows", { detail: focus }));
    else giveBack(held);
  }

  /** Sorting and turning pages leave the filters as they are; they need not come again. */
  #ask(href, signal) {
    return ask(href, { signal, parts: filterOf(href) === filterOf(this.#shown) ? "results" : "all" });
  }

  #takePrefetched(href) {
    const kept = this.#prefetched.get(href);
    this.#prefetched.delete(href);
    const isGood = kept && performance.now() - kept.at < PREFETCH_GOOD_MS && kept.filter === filterOf(this.#shown);
    return isGood ? kept.answer : null;
  }

  #toTop() {
    const bar = document.querySelector("#selection-bar");
    const from = this.root.getBoundingClientRect().top + scrollY;
    if (scrollY > from && bar) scrollTo({ top: 0, behavior: "instant" });
  }

  #clicked(event) {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const link = event.target?.closest("a[data-nav], a[data-sort]");
    if (!link || !this.root.contains(link)) return;
    event.preventDefault();
    if (link.dataset.sort && event.shiftKey) this.visit(secondSort(link.dataset.sort, this.query));
    else this.visit(link.href, { top: Boolean(link.closest("#pages")) });
  }

  #hovered(event) {
    const link = event.target?.closest?.("#pages a[data-nav]");
    if (!link) return;
    const timer = setTimeout(() => this.prefetch(link.href), HOVER_MS);
    link.addEventListener("pointerleave", () => clearTimeout(timer), { once: true });
  }

  /** The address says again what is shown, and so do the filters; what was typed to search for may stay. */
  #failed(problem, href) {
    if (!(problem instanceof Problem)) throw problem;
    history.replaceState({ scroll: scrollY }, "", this.#shown);
    resetFields(document.querySelectorAll("#facets input, #pages option"));
    const text = problem.status === 0 && !navigator.onLine ? "You are offline, so this view cannot be loaded." : problem.message;
    this.#missed = problem.status === 0 && href !== this.#askedAgain ? href : null;
    if (this.#missed !== null) this.dispatchEvent(new Event("missed"));
    this.#notice = toast(`${text} You're still seeing the previous view.`, {
      kind: "danger", key: "view", durationMs: 0, undoLabel: "Try again", undo: async () => this.visit(href),
    });
  }
}

/** An address without what is shown over the view. */
function viewOf(href) {
  const url = new URL(href, location.href);
  url.searchParams.delete("record");
  return url.pathname + url.search;
}

/** What of an address decides which laws there are, and how many of each kind. */
function filterOf(href) {
  const query = new URL(href, location.href).searchParams;
  for (const name of ["record", "sort", "page", "limit"]) query.delete(name);
  query.sort();
  return String(query);
}

/** @param {string} href @param {{ signal?: AbortSignal, parts?: string }} options */
const ask = (href, { signal, parts = "all" } = {}) => getPart(href, { signal, parts, tries: 2 });

function heldFocus(root) {
  const element = /** @type {Found} */ (document.activeElement);
  if (!element || !root.contains(element)) return null;
  const row = element.closest("tr[data-record-id]");
  return {
    id: element.id, row: row?.dataset.recordId, box: element.type === "checkbox", value: element.name ? `${element.name}=${element.value}` : null,
  };
}

function giveBack(held) {
  if (!held) return;
  const byValue = () => held.value && [...document.querySelectorAll("#facets input")].find((input) => `${input.name}=${input.value}` === held.value);
  const row = held.row && document.querySelector(`tr[data-record-id="${CSS.escape(held.row)}"]`);
  const element = (row && held.box && row.querySelector("input")) || row || byValue() || (held.id && document.getElementById(held.id));
  if (!element || element === document.activeElement) return;
  element.focus({ preventScroll: true });
}

/** The present order, with `column` as the second that decides, or turned round when it is there already. */
export function secondSort(column, query) {
  const terms = (query.get("sort") ?? "title_en").split(",");
  const at = terms.findIndex((term) => term.replace("-", "") === column);
  if (at >= 0) terms[at] = terms[at].startsWith("-") ? column : `-${column}`;
  else terms.splice(1, 1, column);
  query.set("sort", terms.slice(0, 2).join(","));
  query.delete("page");
  return `?${query}`;
}
