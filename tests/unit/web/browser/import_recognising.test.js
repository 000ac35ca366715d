import assert from "node:assert/strict";
import test from "node:test";

import { holdsTable, isOurs, isTable } from "../../../../src/sertantai/web/browser/importing/recognising.js";

const ours = { exported: ["id", "name", "title", "note", "tags"], namedBy: ["id", "name", "title"] };

test("tabs, headings over separators and Markdown make a table", () => {
  for (const text of [
    "Noise Act 1996\tEstates\nClean Air Act 1993\tDepot", "Legislation;Comments\nNoise Act 1996;depot", "sep=;\nLaw;Note", "Law,Owner\nNoise Act 1996,Estates\n\"Clean Air, Act 1993\",Depot", "| Law | Owner |\n|---|---|\n| Noise Act 1996 | me |",
  ]) assert.equal(isTable(text, ours), true, text);
});

test("lines of laws are none, and need no first step", () => {
  for (const text of [
    "Noise Act 1996", "1974 c. 37\nSI 2002/2677", "Health and Safety at Work, etc. Act 1974\nNoise Act 1996; Clean Air Act 1993", "•\tNoise Act 1996\n•\tClean Air Act 1993", "[1] Noise Act 1996", '[{"name": "a\tb"}]', "",
  ]) assert.equal(isTable(text, ours), false, text);
});

test("what was exported from here is read as it was", () => {
  assert.equal(isOurs('\uFEFFid,"name",note\n1,a,b', ours), true);
  assert.equal(isOurs("name,Responsible\na,b", ours), false);
  assert.equal(isOurs("note,tags\na,b", ours), false);
  assert.equal(isTable("name,note\na,b", ours), false);
});

test("a copied table is known by its HTML", () => {
  assert.equal(holdsTable("<html><TABLE border=0><tr>"), true);
  assert.equal(holdsTable("<p>tables <b>here</b>"), false);
});
