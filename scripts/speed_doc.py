"""Writes docs/guides/speed.md from benchmarks/results: `python -m scripts.speed_doc`."""

from pathlib import Path
from typing import Any

import msgspec

from benchmarks.case import CASES
from benchmarks.cases import load_cases
from benchmarks.reporting import RESULTS, figure

DOCUMENT = Path(__file__).parents[1] / "docs" / "guides" / "speed.md"
PLOTS = "../../benchmarks/results"

_OPENING = """\
# How fast it is

<!-- Made by `make docs` from benchmarks/results; `make bench` and `make bench-browser` take new figures. -->

Every figure here was measured on one machine, each case beside its peers in the same run and in turns, so
that a busy moment is busy for all of them. `make bench` measures them again, with the plots;
`make bench-browser` does so for the page in Chromium. What counts are the ratios: another machine has other
figures.

"""
_WHY = """
## What is not reached, and why

A tick costs the event loop some 12 to 17 µs of processor time on a quiet machine, and up to twice that on a
busy one: checking it, encoding it, folding it into the list, waking who waits, and later the synchroniser's
share. Python runs one such step at a time, so that this bounds what one process acknowledges (50,000 ticks
a second on a quiet machine), however fast the disk is. A profile of it has no hill left (`py-spy record
--gil`, 100 people, ten seconds): fold and acknowledgement 40 %, check, encoding and queue 20 %, the load's
own clients 24 %, synchroniser 14 %, the journal's thread 2 %; no line takes more than 8 %. Hence

- `durable_toggle` is some 13 times as fast as writing each tick to PostgreSQL in a transaction, and would be
  25 times as fast only if that took PostgreSQL longer: its own commits are grouped, too.
- The bare journal, which does nothing but append bytes, is three to four times as fast as the engine.
- Redis, which is written in C, is level or a little ahead.
- Of a single person's ticks half are durable within 0.55 ms and nine of ten within 0.9 ms; the slowest in a
  hundred meet a batch of the synchroniser, which shares the processor and the disk. (These cases keep the
  synchroniser inside, as a script does. `serve` has it in a process of its own, see below.)
- `http_toggle` is bound by the same loop: server and framework take half of a request's time before anything
  is done, and PostgreSQL and the load have the other core.

The figures of `live_…` above were taken beside heavy load of others on the same two cores (load average
six to nine), and `live_p99` then counted from when a change was asked for. It counts from when the
change is durable now. With the machine to itself it was 6.4 ms (`websockets`' broadcast, from memory:
0.53), and the acknowledgement's slowest of a hundred 30.4 ms with 10,000 sockets that are told, 32.2
with nobody there. A socket took 10 KiB of the server, and gave them back when it went. No Phoenix runs
beside it: Debian, npm and PyPI carry its client only
([0097](../decisions/0097-told-at-random-times.md)).

To go beyond that is to run more processes: see [operate](operate.md#several-servers).

## What was tried, and what it gave

In instructions, as `valgrind --tool=callgrind` counts them: a busy machine does not change those. A tick
through the engine took 128,500 of them with the load's own, and takes 114,300; an answer from the
application's door to the wire and back 142,500, now 103,500.

| | gave |
|---|---|
| ids by msgspec's decoder, not UUID's slots | 8,800 to 4,600 instructions |
| place and bytes of recent ticks, not what the fold made | 10,700 to 6,600, and nothing to collect |
| what is asked of a tick before it is written, by its type | 14,500 to 5,000 |
| counts of ticks looked up once | 2,400 to 1,100 |
| columns of the trail as texts of arrays | of the event loop 3.3 to 1 µs a tick; PostgreSQL level |
| those who come back at once, asked for together | half of 2,000 sockets 7 s after a start, now 1 to 4 s |
| ids that follow one another for rows of PostgreSQL | of its time 39 to 31 µs a change, 49 to 43 a tick |
| the next batch gathered, and leaves made, while one is written | a backlog: 4,100 to 5,500 ticks/s, busy |
| a Python built with a profile, as Debian's | 6 to 9 % less time |

The synchroniser in a process of its own, niced, gave 7 to 10 % more ticks, and the slowest of a thousand half
their wait ([0098](../decisions/0098-a-synchroniser-apart.md)). By a prototype, in turns in one run:

| ticks with their leaves | inside | apart | apart, niced |
|---|--:|--:|--:|
| 100 people, ticks/s | 51,700 | 53,100 | 55,300 |
| 100 people, slowest of a hundred, of a thousand, ms | 8.5, 23.3 | 7.0, 14.9 | 6.0, 10.4 |
| 16 people, ticks/s | 29,600 | 31,000 | 32,600 |
| 16 people, slowest of a hundred, of a thousand, ms | 3.0, 12.8 | 3.0, 7.0 | 2.5, 6.3 |
| one person, slowest of a hundred, of a thousand, ms | 1.9, 9.2 | 2.0, 5.9 | 1.4, 4.6 |
| a backlog of ticks, changes/s | 13,100 | 13,400 | 13,300 |
| one large operation, changes/s | 24,300 | 25,100 | 25,500 |

As it is built, over HTTP, in turns in one run (`sync_process` off and on; five rounds of four
seconds, medians, 2 cores): 32 people 7,570 and 8,450 ticks/s, the slowest of a hundred 20.4 and 11.5 ms;
one person 3.9 and 2.9 ms.

Of the trail, in processor time or by PostgreSQL's own clock:

| | gave |
|---|---|
| `audit verify`: all that is joined is hashed | after an import of 200,000 rows 287 s, now one |
| `audit verify`: rows by the thousand, keys once | single changes 47,000 rows/s, now 64,000 |
| whether another part follows, seen from the next row | 230,000 rows in 0.95 s, now in 0.6 |
| reports over everybody look at the last days first | a page of 750,000 in 0.8 s, now in milliseconds |

Left, as it gives nothing or too little:

- Cython, mypyc of the fold, another event loop, other switch intervals, larger groups, no collector.
- Digests of tokens kept: a digest takes 0.3 µs, and the tokens would lie in memory for longer.
- Sets copied and changed, instead of united: copying is three times as slow for a long list.
- Constant headers as one block: 0.3 µs of an answer's 12.
- Of PostgreSQL's share, measured as processor time of its own in alternated runs:
  - Foreign keys are 14.4 of 34.5 µs a change: four checks, each a query of its own. PostgreSQL has no check
    once a batch for keys that are declared; triggers of ours in their place would be a promise weakened.
  - `COPY` into an unlogged table, to insert from there: 1.9 µs a row for PostgreSQL and 1.3 for us, where
    opening arrays takes 0.9 and 0.4. Straight into the tables it is not allowed: they have row security.
  - Two indexes on selections, by law and by time, are 3 µs. Both are of the schema that others rely on.
  - Rows sorted by their law's key: level. Plans made once: half a microsecond, for plans that know no sizes.
  - `wal_compression` takes a quarter of the log's bytes after a checkpoint, and 12 µs a change.
  - `full_page_writes` off takes half of those bytes and no time, and a torn page could not be mended: only a
    file system that never tears one would allow it, and nothing tells us that it is one.
  - A quicker `wal_writer` shortens a batch's wait for the disk by some 15 %, and keeps the disk busy beside
    the journal, whose sync everybody waits for.
- What is left of a tick over HTTP, 145 µs, has no hill: who asks, limits, proofs, patience, guards, headers
  and the list are some sixty functions of a microsecond or two, each with a rule of its own; then come the
  engine's tenth, the synchroniser, and the packet, which is one call of the system.
"""


def main() -> None:
    DOCUMENT.write_text(document())


def document() -> str:
    """The whole guide, as it should stand in docs/."""
    load_cases()
    latest = _read("latest.json")
    cases = {name: latest["cases"][name] for name in CASES if name in latest["cases"]}
    return (
        _OPENING
        + _machine(latest)
        + "\n| case | what | Sertantai | beside | ratio | wanted |\n|---|---|---:|---|---:|---:|\n"
        + "".join(_row(name, case) for name, case in cases.items())
        + _browser(_read("browser.json"))
        + _WHY
        + "\n## Plots\n\n"
        + "\n".join(f"![{name}]({PLOTS}/{name}.svg)\n" for name in cases if _has_plot(name))
    )


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode((RESULTS / name).read_bytes())
    return found


def _machine(latest: dict[str, Any]) -> str:
    machine = latest["machine"]
    return (
        f"The machine: {machine['cores']} cores ({machine['cpu']}), {machine['memory_gb']} GB, "
        f"{machine['system'].split()[0]}, Python {machine['python']}. The newest figures are of "
        f"{latest['taken_at'][:10]}.\n"
    )


def _row(name: str, case: dict[str, Any]) -> str:
    doc = (CASES[name].setting.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")
    beside = "<br>".join(f"{peer} {figure(found['value'])}" for peer, found in case["peers"].items())
    ratio = "" if case["ratio"] is None else f"{case['ratio']:.2f}×"
    wanted = [] if case["target"] is None else [f"{case['target']:g}×"]
    if case["limit"] is not None:
        wanted.append(f"{'≥' if case['better'] == 'higher' else '≤'} {figure(case['limit'])} {case['unit']}")
    verdict = {True: " ✓", False: " ✗", None: ""}[case["reached"]]
    value = f"{figure(case['value'])} {case['unit']}"
    return f"| `{name}` | {doc} | {value} | {beside} | {ratio} | {', '.join(wanted)}{verdict} |\n"


def _browser(results: dict[str, Any]) -> str:
    rows = "".join(
        f"| {case['what']} | {figure(case['value'])} {case['unit']} | {case['statistic']} "
        f"| {_promised(case)} |\n"
        for case in results["figures"].values()
    )
    return (
        "\n## In the browser\n\nThe register's page in Chromium without a graphics card, 198,882 laws, the "
        f"server on the same two cores.\n\n| what | is | of | wanted |\n|---|---:|---|---:|\n{rows}"
    )


def _promised(case: dict[str, Any]) -> str:
    if case["limit"] is None:
        return ""
    sign = "≥" if case["unit"] == "frames/s" else "≤"
    return f"{sign} {figure(case['limit'])} {'✓' if case['kept'] else '✗'}"


def _has_plot(name: str) -> bool:
    return (RESULTS / f"{name}.svg").exists()


if __name__ == "__main__":
    main()
