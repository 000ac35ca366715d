// The one socket of a browser. A shared worker holds it for all tabs; where there is none, each page has a worker of
// its own with this. It ends when nobody wants it any more.

import { Exchange } from "./exchange.js";

/** @import { Tab, Wanted } from "./exchange.js" */

/** Types of what is vendored are not known, so it is loaded by its address. */
const PHOENIX = String(new URL("../../vendor/phoenix.js", import.meta.url));
const FALLBACK_MS = 3_000;
const RESTART_MAX_MS = 30_000;
/** What lets no socket through is asked again after this. */
const POLLING_MIN_MS = 60_000;
/** Tried so often without being let in, somebody is asked whether they may be. */
const REFUSED_AFTER = 2;

/** @type {any} */ const here = self;
/** @type {MessagePort[]} */ const early = [];
/** @type {(port: MessagePort) => unknown} */ let admit = (port) => early.push(port);
if ("onconnect" in here) here.onconnect = (/** @type {MessageEvent} */ { ports: [port] }) => admit(port);
else early.push(here);

const { Socket, Presence } = await import(PHOENIX);

let state = "closed";
let failures = 0;
let openedAt = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */ let restarting;

const socket = new Socket("/socket", {
  longPollFallbackMs: FALLBACK_MS,
  // Without chance, all who lost it would be back in the same moment.
  reconnectAfterMs: (/** @type {number} */ tries) => ([50, 150, 400, 1_000, 2_000][tries - 1] ?? 5_000) * (0.5 + Math.random()),
  rejoinAfterMs: (/** @type {number} */ tries) => ([200, 1_000, 3_000][tries - 1] ?? 10_000) * (0.5 + Math.random()),
});
const exchange = new Exchange(socket, presenceOf);

socket.onOpen(() => {
  failures = 0;
  openedAt = Date.now();
  tellState(socket.transport === socket.getLongPollTransport() ? "polling" : "open");
});
socket.onClose((/** @type {any} */ event) => {
  const wasOpen = state !== "closed";
  failures += wasOpen ? 0 : 1;
  tellState("closed");
  // 1001: the session has ended, and so says the server to whoever asks.
  if ((wasOpen && event?.code === 1001) || failures === REFUSED_AFTER) exchange.tellAll({ state: "refused" });
});

/** @param {string} now */
function tellState(now) {
  state = now;
  exchange.tellAll({ state });
}

/** @param {any} channel @param {(people: object[]) => void} changed */
function presenceOf(channel, changed) {
  const presence = new Presence(channel);
  presence.onSync(() => changed(presence.list((/** @type {string} */ id, /** @type {{ metas: any[] }} */ { metas }) => ({
    id, name: metas.find(({ name }) => name)?.name ?? "", laws: metas.map(({ law }) => law).filter(Boolean),
  }))));
}

/** The server goes, and says when it is best to come again. @param {number} ms */
function restart(ms) {
  clearTimeout(restarting);
  const wait = Math.min(Math.max(Number(ms) || 0, 0), RESTART_MAX_MS);
  socket.disconnect(() => undefined);
  tellState("closed");
  restarting = setTimeout(() => {
    restarting = undefined;
    if (exchange.isWanted) socket.connect();
  }, wait);
}

admit = (port) => {
  const tab = exchange.enter((message) => {
    port.postMessage(message);
    const { topic, event, payload } = /** @type {any} */ (message);
    if (topic === "service" && event === "state" && payload.state === "restarting") setTimeout(() => restart(payload.in_ms));
  });
  let isHere = true;
  const leave = () => {
    if (!isHere) return;
    isHere = false;
    exchange.leave(tab);
    if (exchange.isWanted) return;
    clearTimeout(restarting);
    restarting = undefined;
    socket.disconnect(() => undefined);
    state = "closed";
  };
  port.onmessage = ({ data }) => {
    if (data.say === "bye") leave();
    else if (isHere) heard(tab, data, leave);
  };
  port.postMessage({ state, hello: true });
  socket.connect();
};

/** @param {Tab} tab @param {any} said @param {() => void} leave */
function heard(tab, said, leave) {
  if (said.say === "want") exchange.want(tab, said.topic, /** @type {Wanted} */ (said));
  else if (said.say === "drop") exchange.drop(tab, said.topic);
  else if (said.say === "look") exchange.look(tab, said.topic, said.law);
  else if (said.say === "knock") again();
  // A tab that is killed says nothing; what it held is free then.
  else if (said.say === "lock") void here.navigator.locks?.request(said.lock, leave);
}

/** Somebody looks: what would be tried later is tried now; and what asks again and again, whether it may wait to be told. */
function again() {
  if (restarting || socket.connectionState() === "connecting") return;
  if (state === "closed") {
    failures = 0;
    socket.disconnect(() => undefined);
    socket.connect();
  } else if (state === "polling" && here.WebSocket && Date.now() - openedAt > POLLING_MIN_MS) {
    socket.replaceTransport(here.WebSocket);
    socket.connect();
  }
}

for (const port of early) admit(port);
