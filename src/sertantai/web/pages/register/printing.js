// /records/print and /groups/{group}/print: the browser's dialog comes by itself when the page was opened to print.

const button = document.getElementById("print-now");
button.hidden = false;
button.addEventListener("click", () => window.print());
if (new URL(location.href).hash === "#now") {
  history.replaceState(history.state, "", location.pathname + location.search);
  requestAnimationFrame(() => setTimeout(() => window.print()));
}
