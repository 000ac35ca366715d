import assert from "node:assert/strict";
import test from "node:test";

import { namesLaws, pieces, rowsOf } from "../../../../src/sertantai/web/browser/importing/rows.js";

const table = {
  name: "Register", told: [], rows: [
    { line: 1, cells: ["Register of law", "", "", "", "", "", ""] },
    { line: 4, cells: ["Legislation", "SI No", "Notes", "Topic", "Responsible", "Review\ndate", "Site"] },
    { line: 5, cells: ["Noise Act 1996", "1996 c. 37", "Depot\nonly", "noise; depot", "Estates", "2026-03-01", "Leeds"], links: { 0: "https://www.legislation.gov.uk/ukpga/1996/37", 6: "https://example.org/leeds" } },
    { line: 7, cells: ["", "", "Ask them", "", "", "", ""] },
  ],
};
const roles = ["law", "reference", "note", "tags", "owner", "date", "other"];

test("cells go where their columns belong, owners and dates into the note", () => {
  const [row, without] = rowsOf(table, { sheet: 0, heading: 1, roles, unmapped: "note" });
  assert.deepEqual(row, {
    line: 5, law: ["Noise Act 1996"], reference: ["1996 c. 37", "https://www.legislation.gov.uk/ukpga/1996/37"],
    note: "Depot\nonly\nOwner: Estates\nReview date: 2026-03-01\nSite: Leeds", tags: ["noise", "depot"],
  });
  assert.deepEqual(without, { line: 7, law: [], reference: [], note: "Ask them", tags: [] });
});

test("what is not mapped may be left out, and so may any column", () => {
  const mapped = { sheet: 0, heading: 1, roles: ["law", "out", "out", "out", "out", "out", "other"], unmapped: "out" };
  assert.equal(rowsOf(table, mapped)[0].note, "");
  assert.deepEqual(rowsOf(table, mapped)[0].reference, ["https://www.legislation.gov.uk/ukpga/1996/37"]);
});

test("without headings each row is one, and a column has no label but that of its role", () => {
  const rows = rowsOf(table, { sheet: 0, heading: null, roles, unmapped: "note" });
  assert.deepEqual(rows.map((row) => row.line), [1, 4, 5, 7]);
  assert.equal(rows[2].note, "Depot\nonly\nOwner: Estates\nDate: 2026-03-01\nLeeds");
});

test("a law or a reference is needed", () => {
  assert.equal(namesLaws({ roles: ["note", "reference"] }), true);
  assert.equal(namesLaws({ roles: ["note", "owner"] }), false);
});

test("rows are sent in pieces, in their order, each with one row at least", () => {
  const rows = Array.from({ length: 5 }, (_, line) => ({ line, note: "n".repeat(40) }));
  assert.deepEqual(pieces(rows, { many: 2 }).map((piece) => piece.length), [2, 2, 1]);
  assert.deepEqual(pieces(rows, { characters: 10 }).flat(), rows);
  assert.equal(pieces(rows, { characters: 10 }).length, 5);
  assert.deepEqual(pieces([]), []);
});

test("who is responsible and when it is reviewed are a row's own, of the first column of each", () => {
  const table = { rows: [{ line: 1, cells: ["Clean Air Act 1993", "Ann Lee", "2027-03-31", "Ben"] }] };
  const mapped = { heading: null, roles: ["law", "responsible", "review_on", "responsible"], unmapped: "note" };
  assert.deepEqual(rowsOf(table, mapped), [{ line: 1, law: ["Clean Air Act 1993"], reference: [], note: "", responsible: "Ann Lee", review_on: "2027-03-31", tags: [] }]);
});
