"""Import of a register file: all of its good rows in one transaction, or nothing.

While PostgreSQL merges one chunk, the next is read and checked in a worker thread: two cores, one file in
memory never.
"""

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from sertantai.files.csv_rows import CsvRows
from sertantai.files.json_rows import json_header, json_rows
from sertantai.files.sources import Format, Source, SourceRow, open_source
from sertantai.postgres.database import Connection, Database
from sertantai.postgres.roles import Role
from sertantai.process import logs
from sertantai.records import sql
from sertantai.records.columns import REQUIRED, RowRejected
from sertantai.records.importing.merging import Merge, Merged
from sertantai.records.importing.refused_rows import RefusedRow, RefusedRows
from sertantai.records.importing.staging import COLUMNS_MAX, StagedRow, Staging
from sertantai.records.laws_told import laws_told
from sertantai.sealing.notices import Kind, Notices

CHUNK_ROWS = 10_000
STARTER_REGISTER = Path(__file__).with_name("starter.csv")

log = logs.logger(__name__)


class Progress(msgspec.Struct, frozen=True):
    """``bytes_read`` of ``bytes_total`` says how far; for a generated register both count rows."""

    rows: int
    bytes_read: int
    bytes_total: int


OnProgress = Callable[[Progress], None]


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did. ``refused_rows`` are the first of them; ``rejected_file`` has them all."""

    inserted: int
    updated: int
    unchanged: int
    rejected: int
    unknown_columns: list[str] = []
    ignored_columns: list[str] = []
    refused_rows: list[RefusedRow] = msgspec.field(default_factory=list, name="rejections")
    rejected_file: str | None = None
    revision: int
    seconds: float


async def import_file(
    database: Database, path: Path, progress: OnProgress | None = None, notices: Notices | None = None
) -> ImportReport:
    """Inserts and updates by ``name``; columns the file does not have keep their values. ``notices``: of the
    log that is told of it, in the transaction that does it; None: where nothing is sealed yet.

    Raises `InvalidInput` for a file that is not a register file or is cut off, `Conflict` while another
    import runs, `DatabaseUnavailable`; then nothing was changed.
    """
    refused_rows = RefusedRows(path)
    try:
        with open_source(path) as source:
            staging, rows = await asyncio.to_thread(_begin, path, source)
            staged = _staged(rows, staging, refused_rows)
            report = Reporter(progress, lambda: source.bytes_read, source.bytes_total)
            merged, revision, seconds = await merge_rows(database, staging, staged, report, notices)
    except BaseException:
        refused_rows.discard()
        raise
    rejected_file = refused_rows.publish()
    return ImportReport(
        inserted=merged.inserted,
        updated=merged.updated,
        unchanged=merged.unchanged,
        rejected=refused_rows.count,
        unknown_columns=staging.unknown,
        ignored_columns=staging.ignored,
        refused_rows=refused_rows.kept,
        rejected_file=str(rejected_file) if rejected_file else None,
        revision=revision,
        seconds=seconds,
    )


async def import_starter(database: Database, notices: Notices | None = None) -> ImportReport | None:
    """Loads the starter register into an empty one; ``None`` when the register holds anything already.
    ``notices``: see `import_file`."""
    async with database.transaction(Role.APP, readonly=True) as connection:
        if await connection.fetchval(sql.COUNT_RECORDS):
            return None
    return await import_file(database, STARTER_REGISTER, notices=notices)


async def merge_rows(
    database: Database,
    staging: Staging,
    staged: Iterator[StagedRow],
    report: "Reporter",
    notices: Notices | None = None,
) -> tuple[Merged, int, float]:
    """Merges staged rows in one transaction: what became of them, the register's revision, the seconds."""
    started = time.perf_counter()
    async with database.session(Role.REGISTER) as connection, connection.transaction():
        merge = Merge(connection, staging)
        await merge.begin()
        merged = await _merge_chunks(merge, staged, report)
        revision = await _revision(connection)
        if notices is not None and merged.inserted + merged.updated:
            await _tell(notices, connection, merged, revision)
    seconds = time.perf_counter() - started
    log.info("register merged", inserted=merged.inserted, updated=merged.updated, seconds=round(seconds, 2))
    return merged, revision, seconds


async def _tell(notices: Notices, connection: Connection, merged: Merged, revision: int) -> None:
    """With a digest of what the changed laws are called, a line each, in the order of their bytes."""
    names = hashlib.sha256()
    async for row in connection.cursor(sql.NAMES_OF_REVISION, revision, prefetch=CHUNK_ROWS):
        names.update(f"{row['name']}\n".encode())
    body = {
        "what": "import",
        "revision": revision,
        "inserted": merged.inserted,
        "updated": merged.updated,
        "names": names.hexdigest(),
    }
    await notices.tell(connection, Kind.REGISTER, body=body)
    async for laws in laws_told(connection, revision):
        await notices.tell(connection, Kind.BALANCE, body=laws)


async def _merge_chunks(merge: Merge, staged: Iterator[StagedRow], report: "Reporter") -> Merged:
    total = Merged()
    chunk = await asyncio.to_thread(_next_chunk, staged)
    while chunk:
        merging = asyncio.create_task(merge.chunk(chunk))
        try:
            following = await asyncio.to_thread(_next_chunk, staged)
        except BaseException:
            # The connection must not be in the middle of a statement when it is rolled back.
            await asyncio.gather(merging, return_exceptions=True)
            raise
        total += await merging
        report.merged(len(chunk))
        chunk = following
    return total


def _next_chunk(staged: Iterator[StagedRow]) -> list[StagedRow]:
    return list(islice(staged, CHUNK_ROWS))


async def _revision(connection: Connection) -> int:
    row = await connection.fetchrow(sql.READ_REVISION)
    return int(row["revision"]) if row else 0


def _begin(path: Path, source: Source) -> tuple[Staging, Iterator[SourceRow]]:
    if source.format is Format.CSV:
        csv_rows = CsvRows(source, REQUIRED)
        return Staging(csv_rows.header), iter(csv_rows)
    with open_source(path) as first_pass:
        header = json_header(first_pass, COLUMNS_MAX)
    return Staging(header), json_rows(source, header)


def _staged(rows: Iterator[SourceRow], staging: Staging, refused_rows: RefusedRows) -> Iterator[StagedRow]:
    for line, values, problem, raw in rows:
        if problem is not None:
            refused_rows.add(line, problem, raw)
            continue
        try:
            yield staging.row(line, values)
        except RowRejected as reason:
            refused_rows.add(line, str(reason), ",".join("" if v is None else str(v) for v in values))


class Reporter:
    """Tells the caller how far the merge has come."""

    def __init__(self, progress: OnProgress | None, done: Callable[[], int], total: int) -> None:
        self._progress = progress
        self._done = done
        self._total = total
        self._rows = 0

    def merged(self, rows: int) -> None:
        self._rows += rows
        if self._progress is not None:
            self._progress(Progress(self._rows, self._done(), self._total))
