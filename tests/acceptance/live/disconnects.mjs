// A client whose connection is lost at random moments while others work in the list. It keeps what it is told,
// looks that nothing is missing and nothing comes twice, and says in the end which laws it believes in.
import { ADDRESS, api, counted, end, given, pause, phoenix, tell, tick, until, untick } from "./clients.mjs";

const { list, records, seed, drops, ticks } = given;

/** The same numbers for the same seed. */
function numbers(state) {
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

class Follower {
  constructor(version, transport) {
    this.who = version;
    this.laws = new Set();
    this.position = {};
    this.faults = [];
    this.modes = {};
    this.joins = 0;
    const { Socket } = phoenix(version);
    this.socket = new Socket(ADDRESS, { transport, params: { token: given.token } });
    this.channel = this.socket.channel(`list:${list}`, () => ({ ...this.position, presence: false }));
    for (const event of ["changes", "annotations", "list"]) this.channel.on(event, (told) => this.told(told));
    this.channel.on("reset", () => this.faults.push("reset"));
  }

  start() {
    this.socket.connect();
    this.channel.join().receive("ok", (answer) => this.joined(answer));
  }

  joined(answer) {
    this.joins += 1;
    this.modes[answer.mode] = (this.modes[answer.mode] ?? 0) + 1;
    if (answer.mode === "snapshot") this.laws = new Set(answer.ids);
    if (answer.mode === "changes") this.apply(answer);
    this.position = { since: answer.version, epoch: answer.epoch };
    if (this.laws.size !== answer.count) this.faults.push(`${this.laws.size} laws, and ${answer.count} are told`);
  }

  told(change) {
    if (change.from !== this.position.since) this.faults.push(`from ${change.from}, known ${this.position.since}`);
    this.apply(change);
    this.position.since = change.version;
    if (this.laws.size !== change.count) this.faults.push(`${this.laws.size} laws, and ${change.count} are told`);
  }

  apply({ added = [], removed = [] }) {
    for (const id of added) {
      if (this.laws.has(id)) this.faults.push(`${id} came twice`);
      this.laws.add(id);
    }
    for (const id of removed) if (!this.laws.delete(id)) this.faults.push(`${id} went twice`);
  }
}

const random = numbers(seed);
const clients = ["1.8.16", "1.5.14"].map((version) => {
  const { Counted, made } = counted();
  const follower = new Follower(version, Counted);
  follower.cut = () => made.at(-1).terminate();
  return follower;
});
for (const client of clients) client.start();

let done = 0;
let atWork = true;
async function work() {
  const ticked = new Set();
  while (atWork || done < ticks) {
    const record = records[Math.floor(random() * records.length)];
    if (done % 50 === 49) await api("PATCH", `/groups/${list}`, { name: `name ${done}` });
    else if (ticked.delete(record)) await untick(list, record);
    else {
      ticked.add(record);
      await tick(list, record);
    }
    done += 1;
  }
}

/** Each time that it is joined, a moment later. */
async function interrupt(client) {
  for (client.cuts = 0; client.cuts < drops; client.cuts += 1) {
    const joins = client.joins;
    await pause(random() * 20);
    client.cut();
    await until(() => client.joins > joins, `${client.who} comes back`);
  }
}

await until(() => clients.every((client) => client.joins), "all are there");
const working = work();
await Promise.all(clients.map(interrupt));
atWork = false;
await working;
const { version } = await api("GET", `/groups/${list}/record-ids`);
await until(() => clients.every((client) => client.position.since === version), "the newest version");
for (const { who, laws, faults, modes, cuts } of clients) {
  tell(who, "believes", { laws: [...laws].sort(), faults, modes, cuts, done });
}
end();
