// Which columns, in which order and how wide. Kept in a cookie, so that the server's first paint is right.

/** @import { Navigation } from "../navigation.js" */

const COOKIE = "sertantai_columns";
const YEAR_S = 31_536_000;
const STEP_PX = 24;
const WIDTH_MIN_PX = 48;
const WIDTH_MAX_PX = 640;

export class Columns {
  #list = document.getElementById("columns-list");

  /** anew: () => called before the page is fetched anew. @param {Navigation} navigation @param {() => void} anew */
  constructor(navigation, anew) {
    this.navigation = navigation;
    this.anew = anew;
    document.getElementById("columns-menu").hidden = false;
    this.#list.addEventListener("click", (event) => this.#clicked(event));
    this.#list.addEventListener("change", () => this.#keep());
    document.getElementById("columns-reset").addEventListener("click", () => this.#reset());
    document.addEventListener("pointerdown", (event) => this.#grab(event));
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const button = event.target?.closest("button");
    if (!button) return;
    const item = button.closest("li");
    const { narrower, wider, earlier, later } = button.dataset;
    if (earlier !== undefined) item.previousElementSibling?.before(item);
    else if (later !== undefined) item.nextElementSibling?.after(item);
    else if (narrower !== undefined) this.#widen(item, -STEP_PX);
    else if (wider !== undefined) this.#widen(item, STEP_PX);
    button.focus();
    this.#keep();
  }

  /** @param {Found} item @param {number} by */
  #widen(item, by) {
    item.dataset.width = String(bounded(Number(item.dataset.width) + by));
  }

  /** Drag the edge of a heading. @param {PointerEvent} event */
  #grab(event) {
    const handle = event.target?.closest?.(".col-resizer");
    if (!handle || event.button !== 0) return;
    event.preventDefault();
    const key = handle.dataset.resizes;
    const column = document.querySelector(`col[data-column="${key}"]`);
    const item = this.#list.querySelector(`[data-column="${key}"]`);
    const [from, start] = [event.clientX, Number(column.width)];
    handle.setPointerCapture(event.pointerId);
    /** @param {PointerEvent} moved */
    const move = (moved) => {
      column.width = String(bounded(start + moved.clientX - from));
    };
    const up = () => {
      handle.removeEventListener("pointermove", move);
      item.dataset.width = column.width;
      write(this.now);
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", up, { once: true });
  }

  #reset() {
    write("");
    this.anew();
    location.reload();
  }

  #keep() {
    write(this.now);
    this.navigation.forget();
    void this.navigation.refresh();
  }

  /** Show the columns of a view; null: leave them. Gives true where the page must be fetched anew. @param {string | null} text */
  apply(text) {
    if (text === null || text === undefined || text === this.now) return false;
    write(text);
    this.anew();
    return true;
  }

  /** The columns as they are, as the cookie says it. */
  get now() {
    return [...this.#list.querySelectorAll(":scope > *")].map((item) => {
      const shown = item.querySelector("input").checked ? "" : "-";
      const width = item.dataset.width ? `:${item.dataset.width}` : "";
      return `${shown}${item.dataset.column}${width}`;
    }).join(",");
  }
}

/** @param {number} width */
const bounded = (width) => Math.round(Math.min(Math.max(width, WIDTH_MIN_PX), WIDTH_MAX_PX));

/** @param {string} value */
function write(value) {
  document.cookie = `${COOKIE}=${encodeURIComponent(value)};path=/;max-age=${value ? YEAR_S : 0};samesite=lax`;
}
