// Undos that wait for the database. What an old operation changed stands there only; while it is away an undo is
// kept, in this tab's session too, and sent again under the same key until it is done.

import { Problem, post, randomKey } from "../http.js";
import { inTab } from "../kept.js";
import { toast } from "../toast.js";

/** @import { Done } from "../domain.js" */

export const KEPT_UNDOS = "sertantai.kept-undos.";
const KEPT = KEPT_UNDOS + (document.body.dataset.signedIn ?? document.body.dataset.guest ?? "");
const WAITING = "Waiting for the database. Your undo is kept and will be done.";
const TOAST = "kept-undos";
const PAUSE_MIN_MS = 1_000;
const PAUSE_MAX_MS = 15_000;
/** What the server says while it has to wait for the database; the last one: perhaps it was done already. */
const DATABASE_AWAY = new Set(["unavailable", "database_unavailable", "database_busy", "outcome_unknown"]);

const GONE = new Set([403, 404]); // the list is

/** Which operation is undone, and the key under which it is asked. @typedef {{ list: string, operation: string, key: string }} KeptUndo */

/** @type {KeptUndo[]} */
let waiting = inTab.read(KEPT) ?? [];
/** @type {ReturnType<typeof toast> | null} */ let notice = null;

/** Undo a change; undoing an undo is a redo. `{ operation_id, undone, changed, version, count }`.
 *
 * later: called if the database must be waited for; the answer comes all the same, however late. Throws `Problem`.
 * @param {string} list @param {string} operation @param {{ later?: () => void }} [waiting]
 */
export async function undoPatiently(list, operation, { later = () => undefined } = {}) {
  const asked = { list, operation, key: randomKey() };
  try {
    return await sendUntilRefused(asked);
  } catch (problem) {
    if (!mustWait(problem)) throw problem;
  }
  later();
  waiting.push(asked);
  write();
  return insist(asked);
}

/** Nobody waits unseen for a database that is away; for anything else that passes, as ever. @param {KeptUndo} asked */
async function sendUntilRefused(asked) {
  try {
    return await send(asked, 1);
  } catch (problem) {
    if (mustWait(problem) || !isPassing(problem)) throw problem;
  }
  return send(asked);
}

/** What an earlier page of this tab left waiting; `done(list, answer)` is called for each that is done. */
/** @param {(list: string, answer: Done) => void} done */
export function resumeUndos(done) {
  for (const asked of waiting) {
    void insist(asked).then(
      (answer) => done(asked.list, answer),
      (problem) => {
        if (!(problem instanceof Problem)) throw problem;
        if (!problem.isNotTheirs && !GONE.has(problem.status)) toast(problem.message, { kind: "danger", key: "undo" });
      },
    );
  }
}

/** @param {KeptUndo} asked */
async function insist(asked) {
  show();
  /** @type {Problem | null} */
  let problem = null;
  try {
    for (let pauseMs = PAUSE_MIN_MS; ; pauseMs = Math.min(pauseMs * 1.5, PAUSE_MAX_MS)) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      try {
        return await send(asked, 1);
      } catch (refused) {
        problem = refused;
        if (!isPassing(refused)) throw refused;
      }
    }
  } finally {
    waiting = waiting.filter((other) => other !== asked);
    if (!problem?.isNotTheirs) write(); // else it is kept until somebody is back
    show();
  }
}

/** @param {KeptUndo} asked @param {number} [tries] */
async function send({ list, operation, key }, tries) {
  const path = `/api/v1/groups/${encodeURIComponent(list)}/undo`;
  return (await post(path, { operation_id: operation }, { tries, idempotencyKey: key })).data;
}

/** @param {Problem} problem */
const isPassing = (problem) => problem instanceof Problem && problem.isPassing;

/** @param {Problem} problem */
function mustWait(problem) {
  return problem instanceof Problem && problem.status === 503 && DATABASE_AWAY.has(problem.code);
}

/** One notice for all that wait; it goes when nothing does. */
function show() {
  if (!waiting.length) {
    notice?.close();
    notice = null;
  } else if (!notice?.element?.isConnected) {
    notice = toast(WAITING, { kind: "warning", key: TOAST, durationMs: 0 });
  }
}

function write() {
  if (waiting.length) inTab.write(KEPT, waiting);
  else inTab.drop(KEPT);
}
