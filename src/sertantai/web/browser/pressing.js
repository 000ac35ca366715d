// Whether something is being pressed: a button that is replaced between press and release is never clicked.

/** @type {(() => void) | null} */
let release = null;
/** @type {Promise<void>} */
let end = Promise.resolve();

document.addEventListener("pointerdown", (event) => {
  if (event.button === 0 && !release) end = new Promise((resolve) => { release = resolve; });
}, true);
// A menu of the browser takes the release for itself.
for (const type of ["pointerup", "pointercancel", "contextmenu"]) document.addEventListener(type, ended, true);
window.addEventListener("blur", ended);

/** Settled while nothing is pressed; else once the click of this press has been heard. */
export const released = () => end;

function ended() {
  const done = release;
  release = null;
  if (done) setTimeout(done); // the click comes in the same turn, after this event
}
