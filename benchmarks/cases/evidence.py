"""What an auditor takes along: an evidence pack of ten thousand entries, its check, and a report as a PDF."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC
from typing import NamedTuple

from benchmarks.case import Bench, Contest, case
from benchmarks.ours import FLUSH_S_MAX, EngineTicks, database_at, engine_at
from benchmarks.peers.postgres import benchmark_database
from benchmarks.sights import everybody_in
from sertantai.evidence.packs import Packs, Question, Subject
from sertantai.evidence.verify import TRUE, verify
from sertantai.files.pdf import ROWS_MAX
from sertantai.postgres import Database
from sertantai.process.system_clock import SystemClock
from sertantai.reporting.asked import asked_of
from sertantai.reporting.questions import question_named
from sertantai.reporting.report import Report
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import begin, keys_of, newest_log
from sertantai.sealing.notices import notices_in
from sertantai.sealing.sealer import Sealer
from sertantai.sync.seals import Seals

RECORDS = 500
AT_ONCE = 100


class Told(NamedTuple):
    """``key``: of whoever seals; ``question``: the list that all was done to."""

    packs: Packs
    question: Question
    key: str
    database: Database


@asynccontextmanager
async def _history(bench: Bench, changes: int) -> AsyncIterator[Told]:
    """One person's list, ticked and unticked so often, each time by itself, and sealed."""
    folder = bench.directory
    seals = Seals(macs_in(folder), Blinds(newest_log(folder)))
    async with (
        benchmark_database(folder, records=RECORDS, users=1) as made,
        engine_at(made.dsn, folder / "journal.sqlite", seals=seals) as engine,
        database_at(made.dsn) as database,
    ):
        ticks = EngineTicks(engine, made.users, RECORDS)
        await ticks.warm()
        for _ in range(changes // AT_ONCE):
            await asyncio.gather(*(ticks.tick(0) for _ in range(AT_ONCE)))
        await engine.flush(FLUSH_S_MAX)
        journal = engine.journal.id
        sealer = Sealer(database, begin(folder, journal, None), journal, macs_in(folder))
        await sealer.seal()
        log = newest_log(folder)
        packs = Packs(database, log, journal, notices_in(folder, log, SystemClock()), sealer.seal)
        question = Question(Subject.LIST, str(ticks.groups[0]), made.users[0])
        yield Told(packs, question, str(keys_of(log)[0]), database)


@case("evidence_pack", unit="s", better="lower", limit=10.0)
@asynccontextmanager
async def evidence_pack(bench: Bench) -> AsyncIterator[Contest]:
    """A pack of a list's ten thousand changes, with its PDF, from the question to the last byte."""
    changes = bench.pick(500, 10_000)
    async with _history(bench, changes) as told:

        async def made() -> float:
            started = time.perf_counter()
            found = await told.packs.make(told.question, None)
            assert found.entries >= changes
            return time.perf_counter() - started

        yield Contest(made)


@case("evidence_check", unit="s", better="lower", limit=5.0)
@asynccontextmanager
async def evidence_check(bench: Bench) -> AsyncIterator[Contest]:
    """The same pack, checked by the verifier that is inside it."""
    async with _history(bench, bench.pick(500, 10_000)) as told:
        pack = await told.packs.make(told.question, None)

        async def checked() -> float:
            started = time.perf_counter()
            status, _, said = verify(pack.data, [told.key])
            assert status == TRUE, said
            return time.perf_counter() - started

        yield Contest(checked)


@case("report_pdf", unit="s", better="lower", limit=10.0)
@asynccontextmanager
async def report_pdf(bench: Bench) -> AsyncIterator[Contest]:
    """A report of five thousand rows as PDF/A, all of them attached, from the question to the last byte."""
    async with _history(bench, bench.pick(500, ROWS_MAX)) as told:
        now = SystemClock().now()
        asked = asked_of(question_named("everything"), {"period": "all"}, now, UTC)

        async def made() -> float:
            started = time.perf_counter()
            report = Report(everybody_in(told.database), asked, now, "")
            assert sum([len(piece) async for piece in report.file("pdf")]) > 10_000
            return time.perf_counter() - started

        yield Contest(made)
