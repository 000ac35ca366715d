import assert from "node:assert/strict";
import test from "node:test";

import { asCsv, dropNotTaken, keepNotTaken, notTaken } from "../../../../src/sertantai/web/browser/ticking/not_taken.js";
import { storage } from "./storage.js";

const one = (record, more = {}) => ({ list: "l1", listName: "Leeds", record, title: `Law ${record}`, value: true, note: "", tags: [], at: 0, ...more });

test("what is newer of a law takes the place of what was there, and a note is another thing", () => {
  const kept = storage();
  keepNotTaken("u1", [one("r1"), one("r2")], kept);
  keepNotTaken("u1", [one("r1", { value: false }), one("r1", { value: null, note: "mine" })], kept);
  assert.deepEqual(notTaken("u1", kept).map(({ record, value }) => [record, value]), [["r1", false], ["r2", true], ["r1", null]]);
});

test("it is kept by user, to five thousand, until it is dropped", () => {
  const kept = storage();
  keepNotTaken("u1", Array.from({ length: 5_001 }, (_, at) => one(`r${at}`)), kept);
  assert.equal(notTaken("u1", kept).length, 5_000);
  assert.equal(notTaken("u1", kept)[0].record, "r1");
  assert.deepEqual(notTaken("u2", kept), []);
  dropNotTaken("u1", kept);
  assert.deepEqual(kept.keys(""), []);
});

test("no spreadsheet runs what stands in the file", () => {
  const text = asCsv([one("r1", { title: "=HYPERLINK(1)", note: "a;=b", value: null })]);
  assert.match(text, /Leeds,'=HYPERLINK\(1\),,"a;'=b",,1970-01-01T00:00:00.000Z,l1,r1/);
});
