// What is said when something does not reach the server, or is refused by it.

import { Problem } from "../http.js";
import { toast } from "../toast.js";

/** @import { Connection } from "./connection.js" */

export const UNCERTAIN = "We'll show whether it was saved when the connection is back.";

/** The list is none of theirs, or no more. @param {Problem} problem */
export const isListGone = (problem) => problem.code === "group_not_found";

const ENDED = new Set(["access_ended", "permission_needed", "group_not_found"]);

/** The right to the list is gone, or the list: what was meant for it is not taken, however often it is sent. */
/** @param {Problem} problem */
export const isRightEnded = (problem) => ENDED.has(problem.code);

/** What waits is kept for who signs in again; a guest's time is over. */
export const canComeBack = () => "signedIn" in document.body.dataset;

/**
 * Single ticks wait for the server; what is more than that is refused at once, and not done later unseen.
 * @param {Connection} connection @param {string} what
 */
export function reaches(connection, what) {
  if (connection.isHere) return true;
  const rest = connection.isTheirs ? `${what} needs the server; nothing was changed.` : "Nothing was changed.";
  toast(`${connection.why} ${rest}`, { kind: "warning", key: "bulk-offline" });
  return false;
}

/**
 * No answer came: it may have been done all the same, and the page looks again when the server is back.
 * @param {Connection} connection @param {Problem} problem
 */
export function isUncertain(connection, problem) {
  if (!problem.isUnreached) return false;
  connection.lost();
  return true;
}

/** As a sentence; what is no `Problem` is a fault of ours, and thrown on. @param {unknown} problem */
export function reason(problem) {
  if (!(problem instanceof Problem)) throw problem;
  return /[.!?]$/.test(problem.message) ? problem.message : `${problem.message}.`;
}
