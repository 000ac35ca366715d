// /shared/{secret}: the browser's own dialog, where the page shows all that is to be printed.

const printing = document.getElementById("print-now");
if (printing) {
  printing.hidden = false;
  printing.addEventListener("click", () => window.print());
}
