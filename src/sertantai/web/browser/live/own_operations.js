// What this page did itself: told back to it, it is no news.

const KEPT_MAX = 500;

/** @type {Set<string>} */ const made = new Set();

/** @param {string | null | undefined} operation */
export function remember(operation) {
  if (!operation) return;
  made.add(operation);
  if (made.size > KEPT_MAX) made.delete(String(made.values().next().value));
}

/** How many of its operations this page does not know, or not yet. @param {{ op?: string, ops?: string[] }} told */
export function othersIn({ op, ops = op ? [op] : [] }) {
  return ops.filter((one) => !made.has(one)).length;
}

/** Whether nobody else, and no other page, has a part in it. @param {{ op?: string, ops?: string[] }} told */
export function isOwn({ op, ops = op ? [op] : [] }) {
  return ops.length > 0 && ops.every((one) => made.has(one));
}
