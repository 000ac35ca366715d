// Each version of phoenix.js: connects, joins, is told of a tick, loses its connection and comes back with what
// it has, has a list opened twice, is refused, and leaves. All at once; what each sees is told to the test.
import { createServer, request } from "node:http";
import {
  ADDRESS, VERSIONS, WITH_AUTH_TOKEN, counted, end, given, pause, phoenix, tell, tick, until, untick,
} from "./clients.mjs";

const { list, records, nobodys } = given;
const topic = `list:${list}`;

/** A proxy that lets no socket through. */
async function proxy() {
  const target = new URL(given.url);
  const server = createServer((incoming, answer) => {
    const { method, url, headers } = incoming;
    const onward = request({ host: target.hostname, port: target.port, method, path: url, headers }, (got) => {
      answer.writeHead(got.statusCode, got.headers);
      got.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    incoming.pipe(onward);
  });
  server.on("upgrade", (_incoming, connection) => connection.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `ws://127.0.0.1:${server.address().port}/socket`;
}

/** One client, and all that it is told of the list, in order. */
class Client {
  constructor(who, version, address, options) {
    const { Socket } = phoenix(version);
    this.who = who;
    this.frames = [];
    this.changes = [];
    this.answers = [];
    this.closes = 0;
    this.opens = 0;
    this.socket = new Socket(address, { heartbeatIntervalMs: 2_000, ...options });
    this.socket.onOpen(() => (this.opens += 1));
    this.socket.onMessage((message) => this.frames.push(message));
    this.position = {};
    this.channel = this.socket.channel(topic, () => ({ ...this.position, presence: false }));
    this.channel.on("changes", (told) => {
      this.changes.push(told);
      this.position = { ...this.position, since: told.version };
    });
    this.channel.onClose(() => (this.closes += 1));
  }

  /** Until it is joined; each answer of each join is kept. */
  async join() {
    this.socket.connect();
    this.channel.join().receive("ok", (answer) => {
      this.answers.push(answer);
      this.position = { since: answer.version, epoch: answer.epoch };
    });
    await until(() => this.answers.length === 1, `${this.who} joins`);
  }

  count(event, wantedTopic = topic) {
    return this.frames.filter((frame) => frame.event === event && frame.topic === wantedTopic).length;
  }
}

function sockets() {
  return VERSIONS.map((version) => {
    const { Counted, made } = counted();
    const proof = WITH_AUTH_TOKEN.includes(version) ? { authToken: given.token } : { params: { token: given.token } };
    const client = new Client(version, version, ADDRESS, { transport: Counted, ...proof });
    client.cut = () => made.at(-1).terminate();
    client.made = made;
    return client;
  });
}

async function longPolls() {
  const polls = WITH_AUTH_TOKEN.map((version) => {
    const { LongPoll } = phoenix(version);
    const proof = version === "1.8.1" ? { params: { token: given.token } } : { authToken: given.token };
    return new Client(`${version} long-poll`, version, ADDRESS, { transport: LongPoll, ...proof });
  });
  const { Counted } = counted();
  const memory = new Map();
  const sessionStorage = { getItem: (key) => memory.get(key) ?? null, setItem: (key, value) => memory.set(key, value) };
  const behind = new Client("1.8.16 behind a proxy", "1.8.16", await proxy(), {
    transport: Counted, longPollFallbackMs: 300, sessionStorage, params: { token: given.token },
  });
  return [...polls, behind];
}

// What a client without a right does, while the others work: it comes again, and again.
const refused = VERSIONS.map((version) => {
  const { Socket } = phoenix(version);
  const { Counted, made } = counted();
  new Socket(ADDRESS, { transport: Counted, params: { token: "nobody's" } }).connect();
  return { version, made };
});
const refusedSince = Date.now();

const bySocket = sockets();
const byPolling = await longPolls();
const all = [...bySocket, ...byPolling];
await Promise.all(all.map((client) => client.join()));
for (const { who, answers } of all) tell(who, "joined", { answer: answers[0] });

await tick(list, records[0]);
await until(() => all.every((client) => client.changes.length === 1), "the tick");
for (const { who, changes } of all) tell(who, "told", { change: changes[0] });

// Their connections break while something happens; coming back they say what they have.
for (const client of bySocket) client.cut();
await tick(list, records[1]);
const { version } = await untick(list, records[0]);
await until(() => bySocket.every((client) => client.answers.length === 2), "all are back");
await until(() => all.every((client) => client.position.since === version), "all of it");
for (const { who, answers, changes } of bySocket) tell(who, "back", { answer: answers[1], changes: changes.length });
for (const client of bySocket) client.cut();
await until(() => bySocket.every((client) => client.answers.length === 3), "all are back once more");
for (const { who, answers } of bySocket) tell(who, "back again", { answer: answers[2] });

// A list that nobody may have, and one that is opened a second time.
for (const client of all) {
  client.hopeless = client.socket.channel(`list:${nobodys}`, {});
  client.refusals = [];
  client.ends = 0;
  client.hopeless.onClose(() => (client.ends += 1));
  client.hopeless.join().receive("error", (answer) => client.refusals.push(answer));
  // One after another: of who must be looked up, so many are let in at once.
  await until(() => client.ends, `${client.who}: the end of what is hopeless`);
}
for (const client of bySocket) {
  const before = client.changes.length;
  client.first = before;
  client.second = client.socket.channel(topic, { presence: false });
  client.secondAnswer = null;
  client.secondChanges = [];
  client.second.on("changes", (told) => client.secondChanges.push(told));
  client.second.join().receive("ok", (answer) => (client.secondAnswer = answer));
}
await until(() => bySocket.every((client) => client.secondAnswer && client.closes), "the second of two");
await tick(list, records[2]);
await until(() => bySocket.every((client) => client.secondChanges.length), "the tick for the second");
for (const client of bySocket) {
  tell(client.who, "twice", {
    closes: client.closes, first: client.changes.length - client.first, second: client.secondChanges.length,
    state: client.second.state,
  });
}

await pause(Math.max(0, 5_000 - (Date.now() - refusedSince)));
for (const { version, made } of refused) tell(version, "refused", { tries: made.length });
// Heartbeats have been answered all the while, or a client had closed its socket and made another.
await until(() => bySocket.every((client) => client.count("phx_reply", "phoenix")), "heartbeats");
for (const client of bySocket) tell(client.who, "sockets", { made: client.made.length });
for (const client of all) {
  tell(client.who, "hopeless", {
    refusals: client.refusals, ends: client.ends, answers: client.count("phx_reply", `list:${nobodys}`),
    state: client.hopeless.state,
  });
}

// They leave. The client ends its channel with the answer; the server's own end comes once, and no second answer.
for (const client of all) {
  const channel = client.second ?? client.channel;
  client.frames = [];
  client.left = 0;
  client.lastClosed = 0;
  channel.onClose(() => (client.lastClosed += 1));
  channel.leave().receive("ok", () => (client.left += 1));
}
await until(() => all.every((client) => client.left && client.count("phx_close")), "they leave");
await tick(list, records[3]);
await pause(300);
for (const client of all) {
  tell(client.who, "left", {
    closes: client.count("phx_close"), replies: client.count("phx_reply"), events: client.count("changes"),
    seen: client.lastClosed,
  });
}
end();
