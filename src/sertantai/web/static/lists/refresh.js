// A part of the page from the server: after a change, and when a filter or a page is chosen.

import { announce } from "../announce.js";
import { formatNumber } from "../formats.js";
import { fetchOurs } from "../http.js";
import { showLocalTimes } from "../local_time.js";
import { toast } from "../toast.js";

let newest = 0;
const standing = new WeakMap();

/** Fetch `url` as the part that stands in `element`; false when a newer call took its place or it failed. */
export async function refresh(element, url = location.href) {
  const turn = ++newest;
  element.setAttribute("aria-busy", "true");
  try {
    const response = await fetchOurs(url, { headers: { "HX-Request": "true" } });
    if (turn !== newest || response.status === 401 || response.status === 409) return false;
    if (!response.ok) throw new Error(String(response.status));
    const text = await response.text();
    if (turn !== newest) return false;
    if (standing.get(element) !== text) replace(element, text);
    standing.set(element, text);
    return true;
  } catch {
    if (turn === newest) {
      toast("This page could not be refreshed, so it may be out of date.", {
        kind: "warning", key: "refresh", action: { label: "Reload", href: location.href },
      });
    }
    return false;
  } finally {
    if (turn === newest) element.removeAttribute("aria-busy");
  }
}

/** Show another view in place of this one, with its address. */
export async function visit(element, url, { replaceAddress = false } = {}) {
  if (!(await refresh(element, url))) return;
  history[replaceAddress ? "replaceState" : "pushState"]({}, "", url);
  const total = element.querySelector("#list-state")?.dataset.total;
  if (total !== undefined) announce(`${formatNumber(Number(total))} shown`);
}

function replace(element, text) {
  const focused = place(document.activeElement, element);
  const openMenu = menuPlace(element.querySelector("details[data-menu][open]"));
  element.innerHTML = text;
  showLocalTimes(element);
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
