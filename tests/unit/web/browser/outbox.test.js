import assert from "node:assert/strict";
import test from "node:test";

import { Outbox, countUnsent, dropUnsent, sendLeftBehind } from "../../../../src/sertantai/web/browser/ticking/outbox.js";
import { storage } from "./storage.js";

const KEY = "sertantai.outbox.u1.";
const records = (ticks) => ticks.map(({ record }) => record);
const boxOf = (kept, tab, user = "u1") => new Outbox(user, { kept, tab });

/** Each test has a clock of its own, which no beat of an outbox outlives. */
const timed = (name, run) => test(name, (context) => {
  context.mock.timers.enable({ apis: ["setInterval", "Date"], now: 1_700_000_000_000 });
  return run(context.mock.timers);
});

timed("a tick is kept until it is answered", () => {
  const kept = storage();
  const box = boxOf(kept, "a");
  box.put("l1", "r1", true, "Law 1");
  assert.equal(countUnsent("u1", kept), 1);
  box.remove("l1", "r1", true);
  assert.equal(countUnsent("u1", kept), 0);
  assert.deepEqual(kept.keys(""), []);
});

timed("a later tick of a record takes the place of the earlier, whose answer leaves it", () => {
  const kept = storage();
  const box = boxOf(kept, "a");
  box.put("l1", "r1", true, "Law 1");
  box.put("l1", "r1", false, "Law 1");
  box.remove("l1", "r1", true);
  assert.equal(box.size, 1);
  assert.deepEqual(kept.read(`${KEY}a`).ticks, [{ list: "l1", record: "r1", value: false, title: "Law 1" }]);
});

timed("the same record in two lists is two ticks", () => {
  const box = boxOf(storage(), "a");
  box.put("l1", "r1", true, "Law 1");
  box.put("l2", "r1", true, "Law 1");
  box.remove("l1", "r1", true);
  assert.equal(box.size, 1);
});

timed("what a page left is taken over at once by the next, in its order, and only once", () => {
  const kept = storage();
  const before = boxOf(kept, "a");
  for (const record of ["r1", "r2", "r3"]) before.put("l1", record, true, record);
  before.close();
  const after = boxOf(kept, "b");
  assert.deepEqual(records(after.adopt()), ["r1", "r2", "r3"]);
  assert.deepEqual(records(boxOf(kept, "c").adopt()), []);
});

timed("a tab that lives keeps its own, for however long", (clock) => {
  const kept = storage();
  const box = boxOf(kept, "a");
  box.put("l1", "r1", true, "Law 1");
  clock.tick(120_000);
  assert.deepEqual(boxOf(kept, "b").adopt(), []);
  assert.equal(box.size, 1);
});

timed("a tab that was killed is taken over when it has not been heard of for half a minute", (clock) => {
  const kept = storage();
  const tick = { list: "l1", record: "r1", value: true, title: "Law 1" };
  kept.write(`${KEY}dead`, { at: Date.now(), closed: false, ticks: [tick] });
  clock.tick(29_000);
  assert.deepEqual(boxOf(kept, "b").adopt(), []);
  clock.tick(1_000);
  assert.deepEqual(boxOf(kept, "b").adopt(), [tick]);
});

timed("a page that comes back from the browser's memory has its ticks again", () => {
  const kept = storage();
  const box = boxOf(kept, "a");
  box.put("l1", "r1", true, "Law 1");
  box.close();
  box.reopen();
  assert.deepEqual(boxOf(kept, "b").adopt(), []);
  assert.equal(countUnsent("u1", kept), 1);
});

timed("a tab whose ticks another one took sends them no more", (clock) => {
  const kept = storage();
  const box = boxOf(kept, "a");
  box.put("l1", "r1", true, "Law 1");
  box.changedElsewhere(`${KEY}other`, null);
  assert.equal(box.size, 1);
  kept.drop(`${KEY}a`);
  box.changedElsewhere(`${KEY}a`, null);
  assert.equal(box.size, 0);
  clock.tick(60_000);
  assert.equal(countUnsent("u1", kept), 0);
});

timed("nobody takes over what is another user's", () => {
  const kept = storage();
  const box = boxOf(kept, "a");
  box.put("l1", "r1", true, "Law 1");
  box.close();
  assert.deepEqual(boxOf(kept, "b", "u2").adopt(), []);
  assert.deepEqual(boxOf(kept, "c", "u11").adopt(), []);
});

timed("a stranger's ticks go to the guest that they have become, who asks for them", () => {
  const kept = storage();
  const box = boxOf(kept, "a", null);
  box.put(null, "r1", true, "Law 1");
  box.close();
  assert.deepEqual(boxOf(kept, "b", "g1").adopt(), []);
  assert.deepEqual(records(boxOf(kept, "b", "g1").adopt({ ofStrangers: true })), ["r1"]);
});

timed("whoever becomes somebody else takes nothing along", () => {
  const kept = storage();
  const box = boxOf(kept, "a", null);
  box.put(null, "r1", true, "Law 1");
  box.belongTo("g1");
  assert.equal(box.size, 0);
  assert.deepEqual(kept.keys(""), []);
});

timed("signing out sends what is left behind, up to the first that is not answered", async () => {
  const kept = storage();
  const box = boxOf(kept, "a");
  for (const record of ["r1", "r2", "r3"]) box.put("l1", record, true, record);
  box.close();
  const sent = [];
  await sendLeftBehind("u1", async ({ record }) => { sent.push(record); return record === "r1"; }, kept);
  assert.deepEqual(sent, ["r1", "r2"]);
  assert.equal(countUnsent("u1", kept), 2);
  dropUnsent("u1", kept);
  assert.equal(countUnsent("u1", kept), 0);
});

timed("signing out leaves a tab that is still sending alone", async () => {
  const kept = storage();
  boxOf(kept, "a").put("l1", "r1", true, "Law 1");
  await sendLeftBehind("u1", () => assert.fail("it is another tab's"), kept);
  assert.equal(countUnsent("u1", kept), 1);
});

timed("where nothing can be kept, the page itself still holds its ticks", () => {
  const box = boxOf(storage({ forbidden: true }), "a");
  box.put("l1", "r1", true, "Law 1");
  assert.equal(box.size, 1);
  assert.deepEqual(box.adopt(), []);
});

timed("what cannot be read is passed over and cleared away", () => {
  const kept = storage();
  kept.write(`${KEY}odd`, null);
  assert.deepEqual(boxOf(kept, "b").adopt(), []);
  assert.deepEqual(kept.keys(""), []);
});

timed("why a law was unticked is kept with it, for whoever takes it over", () => {
  const kept = storage();
  const box = boxOf(kept, "a");
  box.put("l1", "r1", false, "Law 1", "Site closed");
  box.close();
  const [left] = boxOf(kept, "b").adopt();
  assert.deepEqual(left, { list: "l1", record: "r1", value: false, title: "Law 1", reason: "Site closed" });
});
