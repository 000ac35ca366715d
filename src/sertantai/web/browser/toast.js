// Short notices in the corner, with an optional "Undo". They wait while somebody looks at them.

import { icon } from "./icons.js";

const DURATION_MS = 10_000;
const TOASTS_MAX = 4;
/** @type {Record<string, string>} */
const ICONS = { info: "info-circle", success: "circle-check", warning: "alert-triangle", danger: "alert-circle" };

const byKey = new Map();

/**
 * Show a notice; returns `{ element, close }`.
 *
 * undo: async function behind an "Undo" button; a rejected promise leaves the notice there to try again.
 * action: a link `{ label, href }`, or a button `{ label, run }`.
 * key: a later notice with the same key takes the place of the earlier one.
 * durationMs: 0 keeps it until it is closed.
 * @param {string} message
 * @param {{
 *   kind?: string, undo?: (() => unknown) | null, undoLabel?: string,
 *   action?: { label: string, href?: string, run?: () => unknown } | null, key?: string | null, durationMs?: number,
 * }} options
 * @returns {{ element: HTMLElement | null, close: () => void }}
 */
export function toast(message, options = {}) {
  const { kind = "info", undo = null, undoLabel = "Undo", action = null, key = null, durationMs = DURATION_MS } = options;
  const region = document.getElementById("toasts");
  if (!region) return { element: null, close() {} };
  if (key !== null) byKey.get(key)?.close();

  const element = build(message, kind);
  const shown = { element, close };
  const countdown = pausable(close, durationMs);

  function close() {
    if (byKey.get(key) === shown) byKey.delete(key);
    countdown.cancel();
    const hadFocus = element.contains(document.activeElement);
    const place = element.closest("dialog") ?? document.getElementById("content");
    element.remove();
    if (hadFocus) place?.focus({ preventScroll: true });
  }

  const actions = element.querySelector(".toast-actions");
  if (undo) actions.append(undoButton(undoLabel, undo, close));
  if (action) actions.append(action.run ? actionButton(action.label, action.run) : linkButton(action));
  actions.append(closeButton(close));

  for (const name of ["pointerenter", "focusin"]) element.addEventListener(name, countdown.pause);
  for (const name of ["pointerleave", "focusout"]) {
    element.addEventListener(name, () => {
      if (!element.matches(":hover") && !element.contains(document.activeElement)) countdown.resume();
    });
  }
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { event.stopPropagation(); close(); }
  });

  if (key !== null) byKey.set(key, shown);
  region.append(element);
  while (region.children.length > TOASTS_MAX) region.firstElementChild?.remove();
  countdown.resume();
  return shown;
}

/** @param {string} message @param {string} kind */
function build(message, kind) {
  const element = document.createElement("div");
  element.className = `notice-toast is-${kind}`;
  element.dataset.testid = "toast";
  const text = document.createElement("p");
  text.textContent = message;
  const actions = document.createElement("div");
  actions.className = "toast-actions";
  element.append(icon(ICONS[kind] ?? ICONS.info), text, actions);
  return element;
}

/** @param {string} label @param {() => unknown} undo @param {() => void} close */
function undoButton(label, undo, close) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm toast-undo";
  button.dataset.testid = "undo";
  button.append(icon("arrow-back-up"), label);
  button.addEventListener("click", async () => {
    button.setAttribute("aria-busy", "true");
    try {
      await undo();
      close();
    } catch {
      // Whoever offered the undo says what failed; the button stays for another try.
      button.removeAttribute("aria-busy");
    }
  });
  return button;
}

/** @param {string} label @param {() => unknown} run */
function actionButton(label, run) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm toast-undo";
  button.textContent = label;
  button.addEventListener("click", run);
  return button;
}

/** @param {{ label: string, href?: string }} action */
function linkButton({ label, href = "" }) {
  const link = document.createElement("a");
  link.className = "btn btn-sm toast-undo";
  link.href = href;
  link.textContent = label;
  return link;
}

/** @param {() => void} close */
function closeButton(close) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-icon btn-sm toast-close";
  button.setAttribute("aria-label", "Close this notice");
  button.append(icon("x"));
  button.addEventListener("click", close);
  return button;
}

/** A countdown that can stand still, also while the tab is in the background. @param {() => void} done @param {number} durationMs */
function pausable(done, durationMs) {
  let left = durationMs;
  /** @type {number | null} */
  let startedAt = null;
  let timer = 0;

  function pause() {
    if (startedAt === null) return;
    clearTimeout(timer);
    left -= performance.now() - startedAt;
    startedAt = null;
  }
  function resume() {
    if (durationMs === 0 || startedAt !== null || document.hidden) return;
    startedAt = performance.now();
    timer = setTimeout(done, Math.max(left, 1000));
  }
  function follow() {
    if (document.hidden) pause();
    else resume();
  }
  function cancel() {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", follow);
  }
  document.addEventListener("visibilitychange", follow);
  return { pause, resume, cancel };
}
