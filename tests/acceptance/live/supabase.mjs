// @supabase/realtime-js, unmodified: a list as its broadcasts, who is here as its presence, and a new token.
import { ADDRESS, end, given, supabase, tell, tick, until, WebSocket } from "./clients.mjs";

const { list, records, users, token, again, others } = given;
const { RealtimeClient } = supabase();

let current = token;
const client = new RealtimeClient(ADDRESS, { params: { apikey: token }, transport: WebSocket, accessToken: async () => current });
const states = [];
const changes = [];
const syncs = [];
const system = [];
const channel = client.channel(`list:${list}`, { config: { presence: { key: "" } } });
channel.on("broadcast", { event: "changes" }, (told) => changes.push(told));
channel.on("presence", { event: "sync" }, () => syncs.push(channel.presenceState()));
channel.on("system", {}, (told) => system.push(told));
channel.subscribe((state, error) => states.push([state, error ? String(error) : null]));
await until(() => states.length, "subscribed");
tell("supabase", "subscribed", { states: [...states] });
await until(() => syncs.some((state) => Object.keys(state).length), "who is here");
tell("supabase", "presence", { state: syncs.at(-1), users });

await tick(list, records[0]);
await until(() => changes.length === 1, "the tick");
tell("supabase", "told", { told: changes[0] });

// The same person with another token: nothing is said, and it goes on.
current = again;
await client.setAuth();
await tick(list, records[1]);
await until(() => changes.length === 2, "the tick after a new token");
tell("supabase", "renewed", { told: changes[1], states: [...states] });

// A hopeless topic is told as an error and as closed, and is not asked for again.
const hopeless = [];
client.channel(`list:${given.nobodys}`).subscribe((state) => hopeless.push(state));
await until(() => hopeless.includes("CLOSED"), "the end of what is hopeless");
tell("supabase", "hopeless", { states: [...hopeless] });

// A token of somebody else, who has no right to the list.
current = others;
await client.setAuth();
await until(() => states.some(([state]) => state === "CHANNEL_ERROR" || state === "CLOSED"), "the end");
tell("supabase", "refused", { states: [...states], system });
end();
