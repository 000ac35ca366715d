import assert from "node:assert/strict";
import test from "node:test";

import { UndoStack } from "../../../../src/sertantai/web/browser/ticking/undo_stack.js";
import { storage } from "./storage.js";

const ticked = (operation, list = "l1") => ({ label: `Law ${operation} ticked`, steps: [{ list, operation }], place: { list, name: "Fire" } });
const labels = (stack) => {
  const taken = [];
  for (let entry = stack.takeUndo(); entry; entry = stack.takeUndo()) taken.push(entry.label);
  return taken;
};

test("the last that was done is undone first", () => {
  const stack = new UndoStack("u1", storage());
  for (const operation of ["1", "2", "3"]) stack.did(ticked(operation));
  assert.deepEqual(labels(stack), ["Law 3 ticked", "Law 2 ticked", "Law 1 ticked"]);
  assert.equal(stack.canUndo, false);
  assert.equal(stack.takeUndo(), null);
});

test("what was undone is redone by the operation that undid it, and may be undone again", () => {
  const stack = new UndoStack("u1", storage());
  stack.did(ticked("1"));
  stack.undid(stack.takeUndo(), [{ list: "l1", operation: "undo-1" }]);
  assert.equal(stack.canUndo, false);
  const redo = stack.takeRedo();
  assert.deepEqual(redo.steps, [{ list: "l1", operation: "undo-1" }]);
  assert.equal(redo.label, "Law 1 ticked");
  stack.redid(redo, [{ list: "l1", operation: "redo-1" }]);
  assert.deepEqual(stack.takeUndo().steps, [{ list: "l1", operation: "redo-1" }]);
});

test("something new ends what could be redone", () => {
  const stack = new UndoStack("u1", storage());
  stack.did(ticked("1"));
  stack.undid(stack.takeUndo(), [{ list: "l1", operation: "undo-1" }]);
  stack.did(ticked("2"));
  assert.equal(stack.canRedo, false);
});

test("an entry over two lists keeps all its steps through undo and redo", () => {
  const stack = new UndoStack("u1", storage());
  const steps = [{ list: "l2", operation: "copy" }, { list: "l1", operation: "remove" }];
  stack.did({ label: "3 laws moved", steps, place: { list: "l1", name: "Fire" } });
  assert.deepEqual(stack.last.steps, steps);
  const back = [{ list: "l1", operation: "back-1" }, { list: "l2", operation: "back-2" }];
  stack.undid(stack.takeUndo(), back);
  assert.deepEqual(stack.takeRedo().steps, back);
});

test("an operation is taken from wherever it stands, once", () => {
  const stack = new UndoStack("u1", storage());
  for (const operation of ["1", "2", "3"]) stack.did(ticked(operation, `l${operation}`));
  assert.equal(stack.takeEntry("2").label, "Law 2 ticked");
  assert.equal(stack.takeEntry("2"), null);
  assert.deepEqual(labels(stack), ["Law 3 ticked", "Law 1 ticked"]);
});

test("a reload forgets nothing, and another user sees nothing of it", () => {
  const kept = storage();
  const before = new UndoStack("u1", kept);
  before.did(ticked("1"));
  before.did(ticked("2"));
  before.undid(before.takeUndo(), [{ list: "l1", operation: "undo-2" }]);
  const after = new UndoStack("u1", kept);
  assert.equal(after.last.label, "Law 1 ticked");
  assert.equal(after.takeRedo().steps[0].operation, "undo-2");
  assert.equal(new UndoStack("u2", kept).canUndo, false);
});

test("a stranger who becomes a guest begins anew", () => {
  const kept = storage();
  const stack = new UndoStack(null, kept);
  stack.belongTo("g1");
  stack.did(ticked("1"));
  assert.equal(new UndoStack("g1", kept).canUndo, true);
});

test("a hundred entries are kept, the oldest goes", () => {
  const stack = new UndoStack("u1", storage());
  for (let at = 0; at <= 100; at += 1) stack.did(ticked(String(at)));
  const taken = labels(stack);
  assert.equal(taken.length, 100);
  assert.equal(taken.at(-1), "Law 1 ticked");
});

test("where nothing can be kept, it holds as long as the page does", () => {
  const stack = new UndoStack("u1", storage({ forbidden: true }));
  stack.did(ticked("1"));
  assert.equal(stack.takeUndo().label, "Law 1 ticked");
});

test("whoever shows it hears of each change, and of no other", () => {
  const stack = new UndoStack("u1", storage());
  let heard = 0;
  stack.addEventListener("change", () => { heard += 1; });
  stack.did(ticked("1"));
  stack.takeUndo();
  stack.takeUndo();
  assert.equal(heard, 2);
});
