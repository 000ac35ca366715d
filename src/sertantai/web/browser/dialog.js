// Modals and drawers on <dialog>: the browser keeps the focus inside and gives it back.

/**
 * Open `dialog` (element or id); resolves with its `returnValue` when it closes.
 * @param {HTMLElement | string} dialog @returns {Promise<string>}
 */
export function openDialog(dialog) {
  const element = found(dialog);
  if (element.open) return Promise.resolve("");
  element.returnValue = "";
  element.showModal();
  const before = hostNotices(element);
  return new Promise((resolve) => {
    element.addEventListener("close", () => {
      hostNotices(before);
      resolve(element.returnValue);
    }, { once: true });
  });
}

/**
 * What lies outside of an open dialog can be neither seen well nor clicked: notices move into it. Gives where they were.
 * @param {HTMLElement} element
 */
function hostNotices(element) {
  const notices = document.getElementById("toasts");
  const before = notices?.parentElement ?? document.body;
  const host = element.isConnected ? element : document.body;
  if (notices && before !== host) host.append(notices);
  return before;
}

/** Fill a dialog anew; notices that are in it stay. @param {HTMLElement} dialog @param {...Node} nodes */
export function fillDialog(dialog, ...nodes) {
  dialog.replaceChildren(...nodes, ...dialog.querySelectorAll(":scope > #toasts"));
}

/** Close `dialog` (element or id) with a value for whoever opened it. @param {HTMLElement | string | null} dialog */
export function closeDialog(dialog, value = "") {
  const element = dialog ? found(dialog) : null;
  if (element?.open) element.close(value);
}

/**
 * Ask before something that matters; resolves true or false. Escape and the backdrop mean no.
 * @param {{ title: string, text: string, confirmLabel?: string, cancelLabel?: string, danger?: boolean }} question
 */
export async function confirmDialog({ title, text, confirmLabel = "OK", cancelLabel = "Cancel", danger = false }) {
  const dialog = document.createElement("dialog");
  dialog.className = "modal-box";
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.setAttribute("aria-describedby", "confirm-text");
  const heading = Object.assign(document.createElement("h2"), { id: "confirm-title", textContent: title });
  const body = Object.assign(document.createElement("p"), { id: "confirm-text", textContent: text });
  const actions = Object.assign(document.createElement("div"), { className: "dialog-actions" });
  actions.append(
    choice(cancelLabel, "btn btn-outline-secondary", () => dialog.close("no")),
    choice(confirmLabel, `btn ${danger ? "btn-danger" : "btn-primary"}`, () => dialog.close("yes")),
  );
  const box = Object.assign(document.createElement("div"), { className: "dialog-body" });
  box.append(heading, body, actions);
  dialog.append(box);
  document.body.append(dialog);
  try {
    return (await openDialog(dialog)) === "yes";
  } finally {
    dialog.remove();
  }
}

/** @param {string} label @param {string} className @param {() => void} onClick */
function choice(label, className, onClick) {
  const button = Object.assign(document.createElement("button"), { type: "button", className, textContent: label });
  button.addEventListener("click", onClick);
  return button;
}

/** @param {HTMLElement | string} dialog @returns {Found} */
const found = (dialog) => (typeof dialog === "string" ? document.getElementById(dialog) : /** @type {Found} */ (dialog));

/** `data-opens-dialog="ID"`, `data-closes-dialog`, and a click beside the dialog. */
export function wireDialogs() {
  document.addEventListener("click", (event) => {
    const opener = event.target?.closest("[data-opens-dialog]");
    if (opener) void openDialog(opener.dataset.opensDialog);
    const closer = event.target?.closest("[data-closes-dialog]");
    if (closer) closeDialog(closer.closest("dialog"));
    if (event.target instanceof HTMLDialogElement && isBeside(event)) closeDialog(event.target);
  });
}

/** @param {MouseEvent} event */
function isBeside(event) {
  const box = /** @type {Found} */ (event.target).getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
