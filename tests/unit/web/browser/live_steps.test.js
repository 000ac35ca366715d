import assert from "node:assert/strict";
import { test } from "node:test";
import { isOwn, remember } from "../../../../src/sertantai/web/browser/live/own_operations.js";
import { changesIn, meaning, missing, statesOf } from "../../../../src/sertantai/web/browser/live/steps.js";

const step = (from, version, more = {}) => ({ from, version, count: 3, added: ["a"], removed: ["b"], ...more });

test("a step that goes on where the page is can be written into its rows", () => {
  assert.equal(meaning(step(5, 6), { at: 5, rows: 5 }), "next");
  assert.equal(meaning(step(6, 9), { at: 6, rows: 5 }), "next");
});

test("what the rows were written with is known", () => {
  assert.equal(meaning(step(5, 6), { at: 5, rows: 6 }), "known");
  assert.equal(meaning(step(5, 6), { at: 5, rows: 9 }), "known");
});

test("a gap is never passed over, nor is a step of which the rows show a part", () => {
  assert.equal(meaning(step(7, 8), { at: 5, rows: 5 }), "look");
  assert.equal(meaning(step(5, 8), { at: 5, rows: 6 }), "look");
});

test("too many to name are asked for", () => {
  assert.equal(meaning(step(5, 6, { many: { added: 900, removed: 0 } }), { at: 5, rows: 5 }), "look");
});

test("the second part of a step begins where the first ended", () => {
  assert.equal(meaning(step(5, 6), { at: 5, rows: 5 }), "next");
  assert.equal(meaning({ from: 6, version: 6 }, { at: 6, rows: 5 }), "next");
});

test("who joins again lacks nothing, the difference, or all", () => {
  const standing = { at: 7, rows: 5 };
  assert.deepEqual(missing({ mode: "current", version: 7 }, standing), { what: "current" });
  assert.deepEqual(missing({ mode: "standing", version: 7 }, standing), { what: "current" });
  assert.deepEqual(missing({ mode: "standing", version: 8 }, standing), { what: "look" });
  assert.deepEqual(missing({ mode: "snapshot", version: 7 }, standing), { what: "look" });
  const { what, step: found } = missing({ mode: "changes", version: 9, since: 7, count: 1, added: ["a"] }, standing);
  assert.equal(what, "step");
  assert.equal(meaning(found, standing), "next");
});

test("the states of a step are those after it, and it says of how many changes it is", () => {
  assert.deepEqual([...statesOf({ added: ["a"], removed: ["b", "c"] })].sort(), [["a", true], ["b", false], ["c", false]]);
  assert.deepEqual(changesIn({ ops: ["1", "2"], from: 7 }), { changes: 2, from: 7 });
  assert.deepEqual(changesIn({ from: 7 }), { changes: 1 });
});

test("what this page did is its own only where nobody else has a part in it", () => {
  remember("mine");
  remember("mine too");
  assert.equal(isOwn({ op: "mine" }), true);
  assert.equal(isOwn({ op: "mine too", ops: ["mine", "mine too"] }), true);
  assert.equal(isOwn({ op: "mine", ops: ["theirs", "mine"] }), false);
  assert.equal(isOwn({ op: "theirs" }), false);
  assert.equal(isOwn({}), false);
});
