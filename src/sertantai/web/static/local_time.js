// Points in time in the reader's own zone and language; the server writes them in UTC.

const formats = new Map();

/** Rewrite every `<time data-local>` under `root`. */
export function showLocalTimes(root = document) {
  for (const element of root.querySelectorAll("time[data-local]")) {
    const at = new Date(element.dateTime);
    if (Number.isNaN(at.getTime())) continue;
    element.textContent = format({ dateStyle: "medium", timeStyle: "short" }).format(at);
    element.title = format({ dateStyle: "full", timeStyle: "long" }).format(at);
    element.removeAttribute("data-local");
  }
}

function format(options) {
  const key = JSON.stringify(options);
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(navigator.language, options));
  return formats.get(key);
}
