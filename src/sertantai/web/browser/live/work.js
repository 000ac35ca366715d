// Work that goes on behind the pages of somebody: files that are made or read, smart lists that are looked at anew.
// Here is how it stands; where a page has a place for it, it shows it there.

/**
 * `ahead`: how many are before it while it waits. `done` of `of`: laws or lines.
 * @typedef {{
 *   id: string, kind: "import" | "export" | "smart_list", state: "waiting" | "running" | "done" | "failed",
 *   list?: string, name?: string, ahead?: number, done?: number, of?: number,
 * }} Work
 */

/** @param {Work} work */
export const isOver = ({ state }) => state === "done" || state === "failed";

export class Works extends EventTarget {
  /** By topic, and then by id. @type {Map<string, Map<string, Work>>} */ #now = new Map();

  /** What is under way, of one kind. @param {Work["kind"]} kind @returns {Work[]} */
  of(kind) {
    return [...this.#now.values()].flatMap((works) => [...works.values()]).filter((work) => work.kind === kind);
  }

  /** @param {string} topic @param {Work} work */
  heard(topic, work) {
    const works = this.#now.get(topic) ?? new Map();
    this.#now.set(topic, works);
    if (isOver(work)) works.delete(work.id);
    else works.set(work.id, work);
    this.#tell(work);
  }

  /** All that is under way there, as it is told to who joins; what is not in it has ended unheard. @param {string} topic @param {Work[]} works */
  are(topic, works) {
    const before = this.#now.get(topic) ?? new Map();
    this.#now.set(topic, new Map(works.map((work) => [work.id, work])));
    const isGone = [...before.keys()].some((id) => !works.some((work) => work.id === id));
    for (const work of works) this.#tell(work);
    if (isGone) this.#tell(null);
  }

  /** Nothing is heard any more. */
  forget() {
    if (!this.#now.size) return;
    this.#now.clear();
    this.#tell(null);
  }

  /** `null`: something ended, and nobody knows how. @param {Work | null} work */
  #tell(work) {
    this.dispatchEvent(new CustomEvent("work", { detail: work }));
  }
}

export const works = new Works();
