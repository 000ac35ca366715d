import assert from "node:assert/strict";
import test from "node:test";

import { WishQueue } from "../../../../src/sertantai/web/browser/ticking/wish_queue.js";

const never = () => assert.fail("it was not to be superseded");
const turn = () => new Promise((done) => setTimeout(done));

/** A server that answers when it is told to: `sent` is what it was asked, in order. */
class Server {
  sent = [];
  #answers = new Map();

  ask = (name) => () => new Promise((done, failed) => {
    this.sent.push(name);
    this.#answers.set(name, { done, failed });
  });

  async answer(...names) {
    for (const name of names) this.#answers.get(name).done();
    await turn();
  }
}

test("wishes for different records go side by side, four at a time", async () => {
  const [queue, server] = [new WishQueue(), new Server()];
  for (const id of ["1", "2", "3", "4", "5", "6"]) queue.tick(id, true, server.ask(id), never);
  assert.deepEqual(server.sent, ["1", "2", "3", "4"]);
  assert.equal(queue.size, 6);
  await server.answer("2");
  assert.deepEqual(server.sent, ["1", "2", "3", "4", "5"]);
});

test("a record's wishes never overtake each other", async () => {
  const [queue, server] = [new WishQueue(), new Server()];
  queue.tick("1", true, server.ask("tick"), never);
  queue.tick("1", false, server.ask("untick"), never);
  queue.tick("2", true, server.ask("other"), never);
  assert.deepEqual(server.sent, ["tick", "other"]);
  await server.answer("tick");
  assert.deepEqual(server.sent, ["tick", "other", "untick"]);
});

test("the last wish takes the place of those that still wait", async () => {
  const [queue, server, superseded] = [new WishQueue(), new Server(), []];
  queue.tick("1", true, server.ask("first"), never);
  queue.tick("1", false, server.ask("second"), () => superseded.push("second"));
  queue.tick("1", true, server.ask("third"), never);
  assert.deepEqual(superseded, ["second"]);
  await server.answer("first");
  assert.deepEqual(server.sent, ["first", "third"]);
});

test("what is sent is the value that was wished", async () => {
  const [queue, sent] = [new WishQueue(), []];
  queue.tick("1", false, async (value) => { sent.push(value); }, never);
  await queue.idle();
  assert.deepEqual(sent, [false]);
});

test("a change of many waits for all before it and holds all after", async () => {
  const [queue, server] = [new WishQueue(), new Server()];
  queue.tick("1", true, server.ask("1"), never);
  queue.tick("2", true, server.ask("2"), never);
  queue.alone(server.ask("many"), never);
  queue.tick("3", true, server.ask("3"), never);
  await server.answer("1");
  assert.deepEqual(server.sent, ["1", "2"]);
  await server.answer("2");
  assert.deepEqual(server.sent, ["1", "2", "many"]);
  await server.answer("many");
  assert.deepEqual(server.sent, ["1", "2", "many", "3"]);
});

test("a wish before a change of many is not replaced by one after it", async () => {
  const [queue, server] = [new WishQueue(), new Server()];
  queue.tick("0", true, server.ask("0"), never);
  queue.tick("0", false, server.ask("before"), never);
  queue.alone(server.ask("many"), never);
  queue.tick("0", true, server.ask("after"), never);
  for (const name of ["0", "before", "many"]) await server.answer(name);
  assert.deepEqual(server.sent, ["0", "before", "many", "after"]);
});

test("what is answered makes room, until nothing is left", async () => {
  const queue = new WishQueue();
  const sent = [];
  queue.tick("1", true, async () => { sent.push("1"); }, never);
  queue.alone(async () => { sent.push("many"); }, never);
  queue.tick("2", true, async () => { sent.push("2"); }, never);
  await queue.idle();
  assert.deepEqual(sent, ["1", "many", "2"]);
  assert.equal(queue.size, 0);
});

test("held, single wishes wait; a change of many is refused and not done later unseen", async () => {
  const [queue, server, refused] = [new WishQueue(), new Server(), []];
  queue.tick("1", true, server.ask("1"), never);
  queue.alone(server.ask("many"), () => refused.push("many"));
  queue.hold();
  queue.tick("2", true, server.ask("2"), never);
  assert.deepEqual(refused, ["many"]);
  await server.answer("1");
  assert.deepEqual(server.sent, ["1"]);
  assert.equal(queue.isHeld, true);
  queue.release();
  assert.deepEqual(server.sent, ["1", "2"]);
});

test("a wish that could not be sent goes first when the server is back", async () => {
  const [queue, server] = [new WishQueue(), new Server()];
  queue.hold();
  queue.tick("2", true, server.ask("2"), never);
  queue.putBack({ key: "1", value: true, send: server.ask("1"), superseded: never });
  queue.release();
  assert.deepEqual(server.sent, ["1", "2"]);
});

test("a wish that could not be sent gives way to a later one of its record", async () => {
  const [queue, server, superseded] = [new WishQueue(), new Server(), []];
  queue.hold();
  queue.tick("1", false, server.ask("later"), never);
  queue.putBack({ key: "1", value: true, send: server.ask("failed"), superseded: () => superseded.push("failed") });
  queue.release();
  assert.deepEqual(superseded, ["failed"]);
  assert.deepEqual(server.sent, ["later"]);
});

test("a hundred wishes for one record while it is held are one question", async () => {
  const [queue, server] = [new WishQueue(), new Server()];
  let superseded = 0;
  queue.hold();
  for (let at = 0; at < 100; at += 1) queue.tick("1", at % 2 === 0, server.ask(`${at}`), () => { superseded += 1; });
  assert.equal(queue.size, 1);
  assert.equal(superseded, 99);
  queue.release();
  assert.deepEqual(server.sent, ["99"]);
});

test("it is idle when nothing waits or flies, or when it is held", async () => {
  const [queue, server] = [new WishQueue(), new Server()];
  await queue.idle();
  queue.tick("1", true, server.ask("1"), never);
  let isIdle = false;
  const idle = queue.idle().then(() => { isIdle = true; });
  await turn();
  assert.equal(isIdle, false);
  queue.hold();
  await idle;
  assert.equal(queue.size, 1);
});
