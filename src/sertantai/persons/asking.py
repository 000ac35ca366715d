"""Who is to be erased: asked for, shown before, taken back. Nothing goes here."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sertantai.core.clock import Clock
from sertantai.core.errors import NotFound
from sertantai.core.ids import UserId
from sertantai.persons import sql
from sertantai.persons.model import (
    DAYS,
    Erasure,
    ErasureRefused,
    Obstacle,
    Plan,
    require_days,
    require_reason,
    spellings,
)
from sertantai.persons.wording import OPERATOR, Voice, in_words
from sertantai.postgres import Connection, Database, Role
from sertantai.process.new_ids import new_id
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.reasons import reason_told

SHOWN_MAX: Final = 1_000


class Erasures:
    """All methods raise `DatabaseUnavailable`."""

    def __init__(self, database: Database, clock: Clock, notices: Notices | None = None) -> None:
        """``notices``: what is asked for and undone is told to the sealed log."""
        self._database = database
        self._clock = clock
        self._notices = notices

    async def plan(self, person: UserId, email: str) -> Plan:
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.ROWS_OF, person, spellings(email))
            in_the_way = await obstacles(connection, person)
        return Plan(person, {f"{row['name']}/{row['act']}": row["rows"] for row in rows}, in_the_way)

    async def ask_in(
        self,
        connection: Connection,
        person: UserId,
        email: str,
        reason: str,
        days: int = DAYS,
        by: UserId | None = None,
        voice: Voice = OPERATOR,
    ) -> Erasure:
        """Part of a transaction that shuts them out. Due in so many days; until then it may be taken back.
        ``by`` None: the operator. ``voice``: in which whoever asks is refused.

        Raises `InvalidInput`, `ErasureRefused`.
        """
        said, in_days = require_reason(reason), require_days(days)
        if in_the_way := await obstacles(connection, person):
            raise ErasureRefused(in_words(in_the_way, email, voice))
        row = await connection.fetchrow(
            sql.ASK, new_id(), person, self._clock.now(), by, said, in_days, False
        )
        if row is None:
            row = await connection.fetchrow(sql.OPEN_OF, person)
            assert row is not None, "that is why there is no other"
            raise ErasureRefused(
                f"The erasure of {email} was asked for before: it is due on "
                f"{row['due_at']:%Y-%m-%d %H:%M} UTC."
            )
        asked = Erasure(**dict(row))
        await self._tell(connection, asked, "asked", by)
        return asked

    async def take_back_in(
        self, connection: Connection, person: UserId, email: str, by: UserId | None = None
    ) -> Erasure:
        """Part of a transaction that lets them in again. Raises `NotFound` where there is none, or none that
        may still be taken back."""
        row = await connection.fetchrow(sql.TAKE_BACK, person, self._clock.now())
        if row is None:
            raise NotFound(f"No erasure of {email} waits.")
        taken = Erasure(**dict(row))
        await self._tell(connection, taken, "undone", by)
        return taken

    async def waiting(self, person: UserId) -> Erasure | None:
        """The one that may still be taken back."""
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            row = await connection.fetchrow(sql.OPEN_OF, person)
        found = None if row is None else Erasure(**dict(row))
        return found if found is not None and found.is_waiting else None

    async def _tell(self, connection: Connection, erasure: Erasure, what: str, by: UserId | None) -> None:
        if self._notices is None:
            return
        why: dict[str, str] = {}
        if what == "asked":
            why = await reason_told(self._notices, connection, erasure.id, erasure.reason)
        body = {"act": str(erasure.id), "what": what, "due": erasure.due_at.date().isoformat(), **why}
        await self._notices.tell(connection, Kind.ERASURE, subject=erasure.person, by=by, body=body)

    async def all(self) -> list[Erasure]:
        """The newest first."""
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            return [Erasure(**dict(row)) for row in await connection.fetch(sql.ALL, SHOWN_MAX)]

    async def addresses_of(self, people: Collection[UUID]) -> dict[UUID, str]:
        """Of those who are there still."""
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.ADDRESSES_OF, list(people))
        return {row["id"]: row["email"] for row in rows}

    async def of(self, id: UUID) -> Erasure:
        """Raises `NotFound`."""
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            row = await connection.fetchrow(sql.ONE, id)
        if row is None:
            raise NotFound(f"There is no erasure {id}.")
        return Erasure(**dict(row))


async def obstacles(connection: Connection, person: UserId) -> list[Obstacle]:
    found = await connection.fetch(sql.IN_THE_WAY, person)
    return [Obstacle(row["what"], row["about"]) for row in found]
