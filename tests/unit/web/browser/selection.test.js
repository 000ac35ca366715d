import assert from "node:assert/strict";
import test from "node:test";

import { Selection } from "../../../../src/sertantai/web/browser/ticking/selection.js";

/** A page of the list `l1` at version 5: 10 laws in the list, 2 of them among the 4 that match, 3 shown. */
const page = (changes = {}) => ({
  list: "l1", listName: "Fire", version: 5, listCount: 10, matchingCount: 2, total: 4,
  rows: new Map([["a", true], ["b", false], ["c", false]]), ...changes,
});
function shown(changes) {
  const selection = new Selection();
  selection.load(page(changes));
  return selection;
}
const states = (selection) => Object.fromEntries(selection.ids.map((id) => [id, selection.has(id)]));

test("nothing is ticked, and nobody signed in, before a page is loaded", () => {
  const selection = new Selection();
  assert.equal(selection.signedIn, false);
  assert.equal(selection.has("a"), false);
  assert.deepEqual(selection.counts(), { list: 0, matching: 0, page: 0, shown: 0 });
});

test("a wish is shown at once and counted, and stands when it is granted", () => {
  const selection = shown();
  const wish = selection.wish("ids", ["b"], true);
  assert.equal(selection.has("b"), true);
  assert.equal(selection.isWished("b"), true);
  assert.deepEqual(selection.counts(), { list: 11, matching: 3, page: 2, shown: 3 });
  assert.equal(selection.settle(wish, { version: 6, count: 11, changed: 1 }), 1);
  assert.equal(selection.pending, 0);
  assert.deepEqual(selection.counts(), { list: 11, matching: 3, page: 2, shown: 3 });
  assert.equal(selection.confirmed.get("b"), true);
});

test("a wish that is refused leaves what was before", () => {
  const selection = shown();
  selection.refuse(selection.wish("ids", ["a", "b"], true));
  assert.deepEqual(states(selection), { a: true, b: false, c: false });
  assert.deepEqual(selection.counts(), { list: 10, matching: 2, page: 1, shown: 3 });
});

test("the newest wish for a record decides, whichever is answered first", () => {
  const selection = shown();
  const ticked = selection.wish("ids", ["b"], true);
  const unticked = selection.wish("ids", ["b"], false);
  assert.equal(selection.has("b"), false);
  assert.equal(selection.counts().list, 10);
  selection.settle(ticked, { version: 6, count: 11, changed: 1 });
  assert.equal(selection.has("b"), false);
  selection.settle(unticked, { version: 7, count: 10, changed: 1 });
  assert.deepEqual(selection.counts(), { list: 10, matching: 2, page: 1, shown: 3 });
});

test("a tick and an untick over each other count once, refused or not", () => {
  const selection = shown();
  const first = selection.wish("ids", ["a"], false);
  selection.wish("ids", ["a"], true);
  assert.equal(selection.counts().list, 10);
  selection.refuse(first);
  assert.deepEqual(selection.counts(), { list: 10, matching: 2, page: 1, shown: 3 });
});

test("an answer that comes late does not set the list's version back", () => {
  const selection = shown();
  const [one, other] = [selection.wish("ids", ["b"], true), selection.wish("ids", ["c"], true)];
  selection.settle(other, { version: 7, count: 12, changed: 1 });
  selection.settle(one, { version: 6, count: 11, changed: 1 });
  assert.equal(selection.version, 7);
  assert.equal(selection.listCount, 12);
  assert.equal(selection.showsAll(7, 2), true);
});

test("a version that nobody here made has been missed", () => {
  const selection = shown();
  selection.settle(selection.wish("ids", ["b"], true), { version: 8, count: 14, changed: 1 });
  assert.equal(selection.shownVersion, 5);
  assert.equal(selection.showsAll(8, 2), false);
  assert.equal(selection.showsAll(8, null), false);
  selection.load(page({ version: 8, listCount: 14 }));
  assert.equal(selection.shownVersion, 8);
  assert.equal(selection.showsAll(8, 0), true);
});

test("what is told of several at once counts once, before they are answered one by one and after", () => {
  for (const toldAfter of [0, 1, 2, 3]) {
    const selection = shown();
    const wishes = ["b", "c", "d"].map((id) => selection.wish("ids", [id], true));
    const told = { list: "l1", version: 9, from: 5, count: 13, states: [["b", true], ["c", true], ["d", true]], changes: 3 };
    wishes.forEach((wish, at) => {
      if (at === toldAfter) selection.follow(told);
      selection.settle(wish, { version: 7 + at, count: 11 + at, changed: 1 });
    });
    if (toldAfter === 3) selection.follow(told);
    assert.equal(selection.showsAll(9, 3), true, `told after ${toldAfter} answers`);
    assert.equal(selection.showsAll(9, 4), false, "somebody else's is still missed");
  }
});

test("versions that other people's lists took have not been missed", () => {
  const selection = shown();
  selection.settle(selection.wish("ids", ["b"], true), { version: 80, count: 11, changed: 1 });
  selection.settle(selection.wish("ids", ["c"], true), { version: 95, count: 12, changed: 1 });
  assert.equal(selection.showsAll(95, 2), true);
  assert.equal(selection.showsAll(80, 1), true);
  selection.load(page({ list: "l2", version: 3 }));
  assert.equal(selection.showsAll(3, 0), true);
});

test("an older page keeps the answers that are newer than it, and the newer count", () => {
  const selection = shown();
  selection.settle(selection.wish("ids", ["b"], true), { version: 6, count: 11, changed: 1 });
  assert.equal(selection.load(page({ version: 5, listCount: 10 })), true);
  assert.equal(selection.has("b"), true);
  assert.equal(selection.version, 6);
  assert.equal(selection.counts().list, 11);
});

test("a page that is older than a change of many must be asked for again", () => {
  const selection = shown();
  selection.settle(selection.wish("clear", [], false), { version: 9, count: 0, changed: 10 });
  assert.equal(selection.load(page({ version: 8 })), false);
  assert.equal(selection.load(page({ version: 9, listCount: 0, matchingCount: 0 })), true);
});

test("all that match are ticked, those that are not shown too", () => {
  const selection = shown();
  const wish = selection.wish("all", [], true);
  assert.deepEqual(selection.counts(), { list: 12, matching: 4, page: 3, shown: 3 });
  selection.settle(wish, { version: 6, count: 12, changed: 2 });
  assert.deepEqual(selection.counts(), { list: 12, matching: 4, page: 3, shown: 3 });
});

test("clearing empties the list, and a tick after it counts from nothing", () => {
  const selection = shown();
  selection.wish("clear", [], false);
  assert.deepEqual(selection.counts(), { list: 0, matching: 0, page: 0, shown: 3 });
  selection.wish("ids", ["c"], true);
  assert.deepEqual(selection.counts(), { list: 1, matching: 1, page: 1, shown: 3 });
});

test("what was ticked before the list was cleared can be ticked again after it", () => {
  const selection = shown();
  selection.wish("ids", ["c"], true);
  selection.wish("clear", [], false);
  selection.wish("ids", ["c"], true);
  assert.deepEqual(selection.counts(), { list: 1, matching: 1, page: 1, shown: 3 });
});

test("five hundred answers are remembered for pages that are older, the oldest goes", () => {
  const selection = shown({ rows: new Map() });
  for (let at = 0; at <= 500; at += 1) {
    selection.settle(selection.wish("ids", [`r${at}`], true), { version: 6 + at, count: 11 + at, changed: 1 });
  }
  selection.load(page({ rows: new Map([["r0", false], ["r1", false], ["r500", false]]) }));
  assert.deepEqual(states(selection), { r0: false, r1: true, r500: true });
});

test("records that are not shown count for the list alone, and once", () => {
  const selection = shown();
  selection.wish("ids", ["x"], true);
  selection.wish("ids", ["x", "y"], true);
  assert.deepEqual(selection.counts(), { list: 12, matching: 2, page: 1, shown: 3 });
});

test("wishes belong to the list in which they were made", () => {
  const selection = shown();
  const wish = selection.wish("ids", ["b"], true);
  selection.load(page({ list: "l2", listName: "Water", version: 1, listCount: 0, matchingCount: 0, rows: new Map([["b", false]]) }));
  assert.equal(selection.has("b"), false);
  assert.equal(selection.counts().list, 0);
  selection.settle(wish, { version: 6, count: 11, changed: 1 });
  assert.equal(selection.version, 1);
  assert.equal(selection.has("b"), false);
});

test("answers of one list say nothing about another", () => {
  const selection = shown();
  selection.settle(selection.wish("ids", ["b"], true), { version: 6, count: 11, changed: 1 });
  selection.load(page({ list: "l2", version: 1 }));
  assert.equal(selection.has("b"), false);
});

test("what another tab was told is followed, once and in order", () => {
  const selection = shown();
  const message = { list: "l1", version: 6, count: 11, states: [["b", true]] };
  selection.follow(message);
  selection.follow({ ...message, states: [["b", false]] });
  selection.follow({ ...message, list: "l2", version: 99 });
  assert.equal(selection.has("b"), true);
  assert.equal(selection.counts().list, 11);
  assert.equal(selection.version, 6);
  assert.equal(selection.showsAll(6, 1), true);
});

test("counts that come without rows leave the rows as they were, and what was missed is still missed", () => {
  const selection = shown();
  selection.load(page({ version: 7, listCount: 12, rows: selection.confirmed, whole: false }));
  assert.equal(selection.shownVersion, 5);
  assert.equal(selection.counts().list, 12);
});

test("many changes within one event are told once", async () => {
  const selection = shown();
  await Promise.resolve();
  let heard = 0;
  selection.addEventListener("change", () => { heard += 1; });
  const wish = selection.wish("ids", ["b"], true);
  selection.wish("ids", ["c"], true);
  selection.refuse(wish);
  await Promise.resolve();
  assert.equal(heard, 1);
});
