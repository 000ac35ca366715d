import assert from "node:assert/strict";
import test from "node:test";

import { jumped } from "../../../../src/sertantai/web/browser/ticking/jumped.js";

const nobody = () => false;

test("a row that somebody else turned has jumped, one that is wished here has not", () => {
  const before = new Map([["a", true], ["b", false], ["c", true]]);
  const now = new Map([["a", false], ["b", false], ["c", false]]);
  assert.deepEqual(jumped(before, now, (id) => id === "c"), { turned: ["a"], gone: [] });
});

test("a ticked row that is gone may be one that somebody unticked; one that was not ticked is none", () => {
  const before = new Map([["a", true], ["b", false]]);
  assert.deepEqual(jumped(before, new Map(), nobody), { turned: [], gone: ["a"] });
});
