"""A shared journal seen from outside, beside the server that writes it: over a connection of its own.

What is of one server stays in its data directory: the key, and what was found damaged. There is no file to
be copied or salvaged: PostgreSQL's own backups hold it, and its stand-bys are its copies.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, TypeVar
from uuid import UUID

from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import JournalId, Position
from sertantai.journal.damage import Damage, Range, shown
from sertantai.journal.damage_notes import DamageNotes
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.keyed import JournalKey, make_key, read_key
from sertantai.journal.known import KnownJournals
from sertantai.journal.protocol import Entry, JournalReport, Salvage
from sertantai.journal.shared import entries, sql
from sertantai.journal.shared.hub import Durability, Hub
from sertantai.journal.shared.journal import SharedJournal
from sertantai.journal.shared.primaries import BROKEN, Connection, Primaries, ended
from sertantai.process.data_directory import JOURNAL_STEM
from sertantai.process.new_ids import new_id

NAME: Final = f"{JOURNAL_STEM}shared"
ENTRIES_AT_ONCE: Final = 1_000
NOT_A_FILE: Final = (
    "The journal is in PostgreSQL, and no file: what backs up and restores that cluster holds it, too."
)
_T = TypeVar("_T")


class SharedFiles:
    """`JournalFiles` of a `SharedJournal`. ``folder`` is the data directory of the server that writes it."""

    def __init__(self, folder: Path, url: str, durability: Durability, shard: int = 0) -> None:
        """Raises `InvalidInput`."""
        self.path = folder / NAME
        self._primaries, self._durability, self._shard = Primaries(url), durability, shard
        self._notes, self._known = DamageNotes(self.path), KnownJournals(self.path)

    @property
    def exists(self) -> bool:
        return bool(self.known())

    def all(self) -> list[Path]:
        return sorted(self.path.parent.glob(f"{NAME}*"))

    def journal(self, *, durable: bool = True, expected: bool = False) -> SharedJournal:  # noqa: ARG002  # of a file
        hub = Hub(self._primaries, new_id(), self._durability)
        return SharedJournal(hub, self._shard, self._key_of, self.path)

    def _key_of(self, journal: JournalId, last: int) -> JournalKey:
        """Of a journal that was begun elsewhere nobody makes another key: what its operations led to, the
        sealed log, is there as well."""
        folder = self.path.parent
        key = read_key(folder, journal)
        if key is None and last > 0:
            raise JournalUnavailable(
                f"The journal was begun by a server with another data directory, which has its key and its "
                f"sealed log. Start with that one, or put a copy of it at {folder}."
            )
        return key or make_key(folder, journal, last + 1)

    def is_copied(self) -> bool:
        """Whether its PostgreSQL waits for another copy, where one is asked for."""
        if self._durability is not Durability.QUORUM:
            return True
        return bool(_ask(self._primaries, lambda to: to.fetchval(sql.STANDBYS)))

    def inspect(self) -> JournalReport | None:
        return _ask(self._primaries, self._report)

    async def _report(self, connection: Connection) -> JournalReport | None:
        if not await connection.fetchval(sql.HAS_SCHEMA):
            return None
        row = await connection.fetchrow(sql.REPORT, self._shard)
        if row is None:
            return None
        id = JournalId(UUID(int=row["journal_id"].int))
        key = read_key(self.path.parent, id)
        first = row["last"] + 1 if row["first"] is None else row["first"]
        held = row["size"], row["table_bytes"], row["checkpoints"]
        since = None if key is None else Position(key.since)
        return JournalReport(id, Position(first), Position(row["last"]), *held, since)

    def vouch(self) -> None:
        raise JournalUnavailable(NOT_A_FILE)

    def first_after(self, position: Position) -> Entry | None:
        return next(iter(_ask(self._primaries, lambda to: self._after(to, position, 1))), None)

    async def _after(self, connection: Connection, position: Position, most: int) -> list[Entry]:
        report = await self._report(connection)
        if report is None:
            return []
        key = read_key(self.path.parent, report.id)
        if key is None:
            raise JournalUnavailable("The key of the journal is not in this data directory.")
        return await entries.read(connection, key, self._shard, position, most, report.last)

    def check(self) -> JournalReport:
        return _ask(self._primaries, self._check)

    async def _check(self, connection: Connection) -> JournalReport:
        report = await self._report(connection)
        if report is None:
            raise JournalUnavailable("There is no journal in this PostgreSQL.")
        says = await connection.fetchrow(sql.SAYS, self._shard)
        assert says is not None, "it was there a moment ago"
        held = await entries.survey(connection, self._shard, says)
        missing = [one for damage in held.damages for one in damage.missing]
        if held.damages:
            said = f"lacks operations {shown(missing)}" if missing else "is not as it was written"
            raise JournalCorrupt(f"The journal {said}.")
        at = Position(report.first - 1)
        while some := await self._after(connection, at, ENTRIES_AT_ONCE):
            at = some[-1].position
        return report

    def copy(self, folder: Path) -> JournalReport | None:  # noqa: ARG002  # the same
        raise JournalUnavailable(NOT_A_FILE)

    def damages(self) -> Sequence[Damage]:
        return self._notes.open()

    def accept(self, reason: str, damages: Iterable[UUID]) -> None:
        self._notes.accept(reason, damages)

    def lost(self) -> list[Range]:
        return self._notes.lost()

    def known(self) -> Sequence[JournalId]:
        return [journal.id for journal in self._known.all()]

    def salvage(self, file: Path | None = None) -> Salvage:  # noqa: ARG002  # there is none
        raise JournalCorrupt(NOT_A_FILE)


def _ask(primaries: Primaries, what: Callable[[Connection], Awaitable[_T]]) -> _T:
    """From outside nobody waits in an event loop: a thread has one of its own."""

    async def ask() -> _T:
        connection = await primaries.connect()
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await what(connection)
        except BROKEN as error:
            raise JournalUnavailable(f"The journal's PostgreSQL cannot be asked: {error}.") from error
        finally:
            await ended(connection)

    answer: list[_T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            answer.append(asyncio.run(ask()))
        except BaseException as error:  # noqa: BLE001  # whoever asked gets it
            failed.append(error)

    thread = threading.Thread(target=run, name="journal-outside")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return answer[0]
