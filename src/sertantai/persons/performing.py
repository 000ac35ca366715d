"""Erasing somebody: out of every table, out of each month of the trail, out of the files, in this order.

Each step is whole in itself and done again where it was cut off: first they are nobody any more, then nothing
tells from where they did what or what they wrote, then the keys go by which the sealed log hid it. What they
did stays, under an id that leads to nobody.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID

from sertantai.accounts.people_told import PeopleTold, Way, What
from sertantai.accounts.store import notify
from sertantai.audit.retaining.leaving import SealedTrail
from sertantai.audit.rewriting import Rewritten, rewrite
from sertantai.audit.vouched.hashes import left_by
from sertantai.core.clock import Clock
from sertantai.core.ids import UserId
from sertantai.engine.engine import Engine
from sertantai.persons import sql
from sertantai.persons.asking import obstacles
from sertantai.persons.given import Given
from sertantai.persons.hidden import keep_hidden
from sertantai.persons.model import Erasure, ErasureRefused, spellings
from sertantai.persons.remembered import Erased
from sertantai.persons.wording import OPERATOR, in_words
from sertantai.postgres import Connection, Database, Role
from sertantai.process.logs import logger
from sertantai.sealing.blinds import Class
from sertantai.sealing.notices import Kind

FLUSH_S_MAX: Final = 600.0
"""After a restore the journal does a great deal again."""

log = logger(__name__)


class Eraser:
    def __init__(
        self,
        database: Database,
        engine: Engine,
        trail: SealedTrail,
        erased: Erased,
        clock: Clock,
        forgotten: Callable[[UserId], None],
        forget_lists: Callable[[UserId], Awaitable[None]],
        given: Given,
    ) -> None:
        """``forgotten`` and ``forget_lists`` are told of whoever is gone: whoever acts in their name
        ends, and what memory and checkpoints have of their lists goes. Sessions hear of it by themselves."""
        self._database = database
        self._engine = engine
        self._trail = trail
        self._erased = erased
        self._clock = clock
        self._forgotten = forgotten
        self._forget_lists = forget_lists
        self.given = given

    async def erase(self, erasure: Erasure) -> None:
        """Raises `ErasureRefused` where something is in the way by now, `Unavailable`, and whatever the
        database refuses; then it is done again at the next turn, from where it ended."""
        person = UserId(erasure.person)
        await self._engine.flush(FLUSH_S_MAX)
        await self._out_of_tables(erasure, person)
        await self.out_of_files(person)
        months = await self._out_of_the_trail(erasure)
        await self._end(erasure, person, months)
        await asyncio.to_thread(self._erased.add, {person: self._clock.now()})
        log.info("person_erased", erasure=str(erasure.id), months=len(months), again=erasure.again)

    async def _out_of_tables(self, erasure: Erasure, person: UserId) -> None:
        async with self._database.transaction(Role.SYNC) as connection:
            row = await connection.fetchrow(sql.ADDRESS_OF, person)
            if row is None and erasure.begun_at is not None:  # an earlier turn came so far
                return
            if in_the_way := await obstacles(connection, person):
                raise ErasureRefused(in_words(in_the_way, "This person", OPERATOR))
            await keep_hidden(self._database, connection, person, erasure.id)
            left = await left_by(connection, erasure.id)
            await self._tell(connection, erasure, {"act": str(erasure.id), "opaque": list(left)})
            await connection.fetchval(sql.ERASE, person, spellings(None if row is None else row["email"]))
            people = PeopleTold(self._trail.notices)
            await people.tell(connection, What.GONE, person, way=Way.OPERATOR, by=erasure.asked_by)
            await notify(connection, user_id=person)
        self._forgotten(person)

    async def out_of_files(self, person: UserId) -> None:
        """Checkpoint, journal, keys, and what was written for them to take away: also of somebody whom only
        a file of before has still."""
        await self._forget_lists(person)
        await self._engine.forget_operations_of(person)
        await asyncio.to_thread(self._trail.blinds.forget, person, tuple(Class))
        await asyncio.to_thread(self.given.forget, person)

    async def _out_of_the_trail(self, erasure: Erasure) -> list[Rewritten]:
        months: list[Rewritten] = []

        async def begin(connection: Connection) -> bool:
            return await connection.fetchval(sql.ERASE_FROM_MONTH, erasure.person) is not None

        async def tell(connection: Connection, done: Rewritten) -> None:
            # Of rows from before the log nothing else says that they were changed.
            body = {"act": str(erasure.id), "changed": done.rows_changed, "month": _named(done.month)}
            await self._tell(connection, erasure, body)
            months.append(done)

        while await rewrite(self._database, begin, tell) is not None:
            pass
        return months

    async def _end(self, erasure: Erasure, person: UserId, months: list[Rewritten]) -> None:
        async with self._database.transaction(Role.SYNC) as connection:
            keys = await connection.fetch(sql.DELETE_KEYS, person)
            went: dict[str, Any] = {
                "audit_blinds/deleted": len(keys),
                "selection_audit_log/redacted": sum(month.rows_changed for month in months),
                "months/rewritten": len(months),
            }
            await connection.execute(sql.END, erasure.id, self._clock.now(), went)
            went_in_all = await connection.fetchrow(sql.ONE, erasure.id)
            assert went_in_all is not None
            body = {"act": str(erasure.id), "again": str(erasure.again).lower(), "went": went_in_all["went"]}
            await self._tell(connection, erasure, body)

    async def _tell(self, connection: Connection, erasure: Erasure, body: dict[str, Any]) -> UUID:
        notices = self._trail.notices
        by = erasure.asked_by
        return await notices.tell(connection, Kind.ERASURE, subject=erasure.person, by=by, body=body)


def _named(month: str) -> str:
    return month.removeprefix("selection_audit_log_").replace("_", "-")
