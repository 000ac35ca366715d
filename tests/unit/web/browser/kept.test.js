import assert from "node:assert/strict";
import test from "node:test";

import { storage } from "./storage.js";

test("what was written is read again, and found by its prefix", () => {
  const kept = storage();
  kept.write("a.1", { ticks: [1] });
  kept.write("a.2", 2);
  kept.write("b.1", 3);
  assert.deepEqual(kept.read("a.1"), { ticks: [1] });
  assert.deepEqual(kept.keys("a."), ["a.1", "a.2"]);
  kept.drop("a.1");
  assert.equal(kept.read("a.1"), null);
});

test("a storage that is forbidden keeps nothing and breaks nothing", () => {
  const kept = storage({ forbidden: true });
  kept.write("a", 1);
  kept.drop("a");
  assert.equal(kept.read("a"), null);
  assert.deepEqual(kept.keys(""), []);
});

test("a storage that is full keeps what it has", () => {
  const kept = storage({ room: 1 });
  kept.write("a", 1);
  kept.write("b", 2);
  assert.deepEqual(kept.keys(""), ["a"]);
});
