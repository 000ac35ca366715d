"""``sertantai sync flush``"""

import asyncio
from typing import Annotated

import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import progress_bar, say
from sertantai.cli.running import require_journal, run
from sertantai.core.errors import Unavailable
from sertantai.core.ids import Position
from sertantai.process.data_directory import DataDirectoryBusy
from sertantai.process.settings import Settings

POLL_S = 0.05


def sync_flush(
    timeout_s: Annotated[float, typer.Option(min=0.1, help="How long to wait at most, in seconds.")] = 60.0,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Wait until everything that is in the journal now is in PostgreSQL too."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    position = run(_flush(settings, timeout_s))
    say(f"everything up to operation {position} is in PostgreSQL")


async def _flush(settings: Settings, timeout_s: float) -> Position:
    """Without a running server the engine is started here, which brings everything to PostgreSQL itself."""
    from sertantai.backend import Backend

    require_journal(settings)
    try:
        async with Backend(settings) as backend:
            await backend.engine.flush(timeout_s)
            return backend.engine.status().sync.position
    except DataDirectoryBusy as busy:
        if busy.holder is None or busy.holder.purpose != "serve":
            raise
    return await _wait(settings, timeout_s)


async def _wait(settings: Settings, timeout_s: float) -> Position:
    from sertantai.cli.running import opened_database
    from sertantai.journal.chosen import journal_of
    from sertantai.sync.postgres_store import PostgresStore

    journal = await asyncio.to_thread(journal_of(settings).inspect)
    if journal is None:
        return Position(0)
    async with opened_database(settings) as database:
        store = PostgresStore(database)
        start = (await store.watermark(journal.id)).position
        try:
            async with asyncio.timeout(timeout_s):
                with progress_bar("Waiting for PostgreSQL") as advance:
                    while (reached := (await store.watermark(journal.id)).position) < journal.last:
                        advance(reached - start, journal.last - start)
                        await asyncio.sleep(POLL_S)  # another process moves it
        except TimeoutError:
            raise Unavailable(
                f"After {timeout_s:g} s operations are still waiting. See `sertantai sync status` and "
                "the log."
            ) from None
    return journal.last
