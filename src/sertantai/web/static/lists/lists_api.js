// The calls of the pages of lists. Each is safe to send again.

import { del, patch, post } from "../http.js";

const base = (list) => `/api/v1/groups/${encodeURIComponent(list)}`;

export const makeList = async (fields) => (await post("/api/v1/groups", fields)).data;
export const changeList = async (list, fields) => (await patch(base(list), fields)).data;
export const deleteList = async (list) => { await del(base(list)); };
export const restoreList = async (list) => (await post(`${base(list)}/restore`, {})).data;
export const orderLists = async (ids) => (await post("/api/v1/groups/order", { group_ids: ids })).data;

/** `what` is `{ record_ids }`, `{ filter, expected_count }` or nothing with `clear_all`. */
export const operate = async (list, action, what = {}) => (await post(`${base(list)}/operations`, { action, ...what })).data;
export const undoIn = async (list, operation) => (await post(`${base(list)}/undo`, { operation_id: operation })).data;
export const annotate = async (list, record, changes) => (await patch(`${base(list)}/records/${record}`, changes)).data;

/** Put records, in this order, before or after another of the list (`{ before }`, `{ after }`), first with `{}`. */
export const placeRecords = async (list, records, where) => (await post(`${base(list)}/places`, { record_ids: records, ...where })).data;

/** Copy, or with `move` take along, records into another list: `{ copied, removed }`, each with an operation_id. */
export const transfer = async (from, to, what, move) => (await post(`${base(from)}/transfers`, { to, move, ...what })).data;

/** Refused unless as many match newly, and no longer, as somebody was shown. */
export const acceptDrift = async (list, fresh, gone) => (await post(`${base(list)}/drift/accept`, { expected_new: fresh, expected_gone: gone })).data;
