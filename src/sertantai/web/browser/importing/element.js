// What the steps of an import build.

/** @param {string} tag @param {string} className @param {string} text */
export function element(tag, className, text = "") {
  return /** @type {Found} */ (Object.assign(document.createElement(tag), { className, textContent: text }));
}
