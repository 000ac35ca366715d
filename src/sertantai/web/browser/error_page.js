// Counts down on pages that say when trying again makes sense, and then tries, once.

const page = document.querySelector("[data-retry-after-s]");
const text = page?.querySelector("[data-retry-text]");
const AUTOMATIC_KEY = "sertantai.retried";

if (page && text) {
  let left = Number(page.dataset.retryAfterS);
  const once = sessionStorage.getItem(AUTOMATIC_KEY) !== location.href;
  const timer = setInterval(() => {
    left -= 1;
    if (left > 0) {
      text.textContent = `${once ? "Trying again" : "Try again"} in ${spanOfTime(left)}.`;
      return;
    }
    clearInterval(timer);
    text.textContent = once ? "Trying again…" : "You can try again now.";
    if (once) {
      sessionStorage.setItem(AUTOMATIC_KEY, location.href);
      location.reload();
    }
  }, 1000);
}

/** @param {number} seconds */
function spanOfTime(seconds) {
  const [count, unit] = seconds < 90 ? [seconds, "second"] : [Math.round(seconds / 60), "minute"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}
