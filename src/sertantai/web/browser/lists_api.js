// The calls that change lists and what is in them. Each is safe to send again; other tabs hear of what changed.

import { Problem, del, patch, post, put } from "./http.js";
import { saying } from "./lists/why.js";
import { remember } from "./live/own_operations.js";
import { address } from "./query.js";
import { tabs } from "./tabs.js";
import { undoPatiently } from "./ticking/kept_undos.js";

/** @import { Combined, Combining, Done, ImportPart, LawFilter, List, ListFields, Said, Where, Which } from "./domain.js" */
/** @import { Answer } from "./http.js" */

/** @param {string} list */
const base = (list) => `/api/v1/groups/${encodeURIComponent(list)}`;

/** The laws of a list changed: `answer` says its version and count by now. @param {string} list @param {Done} answer */
function told(list, answer) {
  remember(answer.operation_id);
  tabs.tell({ list, version: answer.version, count: answer.count });
  return answer;
}

/** The list itself changed. @template T @param {string | null} list @param {T} answer */
function toldOf(list, answer) {
  tabs.tell({ list });
  return answer;
}

/** @param {string} list @param {Promise<Answer>} sent */
const changing = async (list, sent) => told(list, (await sent).data);

// ------------------------------------------------------------------------------------------ lists

/** @param {ListFields} fields @returns {Promise<List>} */
export async function makeList(fields) {
  const { data } = await post("/api/v1/groups", fields);
  return toldOf(data.id, data);
}

/** Of a live list: its filter decides about the law again. @param {string} list @param {string} record */
export const endException = async (list, record) => toldOf(list, (await del(`${base(list)}/exceptions/${record}`)).data);

/** @param {string} list @param {ListFields} fields */
export const changeList = async (list, fields) => toldOf(list, (await patch(base(list), fields)).data);
/** @param {string} list */
export const deleteList = async (list) => { toldOf(list, await saying(undefined, (said) => del(because(base(list), said)))); };
/** @param {string} list @returns {Promise<List>} */
export const restoreList = async (list) => toldOf(list, (await post(`${base(list)}/restore`, {})).data);
/** @param {string[]} ids */
export const orderLists = async (ids) => toldOf(null, (await post("/api/v1/groups/order", { group_ids: ids })).data);

/** What is removed with DELETE says why in its address. @param {string} path @param {{ reason?: string }} said */
const because = (path, { reason }) => (reason ? address(path, [["reason", reason]]) : path);

// ---------------------------------------------------------------------------------------- ticks

/** @param {boolean} value */
const action = (value) => (value ? "bulk_select" : "bulk_deselect");

/**
 * In a list that others work in, too, much is taken away only by who says which version of it they see: asked for
 * that (428), `send` is called again with it.
 * @param {number | null} seen @param {(headers?: Record<string, string>) => Promise<Answer>} send
 */
async function seeing(seen, send) {
  try {
    return await send();
  } catch (problem) {
    if (seen === null || !(problem instanceof Problem) || problem.status !== 428) throw problem;
    return send({ "If-Unmodified-Since-Version": String(seen) });
  }
}

/**
 * `what` is `{ record_ids }`, `{ filter, expected_count }`, or `{ expected_count }` with `clear_all`; `seen` the version
 * that is shown.
 * @param {string} list @param {string} named @param {object} [what] @param {number | null} [seen]
 */
export const operate = (list, named, what = {}, seen = null) => changing(list, removing(named, (said) => seeing(seen, (headers) => post(`${base(list)}/operations`, { action: named, ...what, ...said }, { headers }))));

/** @param {string} named @param {(said: { reason?: string }) => Promise<Answer>} send */
const removing = (named, send) => (named === "bulk_select" ? send({}) : saying(undefined, send));

/**
 * Tick or untick one record; `{ changed, version, count, operation_id }`, as the others do. `reason`: why it goes; null:
 * nobody has said so, and nobody is asked unless the server asks.
 * @param {string} list @param {string} record @param {boolean} value @param {string | null} [reason]
 */
export async function setTick(list, record, value, reason = null) {
  const path = `${base(list)}/records/${record}`;
  const { data } = value ? await put(path, undefined) : await saying(reason, (said) => del(because(path, said)));
  remember(data.operation_id);
  tabs.tell({ list, version: data.version, count: data.count, ids: [record], value });
  return data;
}

/** @param {string} list @param {string} record @param {string} operation what unticked it, and is taken back */
export async function tickAgain(list, record, operation) {
  const { data } = await post(`${base(list)}/undo`, { operation_id: operation });
  remember(data.operation_id);
  tabs.tell({ list, version: data.version, count: data.count, ids: [record], value: true });
  return data;
}

/** @param {string} list @param {string[]} records @param {boolean} value @param {number} seen */
export const setTicks = (list, records, value, seen) => operate(list, action(value), { record_ids: records }, seen);

/** What matches a filter; refused (`count_changed`) unless it is `expected` records. */
/** @param {string} list @param {LawFilter | null} filter @param {number} expected @param {boolean} value @param {number} seen */
export const setMatching = (list, filter, expected, value, seen) => operate(list, action(value), { filter, expected_count: expected }, seen);

/**
 * From one record to another in the order of a view, pages that were never loaded included.
 * @param {string} list @param {{ from: string, to: string, filter: LawFilter, sort: string }} range @param {boolean} value
 * @param {number} seen
 */
export const setRange = (list, { from, to, filter, sort }, value, seen) => changing(list, removing(action(value), (said) => seeing(seen, (headers) => post(`${base(list)}/ranges`, { action: action(value), from, to, filter, sort, ...said }, { headers }))));

/** Refused (`count_changed`) unless it has `expected` laws. @param {string} list @param {number} expected @param {number | null} [seen] */
export const clearList = (list, expected, seen = null) => operate(list, "clear_all", { expected_count: expected }, seen);

/**
 * Undo a change, however long the database must be waited for; undoing an undo is a redo.
 * @param {string} list @param {string} operation @param {{ later?: () => void }} [waiting]
 */
export const undoIn = async (list, operation, waiting) => told(list, await undoPatiently(list, operation, waiting));

// ------------------------------------------------------------------------------- what is in a list

/** @param {string} list @param {string} record @param {object} changes */
export const annotate = (list, record, changes) => changing(list, patch(`${base(list)}/records/${record}`, changes));

/**
 * Who answers for laws, and when each is reviewed.
 * @param {string} list @param {Which} which @param {Said} said
 */
export const assign = (list, which, said) => changing(list, patch(`${base(list)}/records`, { ...which, ...said }));

/** Put records, in this order, before or after another of the list (`{ before }`, `{ after }`), first with `{}`. */
/** @param {string} list @param {string[]} records @param {Where} where */
export const placeRecords = (list, records, where) => changing(list, post(`${base(list)}/places`, { record_ids: records, ...where }));

/** Copy, or with `move` take along, records into another list: `{ copied, removed }`, each with an operation_id. */
/** @param {string} from @param {string} to @param {Which} what @param {boolean} move @param {number | null} [seen] */
export async function transfer(from, to, what, move, seen = null) {
  /** @param {{ reason?: string }} said */
  const send = (said) => seeing(seen, (headers) => post(`${base(from)}/transfers`, { to, move, ...what, ...said }, { headers }));
  const { data } = await (move ? saying(undefined, send) : send({}));
  told(to, data.copied);
  if (data.removed) told(from, data.removed);
  return data;
}

/** Sent again under the same key, it answers with what it did. @param {string} list @param {ImportPart} part @param {string} idempotencyKey */
export const importInto = (list, part, idempotencyKey) => changing(list, post(`${base(list)}/imports`, part, { timeoutMs: 60_000, idempotencyKey }));
/** What was imported stays. @param {string} list @param {string} id */
export const removeImport = (list, id) => del(`${base(list)}/imports/${id}`);
/** @param {string} list @param {string[]} records */
export const markReviewed = (list, records) => changing(list, post(`${base(list)}/reviews`, { record_ids: records }));
/** @param {string} list @param {string} at */
export const restoreAt = (list, at) => changing(list, saying(null, (said) => post(`${base(list)}/past/restore`, { at, ...said })));

/** Combine lists; with `save_as` or `save_into`, and no `preview`, the answer's `saved` is what came of it. @param {Combining} body @returns {Promise<Combined>} */
export async function combine(body) {
  const { data } = await saying(null, (said) => post("/api/v1/groups/combine", { ...body, ...said }));
  if (data.saved) told(data.saved.group, data.saved);
  return data;
}

// ------------------------------------------------------------------------------------ smart lists

/** `filter` null: it is a list like any other again. @param {string} list @param {LawFilter | null} filter @param {boolean} frozen */
export const saveFilter = (list, filter, frozen) => changing(list, put(`${base(list)}/filter`, filter === null ? { filter } : { filter, frozen }));

/** Refused unless as many match newly, and no longer, as somebody was shown. @param {string} list @param {number} fresh @param {number} gone */
export const acceptDrift = (list, fresh, gone) => changing(list, post(`${base(list)}/drift/accept`, { expected_new: fresh, expected_gone: gone }));
