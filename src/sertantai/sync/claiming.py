"""A server's claim to its journal, held for as long as it runs. See `claims` for what it is."""

import asyncio

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import Position
from sertantai.journal.protocol import Journal
from sertantai.process.logs import logger
from sertantai.sync.claims import Overtaken
from sertantai.sync.store import SelectionStore, Watermark
from sertantai.sync.watermarks import JournalBehind, meet

log = logger(__name__)


class Claiming:
    """One server's claim, asked for again and again; why it cannot go on, and what is lost then."""

    def __init__(self, journal: Journal, store: SelectionStore) -> None:
        self._journal = journal
        self._store = store
        self._noted: Position | None = None
        self.fatal: str | None = None
        """Why nothing can be written, nor accepted, until an operator has acted."""

    async def take(self, position: Position) -> Watermark:
        """How far the database is, which from now on only we write to; ``position`` is where it was last.

        Raises `Overtaken`, for good.
        """
        try:
            return await self._store.take(self._journal.id)
        except Overtaken as error:
            if self.fatal is None:
                log.error("journal_overtaken", reason=error.message)  # noqa: TRY400  # nothing to trace
            self.fatal = error.message
            after, last = self._noted or position, self._journal.last
            if self._noted is None or last > after:  # what was on its way to the disk comes after it
                self._noted = last
                await asyncio.to_thread(self._journal.overtaken, after, last)
            raise

    async def begin(self) -> Watermark | None:
        """Claim the journal at the start, before anything is accepted; None while the database is away.

        Whoever is overtaken by this may have written until now: the answer is newer than what was read.
        """
        try:
            taken = await self.take(Position(0))
        except DatabaseUnavailable:
            return None
        await meet(self._journal, taken)
        return taken

    def check_behind(self, watermark: Watermark, known: Position) -> None:
        """Raises `JournalBehind` where the journal, that ended at ``known``, gave out positions again."""
        last = self._journal.last
        if watermark.position > known and last > known:
            behind = JournalBehind.between(watermark.position, known, last)
            self.fatal = behind.message
            raise behind
