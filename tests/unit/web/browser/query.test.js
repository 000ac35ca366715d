import assert from "node:assert/strict";
import test from "node:test";

import { address, queryOf } from "../../../../src/sertantai/web/browser/query.js";

globalThis.location = /** @type {any} */ ({ href: "https://sertantai.example/records?q=noise&page=3&utm_source=letter" });

test("an address keeps what it says and says what is stated instead", () => {
  assert.equal(address("/groups/1?q=air&type_code=uksi&page=2", [["q", "noise & air"], ["page", null]]), "/groups/1?type_code=uksi&q=noise+%26+air");
});

test("a name may be stated several times", () => {
  assert.equal(address("/groups/compare?of=1", [["of", "2"], ["of", "3"], ["op", "union"]]), "/groups/compare?of=2&of=3&op=union");
});

test("what is empty is left out, and nothing is no query", () => {
  assert.equal(address("/groups/1?q=air", [["q", ""], ["tag", null]]), "/groups/1");
});

test("names that follow readers are passed over and written into no address", () => {
  assert.equal(String(queryOf("?q=noise&utm_campaign=x&fbclid=y&gclid=z&utm_=kept")), "q=noise&utm_=kept");
  assert.equal(address(location.href, [["page", "4"]]), "/records?q=noise&page=4");
});

test("what is written is read again", () => {
  const said = [["q", "1974 c. 37 + “é” & %"], ["family", "💚 WASTE"], ["family", "(none)"]];
  assert.deepEqual([...queryOf(address("/records", said))], said);
});
