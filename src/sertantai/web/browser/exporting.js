// Files of laws: made while a notice counts and offers to stop, then handed to the browser to save.
// Without a script the same links are plain downloads.

import { announce } from "./announce.js";
import { formatNumber } from "./formats.js";
import { handFile } from "./hand_file.js";
import { Problem, fetchFile, get } from "./http.js";
import { address } from "./query.js";
import { toast } from "./toast.js";

const SHOW_MS = 400;
const LOOK_MS = 600;

let running = 0;

/**
 * Every `a[data-export]` within root; `href(link)` is the address at the time of the click.
 * @param {HTMLElement} root @param {(link: Found) => string} href
 */
export function wireExports(root, href = (link) => link.href) {
  root.addEventListener("click", (event) => {
    const link = event.target?.closest?.("a[data-export]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    link.closest("details[open]")?.removeAttribute("open");
    void save(href(link), link.dataset.export);
  });
}

/** @param {string} href @param {string} kind */
async function save(href, kind) {
  const key = crypto.getRandomValues(new Uint32Array(4)).join("-");
  const stop = new AbortController();
  const notice = countedNotice(kind, () => stop.abort());
  const looking = setInterval(() => void look(key, notice), LOOK_MS);
  running += 1;
  try {
    const { blob, name } = await fetchFile(address(href, [["progress", key]]), { signal: stop.signal });
    handFile(blob, name);
    notice.close();
    announce(`${name} has been downloaded`);
  } catch (problem) {
    notice.close();
    if (stop.signal.aborted) toast("The export was stopped.", { key: "export" });
    else if (problem instanceof Problem) toast(problem.message, { kind: "danger", key: "export" });
    else throw problem;
  } finally {
    clearInterval(looking);
    running -= 1;
  }
}

/** @param {string} key @param {ReturnType<typeof countedNotice>} notice */
async function look(key, notice) {
  try {
    const { data } = await get(`/api/v1/exports/${key}`, { tries: 1 });
    if (data.running) notice.count(data.rows, data.total);
  } catch (problem) {
    // How the export goes is seen by the file itself.
    if (!(problem instanceof Problem)) throw problem;
  }
}

/** @param {string} kind @param {() => void} cancel */
function countedNotice(kind, cancel) {
  /** @type {ReturnType<typeof toast> | null} */ let shown = null;
  const bar = document.createElement("progress");
  bar.className = "toast-progress";
  bar.setAttribute("aria-label", "Laws exported");
  const timer = setTimeout(() => {
    shown = toast(`Creating the ${kind} file…`, { key: "export", durationMs: 0, action: { label: "Stop", run: cancel } });
    shown.element?.append(bar);
    announce(`Creating the ${kind} file`);
  }, SHOW_MS);
  return {
    close() { clearTimeout(timer); shown?.close(); },
    /** @param {number} rows @param {number} total */
    count(rows, total) {
      const text = shown?.element?.querySelector("p");
      if (!text) return;
      bar.max = total;
      bar.value = rows;
      text.textContent = rows < total
        ? `Creating the ${kind} file: ${formatNumber(rows)} of ${formatNumber(total)} laws.`
        : `Creating the ${kind} file: finishing the file…`;
    },
  };
}

window.addEventListener("beforeunload", (event) => {
  if (running) event.preventDefault();
});
