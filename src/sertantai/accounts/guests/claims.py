"""Whose a guest's ticks are: who signs in in the guest's browser claims them, and says once where they go.

What the ticks are, and how they get into a list, is not known here.
"""

from typing import Final

from msgspec import Struct

from sertantai.accounts import guest_sql
from sertantai.accounts.live_sessions import LiveSessions
from sertantai.accounts.store import revoke_all_in
from sertantai.core.clock import Clock
from sertantai.core.ids import GroupId, UserId
from sertantai.postgres import Database, Role

WAITING_MAX: Final = 50


class Decision(Struct, frozen=True):
    """``group`` None: the ticks are let go. Once settled, ``added`` of ``picked`` laws were new there."""

    group: GroupId | None
    settled: bool
    picked: int
    added: int


class GuestClaims:
    """All methods raise `DatabaseUnavailable`."""

    def __init__(self, database: Database, live: LiveSessions, clock: Clock) -> None:
        self._database = database
        self._live = live
        self._clock = clock

    async def claim(self, guest: UserId, user: UserId) -> None:
        """From here on the guest is the user's, and its own session has ended. Again: nothing happens."""
        now = self._clock.now()
        async with self._database.transaction(Role.ACCOUNTS, user) as connection:
            await connection.execute(guest_sql.CLAIM, guest, user, now)
            await revoke_all_in(connection, guest, now)
        self._live.forget_user(guest)

    async def waiting(self, user: UserId) -> list[UserId]:
        """The user's guests whose ticks have not found their list yet."""
        async with self._database.transaction(Role.ACCOUNTS, user, readonly=True) as connection:
            rows = await connection.fetch(guest_sql.WAITING, user, self._clock.now(), WAITING_MAX)
        return [UserId(row["id"]) for row in rows]

    async def decide(
        self, user: UserId, guest: UserId, group: GroupId | None, instead_of: GroupId | None = None
    ) -> Decision | None:
        """Choose the list, unless one is chosen already; what then holds, or None: it is none of the user's.

        ``instead_of``: a list chosen before that is no more.
        """
        async with self._database.transaction(Role.ACCOUNTS, user) as connection:
            await connection.execute(guest_sql.DECIDE, guest, user, group, instead_of, self._clock.now())
            row = await connection.fetchrow(guest_sql.DECISION, guest, user)
        if row is None:
            return None
        return Decision(row["group_id"], row["settled_at"] is not None, row["picked"], row["added"])

    async def settle(self, user: UserId, guest: UserId, picked: int, added: int) -> None:
        """The ticks are where they were to go."""
        async with self._database.transaction(Role.ACCOUNTS, user) as connection:
            await connection.execute(guest_sql.SETTLE, guest, user, self._clock.now(), picked, added)
