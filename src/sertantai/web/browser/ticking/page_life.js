// What happens to a page, told to its outbox: it is left and comes back, who it belongs to signs out, and another tab
// takes over what this one kept.

/** @import { Outbox } from "./outbox.js" */
/** @param {Outbox} outbox */
export function followPage(outbox) {
  document.addEventListener("sertantai:forget", () => outbox.clear());
  window.addEventListener("storage", ({ key, newValue }) => outbox.changedElsewhere(key, newValue));
  window.addEventListener("pagehide", () => outbox.close());
  window.addEventListener("pageshow", (event) => { if (event.persisted) outbox.reopen(); });
}
