"""Accounts that came to be by an organization's directory. It may shut them, and open what it has shut.

Who has shut an account opens it again, and nobody else: the site, or that organization.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

import msgspec

from sertantai.accounts import provisioned_sql, sql
from sertantai.accounts.errors import EmailTaken, ErasureWaits, ShutByOrganization
from sertantai.accounts.live_sessions import LiveSessions
from sertantai.accounts.model import USER_ROLE, User
from sertantai.accounts.people_told import PeopleTold, Way, What
from sertantai.accounts.sessions import api_token_sql
from sertantai.accounts.store import revoke_all_in, user_of_row
from sertantai.core.clock import Clock
from sertantai.core.email_keys import email_spellings
from sertantai.core.errors import Conflict
from sertantai.core.ids import OwnerId, UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.postgres import Connection, Database, Record, Role, plain_uuid
from sertantai.process.new_ids import new_id

PROVISIONED_MAX: Final = 10_000
"""Of one organization, also those who have left it since."""


class Provisioned(msgspec.Struct, frozen=True):
    """By whose directory an account came to be. ``shut_at``: since when that keeps it shut."""

    organization: OwnerId
    name: str
    shut_at: datetime | None


class ProvisionedAccounts:
    def __init__(
        self,
        database: Database,
        live: LiveSessions,
        clock: Clock,
        events: SecurityEvents,
        people: PeopleTold,
    ) -> None:
        self._database = database
        self._people = people
        self._live = live
        self._clock = clock
        self._events = events

    async def make(self, organization: OwnerId, email: str, ip: str | None) -> User:
        """A new account without a password, whose address is the organization's own. Raises `EmailTaken`."""
        id, now = UserId(new_id()), self._clock.now()
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            if await connection.fetchval(provisioned_sql.COUNT, organization) >= PROVISIONED_MAX:
                raise Conflict(f"The organisation has made {PROVISIONED_MAX:,} accounts, the maximum.")
        try:
            async with self._database.transaction(Role.ACCOUNTS, id) as connection:
                row = await connection.fetchrow(
                    sql.INSERT_USER, id, email, None, USER_ROLE, now, now, email_spellings(email)
                )
                if row is None:
                    raise EmailTaken  # in the other spelling of its domain
                await connection.execute(provisioned_sql.INSERT, id, organization, now)
                await self._tell(connection, What.MADE, row, organization, now)
        except Conflict:
            raise EmailTaken from None
        self._events.record(SecurityEventKind.SIGNED_UP, id, ip, {"directory_of": str(organization)})
        return user_of_row(row)

    async def find(self, organization: OwnerId, email: str) -> UserId | None:
        """The account with that address, if this organization's directory has made it."""
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            found = await connection.fetchval(
                provisioned_sql.FIND_BY_EMAIL, organization, email_spellings(email)
            )
        return None if found is None else UserId(plain_uuid(found))

    async def of(self, user: UserId) -> Provisioned | None:
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            return await _of(connection, user)

    async def shut(self, organization: OwnerId, user: UserId, ip: str | None) -> None:
        """Everywhere and at once, sessions and tokens too. Nothing is done to one that another made, or that
        is shut already."""
        now = self._clock.now()
        async with self._database.transaction(Role.ACCOUNTS, user) as connection:
            disabled_at, made = (
                await connection.fetchval(provisioned_sql.LOCK, user),
                await _of(connection, user),
            )
            if made is None or made.organization != organization or disabled_at is not None:
                return
            row = await connection.fetchrow(sql.SET_DISABLED, user, now, now)
            await connection.execute(provisioned_sql.SET_SHUT, user, now)
            await self._tell(connection, What.DISABLED, row, organization)
            await connection.execute(api_token_sql.REVOKE_ALL, user, now)
            await revoke_all_in(connection, user, now)
        self._note(SecurityEventKind.USER_DISABLED, organization, user, ip)

    async def open(self, organization: OwnerId, user: UserId, ip: str | None) -> None:
        """What that organization has shut; they sign in anew. Nothing is done to any other. Raises
        `ErasureWaits`."""
        now = self._clock.now()
        async with self._database.transaction(Role.ACCOUNTS, user) as connection:
            await connection.fetchval(provisioned_sql.LOCK, user)
            made = await _of(connection, user)
            if made is None or made.organization != organization or made.shut_at is None:
                return
            await _require_not_to_be_erased(connection, user)
            row = await connection.fetchrow(sql.SET_DISABLED, user, None, now)
            await connection.execute(provisioned_sql.SET_SHUT, user, None)
            await self._tell(connection, What.ENABLED, row, organization)
        self._note(SecurityEventKind.USER_ENABLED, organization, user, ip)

    async def set_disabled(
        self,
        user: UserId,
        *,
        disabled: bool,
        ip: str | None = None,
        by: UserId | None = None,
        first: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> User | None:
        """By the site, whose shutting goes above that of an organization; None: there is no such user.
        ``by``: an administrator, or the user; None: the operator, on the command line. ``first``: what is
        done before, in the same transaction. Since when an account is shut stays as it was.

        Raises `ShutByOrganization` for what another has shut, `ErasureWaits` for what is to be erased.
        """
        async with self._database.transaction(Role.ACCOUNTS, user) as connection:
            shut_at = await connection.fetchval(provisioned_sql.LOCK, user)
            if first is not None:
                await first(connection)
            now = self._clock.now()
            if not disabled:
                await _require_not_to_be_erased(connection, user)
            made = await _of(connection, user)
            if made is not None and made.shut_at is not None:
                if not disabled:
                    raise ShutByOrganization(made.name)
                await connection.execute(provisioned_sql.SET_SHUT, user, None)
            since = (shut_at or now) if disabled else None
            row = await connection.fetchrow(sql.SET_DISABLED, user, since, now)
            await revoke_all_in(connection, user, now)
            if row is not None:
                what = What.DISABLED if disabled else What.ENABLED
                way = Way.OPERATOR if by is None else Way.ADMINISTRATOR
                if by == user:
                    way = Way.THEMSELVES
                said: dict[str, Any] = {"way": way, "by": by, "email": row["email"], "role": row["role"]}
                await self._people.tell(connection, what, user, **said)
        self._live.forget_user(user)
        if row is not None:
            kind = SecurityEventKind.USER_DISABLED if disabled else SecurityEventKind.USER_ENABLED
            self._events.record(kind, user, ip, {"by": str(by or Way.OPERATOR)})
        return None if row is None else user_of_row(row)

    def _note(self, kind: SecurityEventKind, organization: OwnerId, user: UserId, ip: str | None) -> None:
        self._live.forget_user(user)
        self._events.record(kind, user, ip, {"directory_of": str(organization)})

    async def _tell(
        self,
        connection: Connection,
        what: What,
        row: Record | None,
        organization: OwnerId,
        made_at: datetime | None = None,
    ) -> None:
        if row is not None:
            said: dict[str, Any] = {"by": organization, "email": row["email"], "role": row["role"]}
            said["made_at"] = made_at
            await self._people.tell(connection, what, UserId(row["id"]), way=Way.DIRECTORY, **said)


async def _require_not_to_be_erased(connection: Connection, user: UserId) -> None:
    due_at = await connection.fetchval(provisioned_sql.TO_BE_ERASED, user)
    if due_at is not None:
        raise ErasureWaits(due_at)


async def _of(connection: Connection, user: UserId) -> Provisioned | None:
    row = await connection.fetchrow(provisioned_sql.FIND, user)
    return None if row is None else Provisioned(row["organization_id"], row["organization"], row["shut_at"])
