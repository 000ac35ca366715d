// A part of the page from the server: after a change, and when a filter or a page is chosen.

import { announce } from "../announce.js";
import { fill } from "../become.js";
import { formatNumber } from "../formats.js";
import { getPart } from "../http.js";
import { localise } from "../localise.js";
import { released } from "./pressing.js";
import { toast } from "../toast.js";

const PAUSE_MIN_MS = 1000;
const PAUSE_MAX_MS = 30_000;
/** A long list takes a while on a slow server; it is asked for again after this. */
const ANSWER_MAX_MS = 60_000;

let newest = 0;
const standing = new WeakMap();
/** @type {ReturnType<typeof toast> | null} */ let told = null;
/** @typedef {{ element: HTMLElement, again: () => void, isWished: boolean }} Waiting */
/**
 * The view that was chosen and could not be reached: for which element, what asks for it again, and whether that was
 * wished for since it was last asked.
 */
/** @type {Waiting | null} */ let waiting = null;

/**
 * Fetch `url`, or what is shown, as the part that stands in `element`; false when a newer call took its place or it
 * failed. Where nobody is reached it says so, and asks again when there is a connection.
 * @param {HTMLElement} element
 * @param {string | null} url
 * @returns {Promise<boolean>}
 */
export async function refresh(element, url = null) {
  if (url === null && waiting && waiting.element === element) {
    waiting.isWished = true;
    waiting.again(); // nobody is shown again what they wanted to leave
    return false;
  }
  const turn = ++newest;
  waiting = null;
  let isTold = false;
  for (let pauseMs = PAUSE_MIN_MS; ; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
    try {
      const asked = /** @type {Waiting | null} */ (waiting); // `connection` has put it there
      if (asked) asked.isWished = false;
      const isShown = await load(element, url ?? location.href, turn);
      if (turn !== newest) return isShown;
      if (asked?.isWished) continue; // something changed after the server had answered
      waiting = null;
      return isShown;
    } catch (problem) {
      if (turn !== newest) return false;
      const isTheirs = problem.status !== 401 && problem.status !== 409; // else the page says so by itself
      if (isTheirs && !isTold) outOfDate();
      isTold = true;
      if (problem.status !== 0) {
        waiting = null;
        return false;
      }
    } finally {
      if (turn === newest) element.removeAttribute("aria-busy");
    }
    await connection(pauseMs, url === null ? null : element);
    if (turn !== newest) return false;
  }
}

async function load(element, url, turn) {
  element.setAttribute("aria-busy", "true");
  const text = await getPart(url, { tries: 1, timeoutMs: ANSWER_MAX_MS });
  await released();
  if (turn !== newest) return false;
  if (standing.get(element) !== text) replace(element, text);
  standing.set(element, text);
  told?.close();
  told = null;
  return true;
}

function outOfDate() {
  told = toast("This page could not be refreshed, so it may be out of date.", {
    kind: "warning", key: "refresh", action: { label: "Reload", href: location.href },
  });
}

/** After a pause, or as soon as the browser has a network again; for a view of `element` also when it is refreshed. */
function connection(pauseMs, element) {
  return new Promise((resolve) => {
    const timer = navigator.onLine ? setTimeout(done, pauseMs) : 0;
    window.addEventListener("online", done);
    // Until the view is shown: others, too, look again when the network is back, and would show the one before.
    waiting = element && { element, again: done, isWished: false };
    function done() {
      clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve(undefined);
    }
  });
}

/** Show another view in place of this one, with its address; false when it is not shown. */
export async function visit(element, url, { replaceAddress = false } = {}) {
  if (!(await refresh(element, url))) return false;
  history[replaceAddress ? "replaceState" : "pushState"]({}, "", url);
  const total = element.querySelector("#list-state")?.dataset.total;
  if (total !== undefined) announce(`${formatNumber(Number(total))} shown`);
  return true;
}

function replace(element, text) {
  const focused = place(document.activeElement, element);
  const openMenu = menuPlace(element.querySelector("details[data-menu][open]"));
  fill(element, text);
  localise(element);
  if (openMenu) element.querySelector(openMenu)?.setAttribute("open", "");
  if (focused) element.querySelector(focused)?.focus({ preventScroll: true });
}

/** How to find the menu that is open again: it may be a row's. */
function menuPlace(menu) {
  if (!menu) return null;
  const row = rowPlace(menu);
  return row ? `${row} details[data-menu]` : `details[data-testid="${CSS.escape(menu.dataset.testid ?? "")}"]`;
}

function rowPlace(element) {
  const row = element.closest("[data-record-id], [data-list]");
  if (!row) return null;
  return row.dataset.recordId ? `[data-record-id="${row.dataset.recordId}"]` : `[data-list="${row.dataset.list}"]`;
}

/** How to find the focused element again once the part was replaced. */
function place(focused, element) {
  if (!focused || !element.contains(focused)) return null;
  if (focused.id) return `#${CSS.escape(focused.id)}`;
  if (focused.name && focused.value !== undefined) return `[name="${CSS.escape(focused.name)}"][value="${CSS.escape(focused.value)}"]`;
  const row = rowPlace(focused);
  return row && `${row} ${focused.matches("input") ? "input" : "summary"}`;
}
