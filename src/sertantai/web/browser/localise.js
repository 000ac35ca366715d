// Numbers, days and moments in the reader's own way; the server writes them the British way.

import { formatNumber, writesAsServer } from "./formats.js";
import { showLocalTimes } from "./local_time.js";

const LABELS = ["aria-label", "title", "data-after"];
// What stands in quotation marks was written by somebody, and stays as it is.
const GROUPED = /“[^”]*”|\d{1,3}(?:,\d{3})+/g;

/** Rewrite what the server has written under `root`. */
/** @param {ParentNode} root */
export function localise(root = document) {
  showNumbers(root);
  showLocalTimes(root);
}

/** @param {ParentNode} root */
function showNumbers(root) {
  if (writesAsServer) return;
  for (const element of root.querySelectorAll("data[value]")) element.textContent = formatNumber(Number(element.value));
  for (const element of root.querySelectorAll("[data-numbered]")) {
    for (const label of LABELS) {
      if (element.hasAttribute(label)) element.setAttribute(label, reworded(String(element.getAttribute(label))));
    }
    for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) node.nodeValue = reworded(String(node.nodeValue));
    element.removeAttribute("data-numbered");
  }
}

/** @param {string} text */
const reworded = (text) => text.replace(GROUPED, (found) => (found.startsWith("“") ? found : formatNumber(Number(found.replaceAll(",", "")))));
