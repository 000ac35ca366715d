"""Who is to be erased: asked for, shown before, taken back. Nothing goes here."""

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
    Plan,
    refusals,
    require_days,
    require_reason,
    spellings,
)
from sertantai.postgres import Connection, Database, Role
from sertantai.process.new_ids import new_id

SHOWN_MAX: Final = 1_000


class Erasures:
    """All methods raise `DatabaseUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def plan(self, person: UserId, email: str) -> Plan:
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.ROWS_OF, person, spellings(email))
            why_not = await _in_the_way(connection, person, email)
        return Plan(person, {f"{row['name']}/{row['act']}": row["rows"] for row in rows}, why_not)

    async def ask(
        self, person: UserId, email: str, reason: str, days: int = DAYS, by: UserId | None = None
    ) -> Erasure:
        """Due in so many days; until then it may be taken back. ``by`` None: the operator.

        Raises `InvalidInput`, `ErasureRefused`.
        """
        said, in_days = require_reason(reason), require_days(days)
        async with self._database.transaction(Role.ACCOUNTS, person) as connection:
            if why_not := await _in_the_way(connection, person, email):
                raise ErasureRefused(" ".join(why_not))
            asked = (new_id(), person, self._clock.now(), by, said, in_days, False)
            row = await connection.fetchrow(sql.ASK, *asked)
            if row is None:
                row = await connection.fetchrow(sql.OPEN_OF, person)
                assert row is not None, "that is why there is no other"
                raise ErasureRefused(
                    f"The erasure of {email} was asked for before: it is due on "
                    f"{row['due_at']:%Y-%m-%d %H:%M} UTC."
                )
        return Erasure(**dict(row))

    async def take_back(self, person: UserId, email: str) -> Erasure:
        """Raises `NotFound` where there is none, or none that may still be taken back."""
        async with self._database.transaction(Role.ACCOUNTS, person) as connection:
            row = await connection.fetchrow(sql.TAKE_BACK, person, self._clock.now())
        if row is None:
            raise NotFound(f"No erasure of {email} waits.")
        return Erasure(**dict(row))

    async def all(self) -> list[Erasure]:
        """The newest first."""
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            return [Erasure(**dict(row)) for row in await connection.fetch(sql.ALL, SHOWN_MAX)]

    async def of(self, id: UUID) -> Erasure:
        """Raises `NotFound`."""
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            row = await connection.fetchrow(sql.ONE, id)
        if row is None:
            raise NotFound(f"There is no erasure {id}.")
        return Erasure(**dict(row))


async def _in_the_way(connection: Connection, person: UserId, email: str) -> list[str]:
    found = await connection.fetch(sql.IN_THE_WAY, person)
    return refusals(email, [(row["what"], row["about"]) for row in found])
