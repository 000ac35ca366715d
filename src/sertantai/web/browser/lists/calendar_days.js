// A day of a calendar by click; the table beneath does the same by keyboard.

/** @param {Element} around */
export function openDaysIn(around) {
  around.addEventListener("click", (event) => {
    const day = event.target?.closest("[data-day-url]");
    if (day) location.assign(day.dataset.dayUrl);
  });
}
