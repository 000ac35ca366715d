// Menus are <details> and work without this; here they close as people expect.

const GAP = 10;

export function wireMenus() {
  document.addEventListener("toggle", (event) => {
    const menu = /** @type {Found} */ (event.target);
    if (!menu.matches?.("details[data-menu][open]")) return;
    closeMenus(menu);
    place(menu);
  }, true);
  document.addEventListener("click", (event) => {
    const inside = event.target?.closest("details[data-menu]");
    closeMenus(inside);
    if (event.target?.closest(".menu-item")) inside?.removeAttribute("open");
  });
  document.addEventListener("keydown", (event) => {
    const open = event.target?.closest?.("details[data-menu][open]");
    if (!open) return;
    if (event.key === "Escape") {
      open.removeAttribute("open");
      open.querySelector("summary").focus();
      event.preventDefault(); // it is used up: others that listen for Escape leave it alone
      event.stopPropagation();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !/** @type {Found} */ (event.target).matches("select, input[type=radio]")) {
      event.preventDefault();
      step(open, event.key === "ArrowDown" ? 1 : -1);
    }
  });
}

/** @param {Found | null | undefined} except */
function closeMenus(except) {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (menu !== except) menu.removeAttribute("open");
  }
}

/** Upwards where it would reach below the window, or under the bar there, and has more room above. @param {Found} menu */
function place(menu) {
  const panel = menu.querySelector(".menu-panel");
  if (!panel) return;
  panel.classList.remove("opens-up");
  panel.style.maxHeight = "";
  const below = roomEnd() - panel.getBoundingClientRect().bottom;
  if (below >= 0) return;
  const above = menu.getBoundingClientRect().top - roomStart();
  if (above <= panel.offsetHeight + below) return;
  panel.classList.add("opens-up");
  panel.style.maxHeight = `${above - GAP}px`;
}

/** @param {Found} bar */
const isFixed = (bar) => ["fixed", "sticky"].includes(getComputedStyle(bar).position);

function roomStart() {
  const bar = document.querySelector(".top-bar");
  return bar && isFixed(bar) ? Math.max(0, bar.getBoundingClientRect().bottom) : 0; // it may be out of sight with what it sticks in
}

function roomEnd() {
  const bar = document.querySelector(".main-nav");
  return bar && isFixed(bar) ? bar.getBoundingClientRect().top : document.documentElement.clientHeight;
}

/** @param {Found} menu @param {number} by */
function step(menu, by) {
  const items = [...menu.querySelectorAll(".menu-item")];
  const at = items.indexOf(/** @type {Found} */ (document.activeElement));
  items[(at + by + items.length + (at < 0 && by < 0 ? 1 : 0)) % items.length]?.focus();
}
