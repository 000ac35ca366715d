"""Seals what an older version kept open, and seals anew what an older key has sealed.

So a rotation of the keys reaches every row, and no key is taken away while anything is sealed with it.
"""

import asyncio
from datetime import timedelta
from typing import Any, ClassVar, Final, NamedTuple
from uuid import UUID

from sertantai.accounts import provider_sql
from sertantai.accounts.keys.sealing import CannotBeOpened, Sealer, sealed_with
from sertantai.accounts.second_factor import sql
from sertantai.core.clock import Clock
from sertantai.postgres import Database, Role
from sertantai.process.background import Failures, RegularTurns
from sertantai.process.logs import logger

log = logger(__name__)

ROWS_AT_ONCE: Final = 500
OLDER_KEPT: Final = timedelta(hours=1)
"""Another server may not have seen the newest key yet, and seal with the one before it."""


class Sealed(NamedTuple):
    """One kind of what is kept sealed: the statements that list it and seal it anew."""

    listing: str
    reseal: str
    not_resealed: str
    not_opened: str


SEALED: Final = (
    Sealed(sql.LIST_SECRETS, sql.RESEAL, "second_factor_not_resealed", "second_factor_cannot_be_opened"),
    Sealed(
        provider_sql.LIST_SECRETS,
        provider_sql.RESEAL,
        "provider_secret_not_resealed",
        "provider_secret_cannot_be_opened",
    ),
)


class Resealing(RegularTurns):
    """Background service."""

    task_name = "resealing"
    first_after_s: ClassVar[float] = 0.0
    every_s: ClassVar[float] = 60.0
    retry_s: ClassVar[float] = 60.0

    def __init__(self, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database = database
        self._sealer = sealer
        self._clock = clock
        self._settled_for = ""
        """The newest key, once everything is sealed with it and no older one is left."""
        self.swept = asyncio.Event()
        """Set once a turn has gone through all rows."""

    async def turn(self) -> None:
        if self._settled_for != self._sealer.keys.current.key_id:
            await self.sweep()
        self.swept.set()

    async def sweep(self) -> int:
        """One turn over all rows; how many were sealed anew. Then keys that nothing needs are removed."""
        in_use: set[str | None] = {self._sealer.keys.current.key_id}
        count = sum([await self._sweep(kind, in_use) for kind in SEALED])
        self._remove_older(in_use)
        return count

    async def _sweep(self, kind: "Sealed", in_use: set[str | None]) -> int:
        after, count, failures = UUID(int=0), 0, Failures()
        while rows := await self._rows_after(kind, after):
            after = UUID(int=rows[-1]["user_id"].int)
            for row in rows:
                if not self._sealer.is_current(row["secret"]):
                    whose = UUID(int=row["user_id"].int)
                    is_done = await self._is_resealed(kind, whose, row["secret"], failures)
                    count += is_done
                    in_use.add(None if is_done else sealed_with(row["secret"]))
        return count

    async def _is_resealed(self, kind: "Sealed", user_id: UUID, sealed: str, failures: Failures) -> bool:
        """One that cannot be written keeps its key, and no other waiting."""
        work = self._reseal(kind, user_id, sealed)
        done = await failures.sparing(work, log, kind.not_resealed, user_id=str(user_id))
        return done is True

    async def _rows_after(self, kind: "Sealed", user_id: UUID) -> list[Any]:
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            return await connection.fetch(kind.listing, user_id, ROWS_AT_ONCE)

    async def _reseal(self, kind: "Sealed", user_id: UUID, sealed: str) -> bool:
        try:
            again = self._sealer.seal(self._sealer.open(sealed, user_id), user_id)
        except CannotBeOpened as error:
            log.warning(kind.not_opened, user_id=str(user_id), reason=str(error))
            return False
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute(kind.reseal, user_id, sealed, again)
        return True

    def _remove_older(self, in_use: set[str | None]) -> None:
        keys = self._sealer.keys
        older = keys.older()
        if keys.current.made_at + OLDER_KEPT <= self._clock.now():
            for key_id in older:
                if key_id not in in_use:
                    keys.remove(key_id)
        if not older:
            self._settled_for = keys.current.key_id
