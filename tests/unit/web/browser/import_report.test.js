import assert from "node:assert/strict";
import test from "node:test";

import { laid } from "../../../../src/sertantai/web/browser/importing/noted.js";
import { partsOf } from "../../../../src/sertantai/web/browser/lists/import_parts.js";
import { csvOf, reportOf } from "../../../../src/sertantai/web/browser/importing/report.js";

const noise = { id: "1", name: "UK_ukpga_1996_37", title_en: "Noise Act 1996", year: 1996, number: "37", type_code: "ukpga" };
const air = { ...noise, id: "2", name: "UK_ukpga_1993_11", title_en: "Clean Air Act 1993" };

const line = (key, text, law, annotation = null, found = law ? "matched" : "missing") => ({
  key, line: key + 1, text, found, candidates: law ? [law] : [], possible: law ? 1 : 0, reasons: law ? ["by title"] : [], told: [], annotation,
});
const certain = (item) => (item.found === "matched" ? item.candidates[0] : null);

test("what several rows note of a law is one note, each text once", () => {
  const items = [
    line(0, "Noise Act 1996", noise, { note: "a", tags: ["x"] }), line(1, "Clean Air Act 1993", air), line(2, "Noise Act", noise, { note: "b", tags: ["x", "y"] }), line(3, "Noise Act", noise, { note: "a" }),
  ];
  const { wanted, again } = laid(items, certain, true);
  assert.deepEqual(wanted, [{ record_id: "1", note: "a\n\nb", tags: ["x", "y"] }, { record_id: "2" }]);
  assert.deepEqual([...again].map(([item, { first, added }]) => [item.line, first.line, added]), [[3, 1, true], [4, 1, true]]);
  assert.deepEqual(items[0].annotation, { note: "a", tags: ["x"] });
});

test("of lines of text the first one counts", () => {
  const { wanted, again } = laid([line(0, "a", noise, { note: "a" }), line(1, "b", noise, { note: "b" })], certain, false);
  assert.deepEqual(wanted, [{ record_id: "1", note: "a" }]);
  assert.equal([...again.values()][0].added, false);
});

test("a note that would be too long is not added, and said not to be", () => {
  const { wanted, again } = laid([line(0, "a", noise, { note: "a".repeat(9_000) }), line(1, "b", noise, { note: "b".repeat(1_000) })], certain, true);
  assert.equal(wanted[0].note, "a".repeat(9_000));
  assert.equal([...again.values()][0].added, false);
});

test("every line is in the report, in its order, with what became of it", () => {
  const items = [line(4, "Noise Act 1996", noise), line(5, "Noise", noise), line(6, "ISO 14001", null), line(7, "Air", null, null, "ambiguous"), line(8, "Clean air", null, null, "ambiguous"), line(9, "Policy", null)];
  const choices = new Map([[8, air], [9, null]]);
  const lawOf = (item) => certain(item) ?? choices.get(item.key) ?? null;
  const { again } = laid(items, lawOf, true);
  const report = reportOf(items, [{ line: 0, text: "name", reason: "headings" }, { line: 4, text: "Legislation", reason: "headings" }], { lawOf, choices, again });
  assert.deepEqual(report.map(({ line, outcome, record_id: id, reason }) => [line, outcome, id, reason]), [
    [4, "left_out", undefined, "headings"], [5, "imported", "1", "by title"], [6, "repeated", "1", "line 5"], [7, "missing", undefined, undefined],
    [8, "ambiguous", undefined, undefined], [9, "imported", "2", "chosen by hand"], [10, "left_out", undefined, "by hand"],
  ]);
});

test("no spreadsheet runs a line of the report", () => {
  const csv = csvOf([{ line: 1, text: '=1+1 "x"', outcome: "missing" }, { line: 2, text: "a;=2", outcome: "imported", record_id: "1" }], () => noise);
  assert.equal(csv, '\uFEFFLine,Text,Outcome,Reason,Law,Name\r\n1,"\'=1+1 ""x""",Not found,,,\r\n2,"a;\'=2",Imported,,Noise Act 1996,UK_ukpga_1996_37\r\n');
});

test("a law is sent in the part of the line that brings it", () => {
  const items = Array.from({ length: 25_000 }, (_, at) => ({ record_id: String(at), note: "n".repeat(100) }));
  const brought = items.map(({ record_id: id }, at) => ({ line: at + 1, text: "t", outcome: "imported", record_id: id }));
  const report = [...brought, { line: 25_001, text: "t", outcome: "repeated", record_id: "0" }, { line: 25_002, text: "t", outcome: "missing" }];
  const parts = partsOf([...items, { record_id: "none of the lines" }].reverse(), report);
  assert.ok(parts.length > 2);
  for (const { items: laws, report: lines } of parts) {
    const those = lines.filter(({ outcome }) => outcome === "imported").map(({ record_id: id }) => id);
    assert.deepEqual(laws.map(({ record_id: id }) => id).filter((id) => id !== "none of the lines"), those);
    assert.ok(JSON.stringify({ laws, lines }).length < 2_000_000);
    assert.ok(lines.length <= 20_000);
  }
  assert.equal(parts.flatMap(({ items: laws }) => laws).length, items.length + 1);
  assert.deepEqual(parts.flatMap(({ report: lines }) => lines), report);
});
