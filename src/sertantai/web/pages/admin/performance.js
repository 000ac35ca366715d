// Live plots: asks for the samples every few seconds while the page is seen, and draws them as SVG paths.

import { formatNumber } from "../../browser/formats.js";
import { get } from "../../browser/http.js";

const WIDTH = 300, HEIGHT = 80, SAMPLES = 150;
const board = document.querySelector("[data-plots]");

/** @param {(number | null)[]} values @param {number} target */
function scaleOf(values, target) {
  const highest = Math.max(0, ...values.filter(value => value !== null));
  const top = target ? Math.max(highest, target) : highest;
  return (top || 1) * 1.1;
}

/** @param {(number | null)[]} values @param {number} top */
function pathOf(values, top) {
  const start = SAMPLES - values.length;
  let path = "", pen = "M";
  values.forEach((value, number) => {
    if (value === null) { pen = "M"; return; }
    const x = ((start + number) / (SAMPLES - 1)) * WIDTH;
    path += `${pen}${x.toFixed(1)} ${(HEIGHT - 1 - (value / top) * (HEIGHT - 2)).toFixed(1)}`;
    // A lone value between silences is a dot.
    path += pen === "M" ? "h.5" : "";
    pen = "L";
  });
  return path;
}

/** @param {number} value */
function shown(value) {
  if (value >= 100) return formatNumber(Math.round(value));
  return value >= 10 ? value.toFixed(1) : String(Number(value.toFixed(2)));
}

/** @param {Found} plot @param {Record<string, any>[]} samples */
function draw(plot, samples) {
  const values = samples.map(sample => sample[plot.dataset.plot]);
  const target = Number(plot.dataset.target || 0);
  const top = scaleOf(values, target);
  plot.querySelector(".plot-path").setAttribute("d", pathOf(values, top));
  const last = values.findLast(value => value !== null);
  plot.querySelector("[data-now]").textContent = last === undefined ? "–" : shown(last);
  if (!target) return;
  const line = plot.querySelector(".plot-target");
  const y = HEIGHT - 1 - (target / top) * (HEIGHT - 2);
  for (const name of ["y1", "y2"]) line.setAttribute(name, String(y));
  line.removeAttribute("hidden");
  const verdict = plot.querySelector("[data-verdict]");
  verdict.classList.toggle("is-success", last !== undefined && last <= target);
  verdict.classList.toggle("is-warning", last !== undefined && last > target);
}

async function refresh() {
  let wait = 2;
  if (!document.hidden) {
    try {
      const {data: {interval_s: interval, samples}} = await get(board.dataset.plots ?? "", {tries: 1});
      wait = interval;
      for (const plot of board.querySelectorAll("[data-plot]")) draw(plot, samples);
    } catch {
      wait = 10; // the server is away; the page says so elsewhere
    }
  }
  setTimeout(refresh, wait * 1000);
}

refresh();
