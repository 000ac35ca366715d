// Dragging lists into another order by their grip, with mouse, pen or finger. The menu does it by keyboard.

/** `onMoved(name, index, count)` after a list was let go in another place. */
/** @param {HTMLElement} root @param {(name: string, at: number, count: number) => unknown} onMoved */
export function wireOrdering(root, onMoved) {
  root.addEventListener("pointerdown", (event) => {
    const grip = event.target?.closest(".list-grip");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    follow(grip.closest(".list-row"), grip, event.pointerId, onMoved);
  });
}

/** @param {Found} row @param {Found} grip @param {number} pointer @param {(name: string, at: number, count: number) => unknown} onMoved */
function follow(row, grip, pointer, onMoved) {
  const rows = /** @type {HTMLElement} */ (row.parentElement);
  const before = [...rows.children].indexOf(row);
  grip.setPointerCapture(pointer);
  row.classList.add("is-dragged");

  /** @param {PointerEvent} event */
  const moved = (event) => {
    const other = [...rows.children].find((one) => one !== row && holds(one, event.clientY));
    if (!other) return;
    const box = other.getBoundingClientRect();
    const below = event.clientY > box.top + box.height / 2;
    rows.insertBefore(row, below ? other.nextElementSibling : other);
  };
  /** @param {PointerEvent} event */
  const ended = (event) => {
    grip.removeEventListener("pointermove", moved);
    row.classList.remove("is-dragged");
    const at = [...rows.children].indexOf(row);
    if (event.type === "pointercancel") rows.insertBefore(row, rows.children[before] ?? null);
    else if (at !== before) onMoved(row.dataset.name, at, rows.children.length);
  };
  grip.addEventListener("pointermove", moved);
  grip.addEventListener("pointerup", ended, { once: true });
  grip.addEventListener("pointercancel", ended, { once: true });
}

/** @param {Element} element @param {number} y */
function holds(element, y) {
  const box = element.getBoundingClientRect();
  return y >= box.top && y <= box.bottom;
}
