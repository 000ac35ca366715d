import assert from "node:assert/strict";
import { test } from "node:test";
import { Exchange } from "../../../../src/sertantai/web/browser/live/worker/exchange.js";

/** What a socket of Phoenix does, as far as it is asked here: it notes what is said to it. */
class Socket {
  channels = [];
  channel(topic, stated) {
    const channel = {
      topic, stated, pushed: [], isLeft: false, close: [],
      join: () => ({ receive: (_, heard) => { channel.answer = heard; } }),
      onClose: (heard) => channel.close.push(heard),
      leave() { channel.isLeft = true; for (const heard of channel.close) heard(); },
      push: (event, payload) => channel.pushed.push([event, payload]),
    };
    this.channels.push(channel);
    return channel;
  }
  get last() { return this.channels.at(-1); }
}

function begun() {
  const socket = new Socket();
  const exchange = new Exchange(socket, (channel, changed) => { channel.here = changed; });
  const tab = () => {
    const heard = [];
    return Object.assign(exchange.enter((message) => heard.push(message)), { heard });
  };
  return { socket, exchange, tab };
}

test("a topic is joined once for all tabs, with what the first has, and left after the last", () => {
  const { socket, exchange, tab } = begun();
  const [one, other] = [tab(), tab()];
  exchange.want(one, "list:l", { since: 5, epoch: "e" });
  exchange.want(other, "list:l", { since: 4, epoch: "e" });
  assert.equal(socket.channels.length, 1);
  assert.deepEqual(socket.last.stated(), { want: "summary", since: 5, epoch: "e" });
  exchange.leave(one);
  assert.equal(socket.last.isLeft, false);
  exchange.drop(other, "list:l");
  assert.equal(socket.last.isLeft, true);
  assert.deepEqual(one.heard.concat(other.heard), []);
});

test("each tab hears what comes, and who comes later hears where it is", () => {
  const { socket, exchange, tab } = begun();
  const [one, other] = [tab(), tab()];
  exchange.want(one, "list:l", { since: 5, epoch: "e" });
  socket.last.answer({ mode: "changes", version: 7, epoch: "e", added: ["a"] });
  socket.last.onMessage("changes", { from: 7, version: 8 });
  socket.last.onMessage("phx_reply", { version: 99 });
  exchange.want(other, "list:l", { since: 7 });
  assert.deepEqual(one.heard.map(({ event, payload }) => [event, payload.since, payload.version]), [["joined", 5, 7], ["changes", undefined, 8]]);
  assert.deepEqual(other.heard, [{ topic: "list:l", event: "joined", payload: { mode: "standing", version: 8, epoch: "e" } }]);
});

test("it is joined again with what was heard last", () => {
  const { socket, exchange, tab } = begun();
  exchange.want(tab(), "list:l", { since: 5, epoch: "e" });
  socket.last.answer({ mode: "current", version: 5, epoch: "e" });
  socket.last.onMessage("changes", { from: 5, version: 6 });
  assert.equal(socket.last.stated().since, 6);
  socket.last.onMessage("reset", { version: 2, epoch: "f" });
  assert.deepEqual(socket.last.stated(), { want: "summary", since: 2, epoch: "f" });
});

test("a right that has ended is told once, and one that never was as refused", () => {
  const { socket, exchange, tab } = begun();
  const one = tab();
  exchange.want(one, "list:l", {});
  for (const heard of socket.last.close) heard();
  exchange.want(one, "list:m", {});
  socket.last.answer({ version: 1, mode: "snapshot" });
  for (const heard of socket.last.close) heard();
  assert.deepEqual(one.heard.map(({ topic, event }) => `${topic} ${event}`), ["list:l refused", "list:m joined", "list:m closed"]);
});

test("who does not want to be shown says so, and is joined anew when they change their mind", () => {
  const { socket, exchange, tab } = begun();
  const one = tab();
  exchange.want(one, "list:l", { presence: false });
  assert.equal(socket.last.stated().presence, false);
  exchange.want(one, "list:l", { presence: true });
  assert.equal(socket.channels.length, 2);
  assert.equal(socket.channels[0].isLeft, true);
  assert.equal(socket.last.stated().presence, undefined);
});

test("those who are there are told to every tab, by name or as a number", () => {
  const { socket, exchange, tab } = begun();
  const one = tab();
  exchange.want(one, "list:l", {});
  socket.last.answer({ version: 1, mode: "snapshot" });
  socket.last.here([{ id: "u", name: "Bo", laws: [] }]);
  const late = tab();
  exchange.want(late, "list:l", {});
  assert.deepEqual(late.heard.at(-1).payload, { people: [{ id: "u", name: "Bo", laws: [] }] });
  socket.last.onMessage("presence_state", {});
  socket.last.onMessage("presence_count", { count: 70 });
  assert.deepEqual(one.heard.at(-1).payload, { count: 70 });
});

test("who comes later hears what is under way, and not what has ended", () => {
  const { socket, exchange, tab } = begun();
  const [one, other] = [tab(), tab()];
  exchange.want(one, "user:u", {});
  socket.last.answer({ epoch: "e", work: [{ id: "a", kind: "export", state: "waiting", ahead: 2 }] });
  socket.last.onMessage("work", { id: "a", kind: "export", state: "running" });
  socket.last.onMessage("work", { id: "b", kind: "import", state: "running" });
  socket.last.onMessage("work", { id: "b", kind: "import", state: "done" });
  exchange.want(other, "user:u", {});
  assert.equal(one.heard.length, 4);
  assert.deepEqual(other.heard.at(-1).payload.work, [{ id: "a", kind: "export", state: "running" }]);
});
