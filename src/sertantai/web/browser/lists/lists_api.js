// The calls of the pages of lists. Each is safe to send again; other tabs hear of what changed.

import { del, patch, post, put } from "../http.js";
import { undoPatiently } from "../ticking/kept_undos.js";
import { Tabs } from "../ticking/tabs.js";

const tabs = new Tabs(document.body.dataset.signedIn, () => undefined);
const base = (list) => `/api/v1/groups/${encodeURIComponent(list)}`;

/** The laws of a list changed: `answer` says its version and count by now. */
function told(list, answer) {
  tabs.tell({ list, version: answer.version, count: answer.count });
  return answer;
}

/** The list itself changed. */
/** @type {(list: string | null, answer?: any) => any} */
function toldOf(list, answer = null) {
  tabs.tell({ list });
  return answer;
}

const changing = async (list, sent) => told(list, (await sent).data);

// ------------------------------------------------------------------------------------------ lists

export async function makeList(fields) {
  const { data } = await post("/api/v1/groups", fields);
  return toldOf(data.id, data);
}

/** Of a live list: its filter decides about the law again. */
export const endException = async (list, record) => toldOf(list, (await del(`${base(list)}/exceptions/${record}`)).data);

export const changeList = async (list, fields) => toldOf(list, (await patch(base(list), fields)).data);
export const deleteList = async (list) => { toldOf(list, await del(base(list))); };
export const restoreList = async (list) => toldOf(list, (await post(`${base(list)}/restore`, {})).data);
export const orderLists = async (ids) => toldOf(null, (await post("/api/v1/groups/order", { group_ids: ids })).data);

// ------------------------------------------------------------------------------- what is in a list

/** `what` is `{ record_ids }`, `{ filter, expected_count }` or nothing with `clear_all`. */
export const operate = (list, action, what = {}) => changing(list, post(`${base(list)}/operations`, { action, ...what }));
export const undoIn = async (list, operation) => told(list, await undoPatiently(list, operation));
export const annotate = (list, record, changes) => changing(list, patch(`${base(list)}/records/${record}`, changes));

/** Put records, in this order, before or after another of the list (`{ before }`, `{ after }`), first with `{}`. */
export const placeRecords = (list, records, where) => changing(list, post(`${base(list)}/places`, { record_ids: records, ...where }));

/** Copy, or with `move` take along, records into another list: `{ copied, removed }`, each with an operation_id. */
export async function transfer(from, to, what, move) {
  const { data } = await post(`${base(from)}/transfers`, { to, move, ...what });
  told(to, data.copied);
  if (data.removed) told(from, data.removed);
  return data;
}

/** Sent again under the same key, it answers with what it did. */
export const importInto = (list, items, idempotencyKey) => changing(list, post(`${base(list)}/imports`, { items }, { timeoutMs: 60_000, idempotencyKey }));
export const markReviewed = (list, records) => changing(list, post(`${base(list)}/reviews`, { record_ids: records }));
export const restoreAt = (list, at) => changing(list, post(`${base(list)}/past/restore`, { at }));

/** Combine lists; with `save_as` or `save_into`, and no `preview`, the answer's `saved` is what came of it. */
export async function combine(body) {
  const { data } = await post("/api/v1/groups/combine", body);
  if (data.saved) told(data.saved.group, data.saved);
  return data;
}

// ------------------------------------------------------------------------------------ smart lists

/** `filter` null: it is a list like any other again. */
export const saveFilter = (list, filter, frozen) => changing(list, put(`${base(list)}/filter`, filter === null ? { filter } : { filter, frozen }));

/** Refused unless as many match newly, and no longer, as somebody was shown. */
export const acceptDrift = (list, fresh, gone) => changing(list, post(`${base(list)}/drift/accept`, { expected_new: fresh, expected_gone: gone }));
