// What stands in for a browser's storage, so that its tabs and its reloads can be played through.

import { Kept } from "../../../../src/sertantai/web/browser/kept.js";

/** A storage with `room` for so many values; `forbidden`: nobody may even look at it. */
export function storage({ room = Infinity, forbidden = false } = {}) {
  const values = new Map();
  return new Kept(() => {
    if (forbidden) throw new DOMException("The operation is insecure.", "SecurityError");
    return {
      get length() { return values.size; },
      key: (at) => [...values.keys()][at] ?? null,
      getItem: (key) => values.get(key) ?? null,
      removeItem: (key) => void values.delete(key),
      setItem: (key, value) => {
        if (!values.has(key) && values.size >= room) throw new DOMException("Full.", "QuotaExceededError");
        values.set(key, value);
      },
    };
  });
}
