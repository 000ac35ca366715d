// Numbers and dates in the reader's own way; the server writes them the British way.

import { formatNumber } from "../formats.js";
import { showLocalTimes } from "../local_time.js";

const isBritish = navigator.language === "en-GB";

export function localise(root) {
  showLocalTimes(root);
  if (isBritish) return;
  for (const element of root.querySelectorAll(".facet-count, [data-int], .group-switcher-count, [data-testid=total]")) {
    const value = Number(element.textContent.replaceAll(/\D/g, ""));
    if (Number.isFinite(value)) element.textContent = formatNumber(value);
  }
}
