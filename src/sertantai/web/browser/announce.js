// Says to a screen reader what changed on the page.

const CLEAR_AFTER_MS = 5000;
const timers = new Map();

/** Announce `text`; `urgent` interrupts what is being read. A text said twice is read twice. @param {string} text */
export function announce(text, { urgent = false } = {}) {
  const region = document.getElementById(urgent ? "announcer-urgent" : "announcer");
  if (!region) return;
  clearTimeout(timers.get(region));
  region.textContent = "";
  // An empty frame in between, or the same words again would be no change to announce.
  requestAnimationFrame(() => {
    region.textContent = text;
    timers.set(region, setTimeout(() => { region.textContent = ""; }, CLEAR_AFTER_MS));
  });
}
