// Every browser is a witness: it remembers the largest head of the sealed history that it saw, and asks on a later
// visit for the proof that the history still begins with it (RFC 6962). A history that was put back from before, or
// written anew, meets the first page that opens.

import { inBrowser } from "./kept.js";

const ASK_AFTER_MS = 10_000;
const ASK_EVERY_MS = 3_600_000;
const HEAD = "trail.head";
const ASKED = "trail.asked";
const FAULT = "trail.fault";
const SHORTER = "The server's history is shorter than this browser has seen it. It may have been reset to an earlier day.";
const OTHER = "The server's history is not the one that this browser has seen before. It may have been changed.";

/** @typedef {{ origin: string, size: number, root: string }} Head  ``root`` in hex. */
/** @typedef {{ first_root: string, second: number, second_root: string, proof: string[] }} Consistency */

/** The head that a checkpoint states; null: it is none. @param {string} note @returns {Head | null} */
export function headOf(note) {
  const [origin = "", size = "", root = ""] = note.split("\n");
  if (!origin || !/^\d{1,15}$/.test(size) || !/^[A-Za-z0-9+/]{43}=$/.test(root)) return null;
  return { origin, size: Number(size), root: hex(Uint8Array.from(atob(root), (letter) => letter.charCodeAt(0))) };
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} left @param {string} right both in hex */
async function node(left, right) {
  const bytes = Uint8Array.from([1, ...`${left}${right}`.match(/../g)?.map((pair) => Number.parseInt(pair, 16)) ?? []]);
  return hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

/**
 * Whether the history of `first` entries is the beginning of that of `second` (RFC 9162, 2.1.4.2).
 * @param {number} first @param {number} second @param {string} firstRoot @param {string} secondRoot
 * @param {string[]} proof
 */
export async function grewFrom(first, second, firstRoot, secondRoot, proof) {
  if (!(first > 0 && first <= second) || proof.some((one) => !/^[0-9a-f]{64}$/.test(one))) return false;
  if (first === second) return proof.length === 0 && firstRoot === secondRoot;
  const isFull = Number.isInteger(Math.log2(first));
  const path = isFull ? [firstRoot, ...proof] : [...proof];
  const begin = path.shift();
  if (begin === undefined) return false;
  let [at, last] = [first - 1, second - 1];
  while (at % 2 === 1) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  let [old, now] = [begin, begin];
  for (const one of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      old = await node(one, old);
      now = await node(one, now);
      while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)];
    } else {
      now = await node(now, one);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  return last === 0 && old === firstRoot && now === secondRoot;
}

/**
 * What is wrong with `now` for who has seen `before`; null: nothing. Another origin is another history, which was
 * begun in words.
 * @param {Head | null} before @param {Head} now @param {(first: number) => Promise<Consistency>} proofFrom
 */
export async function faultOf(before, now, proofFrom) {
  if (before === null || before.origin !== now.origin) return null;
  if (now.size < before.size) return SHORTER;
  if (now.size === before.size) return now.root === before.root ? null : OTHER;
  const { second, second_root: secondRoot, proof } = await proofFrom(before.size);
  const isSame = second >= now.size && (await grewFrom(before.size, second, before.root, secondRoot, proof));
  return isSame ? null : OTHER;
}

/** Ask the server now, and remember; shows what is wrong. */
export async function askTrail() {
  const answer = await fetch("/trail/checkpoint", { credentials: "same-origin" });
  const now = answer.ok ? headOf(await answer.text()) : null;
  if (now === null) return;
  const fault = await faultOf(inBrowser.read(HEAD), now, async (first) => {
    const proof = await fetch(`/api/v1/trail/consistency/${first}`, { credentials: "same-origin" });
    if (!proof.ok) throw new Error(`no proof: ${proof.status}`);
    return proof.json();
  });
  inBrowser.write(ASKED, Date.now());
  if (fault === null) {
    inBrowser.write(HEAD, now);
    inBrowser.drop(FAULT);
  } else {
    inBrowser.write(FAULT, fault);
  }
  show();
}

function show() {
  const fault = inBrowser.read(FAULT);
  const place = document.getElementById("banner");
  if (!place || typeof fault !== "string") return;
  const banner = document.createElement("div");
  banner.className = "page-banner is-danger";
  banner.dataset.testid = "trail-fault";
  const inside = document.createElement("div");
  inside.className = "container-xl";
  inside.append(`${fault} Tell your administrators, and do not clear this browser's data.`);
  banner.append(inside);
  place.replaceChildren(banner);
}

/** On pages of somebody who is signed in, where the browser can compute hashes. */
export function wireTrailMemory() {
  if (!document.body.dataset.signedIn || !globalThis.crypto?.subtle) return;
  show();
  if (Date.now() - (inBrowser.read(ASKED) ?? 0) < ASK_EVERY_MS) return;
  setTimeout(() => {
    askTrail().catch(() => {
      // It cannot be reached now: the next page asks again.
    });
  }, ASK_AFTER_MS);
}
