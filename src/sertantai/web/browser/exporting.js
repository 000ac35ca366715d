// Files of laws: made while a notice counts and offers to stop, then handed to the browser to save.
// Without a script the same links are plain downloads.

import { announce } from "./announce.js";
import { formatNumber } from "./formats.js";
import { handFile } from "./hand_file.js";
import { Problem, fetchFile, get } from "./http.js";
import { behind, wireExportNote } from "./live/export_note.js";
import { works } from "./live/work.js";
import { address } from "./query.js";
import { toast } from "./toast.js";

const SHOW_MS = 400;
const LOOK_MS = 600;
/** The server may tell of the end a moment after the file is here. */
const TOLD_WITHIN_MS = 10_000;

let running = 0;
/** Those that this tab makes. @type {Set<string>} */ const own = new Set();

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
  wireExportNote((id) => own.has(id));
}

/** @param {string} href @param {string} kind */
async function save(href, kind) {
  const key = crypto.getRandomValues(new Uint32Array(4)).join("-");
  const stop = new AbortController();
  const notice = countedNotice(kind, () => stop.abort());
  // Where the server tells how far it is, nobody asks; short ones it does not tell of.
  let isTold = false;
  const looking = setInterval(() => { if (!isTold) void look(key, notice); }, LOOK_MS);
  const hear = (/** @type {any} */ { detail: work }) => {
    if (work === null) isTold = false; // the connection is lost
    else if (work.id === key) {
      isTold = true;
      if (work.state === "waiting") notice.wait(`${behind(work)}.`);
      else if (work.state === "running") notice.count(work.done ?? 0, work.of ?? 0);
    }
  };
  works.addEventListener("work", hear);
  own.add(key);
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
    works.removeEventListener("work", hear);
    running -= 1;
    setTimeout(() => own.delete(key), TOLD_WITHIN_MS);
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

/** @param {string} sentence */
const spoken = (sentence) => sentence.replace(/[.…]$/, "");

/** @param {string} kind @param {() => void} cancel */
function countedNotice(kind, cancel) {
  /** @type {ReturnType<typeof toast> | null} */ let shown = null;
  const creating = `Creating the ${kind} file…`;
  /** What it says. */ let text = creating;
  const bar = document.createElement("progress");
  bar.className = "toast-progress";
  bar.setAttribute("aria-label", "Laws exported");
  const timer = setTimeout(() => {
    shown = toast(text, { key: "export", durationMs: 0, action: { label: "Stop", run: cancel } });
    shown.element?.append(bar);
    announce(spoken(text));
  }, SHOW_MS);
  return {
    close() { clearTimeout(timer); shown?.close(); },
    /** It is not its turn yet. @param {string} words */
    wait(words) {
      if (shown && text === creating) announce(spoken(words));
      say(words);
    },
    /** @param {number} rows @param {number} total 0: not known yet */
    count(rows, total) {
      bar.max = total || 1;
      bar.value = rows;
      if (!total) say(creating);
      else say(rows < total
        ? `Creating the ${kind} file: ${formatNumber(rows)} of ${formatNumber(total)} laws.`
        : `Creating the ${kind} file: finishing the file…`);
    },
  };

  /** @param {string} words */
  function say(words) {
    text = words;
    const place = shown?.element?.querySelector("p");
    if (place) place.textContent = words;
  }
}

window.addEventListener("beforeunload", (event) => {
  if (running) event.preventDefault();
});
