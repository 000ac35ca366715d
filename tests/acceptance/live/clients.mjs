// The unmodified clients of package.json, by their versions, and what scripts of these tests share.
import { createRequire } from "node:module";
import WebSocket from "ws";

const require = createRequire(import.meta.url);

export const given = JSON.parse(process.argv[2]);
export const VERSIONS = ["1.4.18", "1.5.14", "1.6.16", "1.7.23", "1.8.0", "1.8.1", "1.8.15", "1.8.16"];
/** From here on a token can be given by itself, and long-poll works outside of browsers. */
export const WITH_AUTH_TOKEN = VERSIONS.slice(4);
export const ADDRESS = `${given.url.replace("http", "ws")}/socket`;

export const phoenix = (version) => require(`phoenix-${version}`);
export const supabase = () => require("@supabase/realtime-js");
export { WebSocket };

/** A line for the test. */
export function tell(who, what, more = {}) {
  console.log(JSON.stringify({ who, what, ...more }));
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits for what must become true; the test says what is missing by its name. */
export async function until(isTrue, name, ms = 60_000) {
  const ends = Date.now() + ms;
  while (!isTrue()) {
    if (Date.now() > ends) throw new Error(`it never came: ${name}`);
    await pause(5);
  }
}

/** The API, as a program with a token asks it. */
export async function api(method, path, body, token = given.token) {
  const answer = await fetch(`${given.url}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
  return text ? JSON.parse(text) : null;
}

export const tick = (list, record) => api("PUT", `/groups/${list}/records/${record}`);
export const untick = (list, record) => api("DELETE", `/groups/${list}/records/${record}`);

/** Sockets that can be counted, and whose connection can be cut. */
export function counted() {
  const made = [];
  class Counted extends WebSocket {
    constructor(address, protocols) {
      super(address, protocols);
      this.on("error", () => {});
      made.push(this);
    }
  }
  return { Counted, made };
}

/** Ends this process with its sockets, however much they want to come back. */
export function end() {
  process.exit(0);
}
