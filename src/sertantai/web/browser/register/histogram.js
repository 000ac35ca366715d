// Years to brush: drag over the bars to choose a span, click one to choose its years. With the keyboard
// the two fields below say the same.

import { formatNumber } from "../formats.js";

/**
 * The bars as the server has drawn them: `bars` a JSON array of first year, last year and count.
 * @typedef {{ bars: string, path: string, chosen: string, width: number, low: number, high: number }} Years
 */

/** Draw other bars; false where there is no place for them. @param {Years | null} years */
export function showYears(years) {
  const histogram = document.getElementById("histogram");
  if (!histogram) return years === null;
  histogram.hidden = years === null;
  if (!years) return true;
  histogram.dataset.bars = years.bars;
  const svg = histogram.querySelector("svg");
  svg.setAttribute("viewBox", `0 0 ${years.width} ${String(svg.getAttribute("viewBox")).split(" ")[3]}`);
  svg.setAttribute("aria-label", `Laws a year, ${years.low} to ${years.high}`);
  histogram.querySelector(".histogram-bars").setAttribute("d", years.path);
  histogram.querySelector(".histogram-chosen").setAttribute("d", years.chosen);
  const [low, , high] = histogram.querySelectorAll(".histogram-ends span");
  low.textContent = String(years.low);
  high.textContent = String(years.high);
  return true;
}

export class Histogram {
  /** @type {number | null} */ #from = null;

  /** @param {(low: number, high: number) => unknown} choose */
  constructor(choose) {
    this.choose = choose;
    document.addEventListener("pointerdown", (event) => this.#down(event));
    document.addEventListener("pointermove", (event) => this.#move(event));
    document.addEventListener("pointerup", (event) => this.#up(event));
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const svg = event.target?.closest?.("#histogram svg");
    if (!svg || event.button !== 0) return;
    event.preventDefault();
    svg.setPointerCapture(event.pointerId);
    this.#from = barAt(svg, event.clientX);
    this.#brush(svg, this.#from);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    const svg = this.#from !== null ? document.querySelector("#histogram svg") : event.target?.closest?.("#histogram svg");
    const hint = document.getElementById("histogram-hint");
    if (!svg) {
      if (hint?.textContent) hint.textContent = "";
      return;
    }
    const at = barAt(svg, event.clientX);
    if (this.#from !== null) this.#brush(svg, at);
    const [low, high] = span(svg, this.#from ?? at, at);
    const count = bars(svg).slice(Math.min(this.#from ?? at, at), Math.max(this.#from ?? at, at) + 1).reduce((/** @type {number} */ sum, bar) => sum + bar[2], 0);
    hint.textContent = `${low === high ? low : `${low}–${high}`}: ${formatNumber(count)}`;
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (this.#from === null) return;
    const svg = document.querySelector("#histogram svg");
    const chosen = svg && span(svg, this.#from, barAt(svg, event.clientX));
    this.#from = null;
    if (chosen) this.choose(chosen[0], chosen[1]);
  }

  /** @param {Found} svg @param {number} to */
  #brush(svg, to, from = this.#from ?? to) {
    const width = /** @type {SVGSVGElement} */ (/** @type {unknown} */ (svg)).viewBox.baseVal.width / bars(svg).length;
    const rect = svg.querySelector(".histogram-brush");
    const first = Math.min(from, to);
    rect.setAttribute("x", String(first * width));
    rect.setAttribute("width", String((Math.abs(to - from) + 1) * width));
  }
}

/** What was read of the bars that are drawn; the same drawing serves view after view. */
const drawn = { text: "", bars: /** @type {[number, number, number][]} */ ([]) };

/** First year, last year and count of each. @param {Found} svg */
function bars(svg) {
  const text = String(svg.parentElement?.dataset.bars);
  if (drawn.text !== text) Object.assign(drawn, { text, bars: JSON.parse(text) });
  return drawn.bars;
}

/** @param {Found} svg @param {number} x */
function barAt(svg, x) {
  const box = svg.getBoundingClientRect();
  const share = (x - box.left) / box.width;
  return Math.max(0, Math.min(bars(svg).length - 1, Math.floor(share * bars(svg).length)));
}

/** @param {Found} svg @param {number} one @param {number} other */
function span(svg, one, other) {
  const [low, high] = [Math.min(one, other), Math.max(one, other)];
  return [bars(svg)[low][0], bars(svg)[high][1]];
}
