// The calls that change a list. Each is safe to send again.

import { del, post, put } from "../http.js";

const base = (list) => `/api/v1/groups/${encodeURIComponent(list)}`;

/** Tick or untick one record; `{ changed, version, count, operation_id }`. */
export async function setTick(list, record, value) {
  const path = `${base(list)}/records/${record}`;
  return (value ? await put(path, undefined) : await del(path)).data;
}

/** Tick or untick records by their ids. */
export async function setTicks(list, records, value) {
  return (await post(`${base(list)}/operations`, { action: action(value), record_ids: records })).data;
}

/** Tick or untick what matches a filter; refused (`count_changed`) unless it is `expectedCount` records. */
export async function setMatching(list, filter, expectedCount, value) {
  return (await post(`${base(list)}/operations`, { action: action(value), filter, expected_count: expectedCount })).data;
}

/** Tick or untick from one record to another in the order of a view, pages that were never loaded included. */
export async function setRange(list, { from, to, filter, sort }, value) {
  return (await post(`${base(list)}/ranges`, { action: action(value), from, to, filter, sort })).data;
}

export async function clearList(list) {
  return (await post(`${base(list)}/operations`, { action: "clear_all" })).data;
}

/** Undo a change; undoing an undo is a redo. `{ operation_id, undone, changed, version, count }`. */
export async function undoOperation(list, operation) {
  return (await post(`${base(list)}/undo`, { operation_id: operation })).data;
}

const action = (value) => (value ? "bulk_select" : "bulk_deselect");
