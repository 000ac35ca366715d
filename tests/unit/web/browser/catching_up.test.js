import assert from "node:assert/strict";
import { test } from "node:test";

const signs = [{ hidden: true, dataset: { catchingUp: "one" } }, { hidden: true, dataset: { catchingUp: "two" } }];
const said = [];
const announcer = { set textContent(text) { if (text) said.push(text); } };
globalThis.document = Object.assign(new EventTarget(), {
  querySelectorAll: () => signs,
  getElementById: () => announcer,
});
globalThis.requestAnimationFrame = (step) => step();
const { works } = await import("../../../../src/sertantai/web/browser/live/work.js");
const { wireCatchingUp } = await import("../../../../src/sertantai/web/browser/live/catching_up.js");

test("smart lists that are looked at anew say so, and are announced once for all", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  wireCatchingUp();
  const shown = () => signs.filter(({ hidden }) => !hidden).map(({ dataset }) => dataset.catchingUp);
  const hear = (list, state) => works.heard("user:u", { id: `of-${list}`, kind: "smart_list", state, list });
  hear("elsewhere", "running");
  assert.deepEqual([shown(), said], [[], []]);
  hear("one", "running");
  hear("two", "running");
  assert.deepEqual([shown(), said], [["one", "two"], ["Smart lists are catching up"]]);
  hear("one", "done");
  assert.deepEqual([shown(), said.length], [["two"], 1]);
  hear("two", "failed");
  assert.deepEqual([shown(), said[1]], [[], "Smart lists are up to date"]);
});
