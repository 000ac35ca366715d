// Printing from the register or a list means all of it, as its menu does: the page in sight is a part of it only.

/** Print all that the view shows; false where there is no such view, or no way to the server: the browser prints. */
export function printWhole() {
  const link = document.querySelector("#print-view, #print-list");
  if (!link || !navigator.onLine || document.querySelector("dialog[open]")) return false;
  link.click();
  return true;
}
