import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import test from "node:test";

globalThis.document ??= /** @type {any} */ ({ body: { dataset: {} }, getElementById: () => null });
const { faultOf, grewFrom, headOf } = await import("../../../../src/sertantai/web/browser/trail_memory.js");

const leaf = (/** @type {number} */ number) => createHash("sha256").update(String(number)).digest("hex");
const node = (/** @type {string} */ left, /** @type {string} */ right) =>
  createHash("sha256").update(Buffer.concat([Buffer.from([1]), Buffer.from(left + right, "hex")])).digest("hex");
const split = (/** @type {number} */ width) => 2 ** Math.floor(Math.log2(width - 1));

/** The tree hash of RFC 6962, 2.1, word by word. @param {string[]} leaves @returns {string} */
function root(leaves) {
  if (leaves.length === 1) return leaves[0];
  const at = split(leaves.length);
  return node(root(leaves.slice(0, at)), root(leaves.slice(at)));
}

/** SUBPROOF of RFC 6962, 2.1.2. @param {number} first @param {string[]} leaves @param {boolean} whole @returns {string[]} */
function proof(first, leaves, whole = true) {
  if (first === leaves.length) return whole ? [] : [root(leaves)];
  const at = split(leaves.length);
  return first <= at
    ? [...proof(first, leaves.slice(0, at), whole), root(leaves.slice(at))]
    : [...proof(first - at, leaves.slice(at), false), root(leaves.slice(0, at))];
}

const leaves = Array.from({ length: 20 }, (_, number) => leaf(number));

test("a history that grew is known by its proof, and no other", async () => {
  for (let second = 1; second <= leaves.length; second += 1) {
    for (let first = 1; first <= second; first += 1) {
      const [before, now] = [root(leaves.slice(0, first)), root(leaves.slice(0, second))];
      const path = proof(first, leaves.slice(0, second));
      assert.equal(await grewFrom(first, second, before, now, path), true, `${first} of ${second}`);
      assert.equal(await grewFrom(first, second, leaf(99), now, path), false);
      if (first < second) assert.equal(await grewFrom(first, second, before, leaf(99), path), false);
      assert.equal(await grewFrom(first, second, before, now, [...path, leaf(1)]), false);
    }
  }
});

test("a checkpoint is read, and what is none is not", () => {
  const encoded = Buffer.from(leaf(1), "hex").toString("base64");
  assert.deepEqual(headOf(`example.org/trail/1\n12\n${encoded}\n\n— example.org x\n`), {
    origin: "example.org/trail/1",
    size: 12,
    root: leaf(1),
  });
  assert.equal(headOf(""), null);
  assert.equal(headOf("<html>\n1\nx"), null);
  assert.equal(headOf(`a\n-1\n${encoded}`), null);
});

const head = (/** @type {number} */ size, of = leaves) => ({ origin: "a", size, root: root(of.slice(0, size)) });
const proven = async (/** @type {number} */ first) => ({
  first_root: root(leaves.slice(0, first)),
  second: 20,
  second_root: root(leaves),
  proof: proof(first, leaves),
});

test("a shorter history and another one are told", async () => {
  const others = leaves.map((_, number) => leaf(number + 100));
  assert.equal(await faultOf(null, head(20), proven), null);
  assert.equal(await faultOf(head(7), head(20), proven), null);
  assert.equal(await faultOf(head(20), head(20), proven), null);
  assert.match((await faultOf(head(8), head(7), proven)) ?? "", /shorter/);
  assert.match((await faultOf(head(7), head(7, others), proven)) ?? "", /not the one/);
  assert.match((await faultOf(head(7, others), head(20), proven)) ?? "", /not the one/);
  assert.equal(await faultOf({ ...head(20, others), origin: "b" }, head(7), proven), null);
});
