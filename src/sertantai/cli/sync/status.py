"""``sertantai sync status``"""

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import opened_database, require_journal, run
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import JournalId, Position
from sertantai.process.data_directory import require_whole
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.postgres import Database


class Status(msgspec.Struct, frozen=True):
    """``watermark`` and ``waiting`` are None while PostgreSQL cannot be asked; ``last_error`` says why."""

    journal_id: JournalId | None
    first: Position
    last: Position
    journal_bytes: int
    watermark: Position | None
    waiting: int | None
    oldest_wait_s: float | None
    rejections: int | None
    last_error: str | None


def sync_status(
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """How many operations wait for PostgreSQL, since when, and how far it has come."""
    status = run(find_status(settings_of(data_dir=data_dir, database_url=database_url)))
    if as_json:
        say_json(status)
        return
    unknown = "not known"
    waited = unknown if status.oldest_wait_s is None else f"{status.oldest_wait_s:.1f} s"
    say(f"waiting operations  {unknown if status.waiting is None else status.waiting}")
    say(f"oldest wait         {waited}")
    say(f"watermark           {unknown if status.watermark is None else status.watermark} of {status.last}")
    say(f"journal             {status.journal_bytes:,} bytes, from operation {status.first}")
    say(f"rejections          {unknown if status.rejections is None else status.rejections}")
    say(f"last error          {status.last_error or 'none'}")


async def find_status(settings: Settings) -> Status:
    """From the journal's file and the database, whether or not a server is running."""
    from sertantai.journal.chosen import journal_of

    require_whole(settings.data_path)
    require_journal(settings)
    files = journal_of(settings)
    journal = await asyncio.to_thread(files.inspect)
    if journal is None:
        return Status(None, Position(1), Position(0), 0, Position(0), 0, 0.0, 0, None)
    try:
        async with opened_database(settings) as database:
            watermark, rejections, reason = await _ask(database, journal.id)
    except SertantaiError as error:
        return Status(
            journal.id, journal.first, journal.last, journal.size_bytes, None, None, None, None, error.message
        )
    entry = await asyncio.to_thread(files.first_after, watermark)
    return Status(
        journal.id,
        journal.first,
        journal.last,
        journal.size_bytes,
        watermark,
        max(0, journal.last - watermark),
        _age_s(entry.body) if entry else 0.0,
        rejections,
        reason,
    )


def _age_s(body: bytes) -> float:
    from sertantai.core.operations import decode

    return max(0.0, (datetime.now(UTC) - decode(body).at).total_seconds())


async def _ask(database: "Database", journal: JournalId) -> tuple[Position, int, str | None]:
    from sertantai.sync.postgres_store import PostgresStore
    from sertantai.sync.rejections import Rejections

    watermark = (await PostgresStore(database).watermark(journal)).position
    waiting = await Rejections(database).waiting()
    reason = f"{len(waiting)} refused; the last: {waiting[-1].reason}" if waiting else None
    return watermark, len(waiting), reason
