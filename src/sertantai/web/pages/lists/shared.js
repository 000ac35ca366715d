// /shared/{secret}: the browser's own dialog, where the page shows all that is to be printed.

const button = document.getElementById("print-now");
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
