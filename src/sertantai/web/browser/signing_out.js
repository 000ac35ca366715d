// Signing out takes along what this browser keeps of somebody: names of views, what can be undone, and notes and
// ticks that could not be sent. What would be lost by it is asked about first.

import { confirmDialog } from "./dialog.js";
import { Problem } from "./http.js";
import { countImports, dropImports } from "./importing/draft.js";
import { inBrowser, inTab } from "./kept.js";
import { countDrafts, dropDrafts } from "./notes/drafts.js";
import { KEPT_UNDOS } from "./ticking/kept_undos.js";
import { setTick } from "./lists_api.js";
import { setAside } from "./ticking/lost_list.js";
import { dropNotTaken, notTaken } from "./ticking/not_taken.js";
import { isRightEnded } from "./ticking/reaching.js";
import { countUnsent, dropUnsent, sendLeftBehind } from "./ticking/outbox.js";
import { UNDO_KEY } from "./ticking/undo_stack.js";

/** @import { Tick } from "./ticking/outbox.js" */

const FORM = 'form[action="/sign-out"]';
const VIEWS = "sertantai.views.";
const VIEWS_OF_NOBODY = `${VIEWS}here`;
const ON_THEIR_WAY_MS = 3000;
const LOOK_MS = 50;

export function wireSignOut() {
  const user = document.body.dataset.signedIn;
  document.addEventListener("submit", (event) => {
    if (!/** @type {Found} */ (event.target).matches(FORM)) return;
    if (!user || unsent(user).length === 0) {
      forget(user);
      return;
    }
    event.preventDefault();
    void leave(/** @type {Found} */ (event.target), user);
  });
}

/** @param {Found} form @param {string} user */
async function leave(form, user) {
  await answered(user);
  const lost = unsent(user);
  const question = {
    title: "Sign out and lose what is not saved?",
    text: `${lost.join(" and ")} could not be saved yet. Stay signed in to save them; signing out deletes them from this browser.`,
    confirmLabel: "Sign out",
    cancelLabel: "Stay signed in",
    danger: true,
  };
  if (lost.length && !(await confirmDialog(question))) return;
  forget(user);
  form.submit();
}

/** Ticks that are only on their way are not lost, and what a page has left behind is sent now. @param {string} user */
async function answered(user) {
  const until = Date.now() + ON_THEIR_WAY_MS;
  await sendLeftBehind(user, isDone);
  while (countUnsent(user) > 0 && Date.now() < until) await new Promise((done) => setTimeout(done, LOOK_MS));
}

/** Done, or refused for good. @param {Tick} tick */
async function isDone(tick) {
  const { list, record, value, reason } = tick;
  try {
    await setTick(String(list), record, value, reason ?? null);
    return true;
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    if (isRightEnded(problem)) setAside(document.body.dataset.signedIn, tick, "");
    return !problem.isPassing && !problem.isNotTheirs;
  }
}

/** @param {string} user */
function unsent(user) {
  /** @type {[number, string, string][]} */
  const counted = [[countDrafts(user), "note", "notes"], [countUnsent(user) + notTaken(user).length, "tick", "ticks"], [countImports(user), "import", "imports"]];
  return counted.filter(([count]) => count > 0).map(([count, one, many]) => `${count} ${count === 1 ? one : many}`);
}

/** @param {string | undefined} user */
function forget(user) {
  document.dispatchEvent(new CustomEvent("sertantai:forget"));
  for (const key of inBrowser.keys(VIEWS)) if (key !== VIEWS_OF_NOBODY) inBrowser.drop(key);
  for (const key of [...inTab.keys(UNDO_KEY), ...inTab.keys(KEPT_UNDOS)]) inTab.drop(key);
  if (!user) return;
  dropDrafts(user);
  dropImports(user);
  dropUnsent(user);
  dropNotTaken(user);
}
