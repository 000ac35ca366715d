// Clocks inside the page. They come by the debugger, so the page's own policy stays as strict as it is.
(() => {
  const seen = { shift: 0, longest: 0, usable: null };
  const listening = { tick: null, bulk: null };
  let acknowledged = null;
  let waiting = null;
  let input = 0;

  /** Resolves when what is on the page now has been painted. */
  const painted = () => new Promise((done) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done(performance.now());
    channel.port2.postMessage(null);
  }));

  const observe = (type, each) => new PerformanceObserver((list) => list.getEntries().forEach(each)).observe({ type, buffered: true });
  observe("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
  observe("longtask", (entry) => { seen.longest = Math.max(seen.longest, entry.duration); });

  for (const name of ["pointerdown", "keydown", "click"]) addEventListener(name, (event) => { input = event.timeStamp; }, true);

  new MutationObserver(async () => {
    if (seen.usable === null && document.querySelector("#register[data-ready]")) {
      seen.usable = 0;
      seen.usable = await painted();
    }
    const results = document.getElementById("results");
    if (waiting && results && !results.hasAttribute("aria-busy") && waiting.holds(results.dataset)) {
      const { done } = waiting;
      waiting = null;
      const from = input;
      done((await painted()) - from);
    }
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-ready", "aria-busy", "data-filter", "data-sort", "data-page"] });

  // A tick is durable when the server says so: its answer follows the disk. When the browser had that answer is in
  // its own timing; the page hears of it when it has nothing else to do.
  new PerformanceObserver((list) => {
    const tick = list.getEntries().findLast((entry) => /\/groups\/[^/]+\/records\/[^/]+$/.test(entry.name));
    if (tick) acknowledged?.(tick.responseStart);
  }).observe({ type: "resource" });

  const fetched = window.fetch;
  window.fetch = async (url, options) => {
    const answer = await fetched(url, options);
    if (options?.method === "PUT" || options?.method === "DELETE") listening.tick?.(performance.now());
    if (options?.method === "POST") listening.bulk?.(performance.now());
    return answer;
  };
  const answered = (kind) => new Promise((done) => { listening[kind] = done; });

  const outcomes = {
    query: (wanted) => (data) => JSON.parse(data.filter).q === wanted,
    change: (before) => (data) => data.filter + data.sort + data.page !== before,
  };

  window.probes = {
    seen,
    painted,
    state: () => { const { filter, sort, page } = document.getElementById("results").dataset; return filter + sort + page; },

    /** From the last input to rows of another view on the screen; ask for it with `rows()`. */
    expectRows(outcome, argument) {
      this.pending = new Promise((done) => { waiting = { done, holds: outcomes[outcome](argument ?? this.state()) }; });
    },
    rows() { return this.pending; },

    /** The next click on a box: ms from there until it is painted, durable, and heard by the page. */
    expectTick() {
      this.pending = new Promise((done) => {
        addEventListener("click", async (event) => {
          const heard = answered("tick");
          const durable = new Promise((said) => { acknowledged = said; });
          const onScreen = await painted();
          const box = event.target;
          if (box.closest("tr").classList.contains("is-ticked") !== box.checked) throw new Error("painted, but not ticked");
          const since = (time) => time - event.timeStamp;
          done({ painted: since(onScreen), heard: since(await heard), durable: since(await durable) });
        }, { once: true });
      });
    },
    tick() { return this.pending; },

    /** From the click on "Select all" to the server's word and the right count on the screen. */
    expectAll(count) {
      this.pending = new Promise((done) => {
        addEventListener("click", async (event) => {
          await answered("bulk");
          const shown = () => Number(document.getElementById("matching-count").textContent.replaceAll(/\D/g, ""));
          while (shown() !== count || document.getElementById("sync-state").dataset.state === "saving") await painted();
          done((await painted()) - event.timeStamp);
        }, { once: true });
      });
    },
    all() { return this.pending; },

    /** Counts frames until `stop()`, which gives the times between them in ms. */
    countFrames() {
      const times = [];
      let on = true;
      const frame = (now) => { times.push(now); if (on) requestAnimationFrame(frame); };
      requestAnimationFrame(frame);
      this.stop = () => { on = false; return times.slice(1).map((time, at) => time - times[at]); };
    },
  };
})();
