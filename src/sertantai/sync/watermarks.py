"""The journal held against how far the database is."""

import asyncio
from collections.abc import Sequence

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import OwnerId, Position
from sertantai.journal.protocol import Journal, JournalFiles
from sertantai.postgres import Database, Role
from sertantai.sync import sql
from sertantai.sync.store import SelectionStore, Snapshot, Watermark


class JournalGap(JournalUnavailable):
    """The database lacks operations that the journal no longer holds."""

    code = "journal_gap"


class JournalBehind(JournalUnavailable):
    """Positions were given out again that the database already knows (the journal is an old copy)."""

    code = "journal_behind"

    @classmethod
    def between(cls, watermark: Position, known: Position, last: Position) -> "JournalBehind":
        return cls(
            f"The database has this journal's operations up to {watermark}, and this server, started without "
            f"it from a journal that ended at {known}, has used positions up to {last}: the journal was "
            "restored from an old backup. Stop the server and restore both from one backup."
        )


def check_gap(watermark: Watermark, first: Position) -> None:
    """Refuse to go on from a database older than the journal, from ``first`` on, reaches back."""
    if watermark.position + 1 >= first:
        return
    raise JournalGap(
        f"The database knows this journal up to position {watermark.position}, but the journal begins at "
        f"{first}: the database was restored from a backup that is too old for the journal. "
        "Restore a newer backup, or restore the journal from the same backup (sertantai backup restore), or "
        "move the journal directory away to start from the database as it is."
    )


async def meet(journal: Journal, watermark: Watermark) -> None:
    """Hold the journal against the database, and give out no position that the database knows."""
    await journal.compare(watermark.position, watermark.highest)
    # A database that is ahead of the journal (the journal was lost or restored) keeps its order.
    await journal.advance(max(watermark.highest, watermark.position))


async def load_lists(journal: Journal, store: SelectionStore, owners: Sequence[OwnerId]) -> Snapshot:
    """Owners' lists, of which the journal gives out newer positions only.

    A list may come from another journal that was further on. Positions of two journals say nothing of each
    other, but a list's version, which is one, only grows.
    """
    first = journal.first
    snapshot = await store.load(owners, journal.id)
    check_gap(snapshot.watermark, first)
    ours = (state for owner, state in snapshot.states.items() if owner not in snapshot.elsewhere)
    versions = [group.version for state in ours for group in state.groups.values()]
    await journal.advance(max(versions, default=Position(0)))
    return snapshot


async def require_nothing_left(database: Database, before: JournalFiles) -> None:
    """Before another journal takes its place. Raises `JournalUnavailable`, and `DatabaseUnavailable` where
    that cannot be asked."""
    report = await asyncio.to_thread(before.inspect)
    if report is None:
        return
    async with database.transaction(Role.SYNC, readonly=True) as connection:
        row = await connection.fetchrow(sql.WATERMARK, report.id)
    reached = 0 if row is None else row["position"]
    if reached < report.last:
        raise JournalUnavailable(
            f"The journal {before.path} holds operations up to {report.last:,}, of which PostgreSQL has "
            f"{reached:,}. Without journal_url run: sertantai sync flush"
        )
