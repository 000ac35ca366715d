// Who is here, as phoenix.js's own Presence sees it: two tabs of one and a colleague, through a reload.
import { ADDRESS, counted, end, given, pause, phoenix, tell, until } from "./clients.mjs";

const { list, ada, ben } = given;

class Tab {
  constructor(token, version = "1.8.16") {
    const { Socket, Presence } = phoenix(version);
    const { Counted, made } = counted();
    this.made = made;
    this.socket = new Socket(ADDRESS, { transport: Counted, params: { token } });
    this.socket.connect();
    this.channel = this.socket.channel(`list:${list}`, {});
    this.presence = new Presence(this.channel);
    this.seen = [];
    this.left = [];
    this.presence.onSync(() => this.seen.push(this.now()));
    this.presence.onLeave((key, current) => current.metas.length || this.left.push(key));
    this.channel.join();
  }

  /** How many screens of each. */
  now() {
    return Object.fromEntries(this.presence.list((key, { metas }) => [key, metas.length]));
  }

  laws(key) {
    return this.presence.list((id, { metas }) => [id, metas.map((meta) => meta.law ?? null)]).find(([id]) => id === key)?.[1];
  }

  go() {
    this.made.at(-1).terminate();
    this.socket.disconnect();
  }
}

const is = (tab, wanted) => () => JSON.stringify(Object.entries(tab.now()).sort()) === JSON.stringify(Object.entries(wanted).sort());

const first = new Tab(ada.token);
const second = new Tab(ada.token, "1.4.18");
let colleague = new Tab(ben.token);
const all = { [ada.id]: 2, [ben.id]: 1 };
for (const tab of [first, second, colleague]) await until(is(tab, all), "everybody is here");
tell("ada", "all", { now: first.now() });
const before = first.seen.length;

// A page that is loaded again, three times, is never gone.
for (let times = 0; times < 3; times += 1) {
  colleague.go();
  await pause(300);
  colleague = new Tab(ben.token);
  await until(is(colleague, all), "the colleague is back");
}
await pause(600);
await until(is(first, all), "and is seen to be");
tell("ada", "reloads", { left: [...first.left, ...second.left], missing: first.seen.slice(before).filter((seen) => !seen[ben.id]).length, syncs: first.seen.length - before });

// Where somebody looks.
colleague.channel.push("look", { law: given.record });
await until(() => first.laws(ben.id)?.[0] === given.record, "the law that is looked at");
tell("ada", "looks", { now: first.now(), left: first.left });

// A tab is closed: one is left. Then the colleague goes for good.
second.go();
await until(is(first, { [ada.id]: 1, [ben.id]: 1 }), "one tab is left");
colleague.go();
const since = Date.now();
await until(is(first, { [ada.id]: 1 }), "the colleague is gone");
tell("ada", "gone", { after_ms: Date.now() - since, left: first.left });
end();
