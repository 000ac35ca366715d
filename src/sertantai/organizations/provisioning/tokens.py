"""Tokens with which an organization's directory proves itself: shown once, kept as hashes, worth what their
makers are. With one a directory decides about nobody, and makes nobody, who is more than its maker; where the
maker may not make one any more, or their account is shut, it does nothing."""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.accounts.keys.token_hashes import digest
from sertantai.core.access_state import AccessState, rights_in
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, DatabaseUnavailable, InvalidInput, NotFound, SertantaiError
from sertantai.core.ids import OperationId, OwnerId, UserId
from sertantai.core.operations import Describe, of_no_list
from sertantai.core.rights import Right, Role
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.core.sharing.ways_in import TokenSetting, has_token, token_key, token_value
from sertantai.engine.engine import Engine
from sertantai.engine.errors import KeptElsewhere
from sertantai.organizations.giving import require_may_be_given
from sertantai.organizations.provisioning import sql
from sertantai.organizations.provisioning.errors import DirectoryTokenRefused
from sertantai.organizations.standing import Standing
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.process.logs import logger
from sertantai.process.new_ids import new_id

PREFIX: Final = "sertantai-scim-"
"""So that those who look for secrets in texts know what it is."""
TOKEN_BYTES: Final = 32
TOKEN_CHARACTERS_MAX: Final = 200
TOKENS_MAX: Final = 5
"""More than two are needed by nobody: one is replaced by another."""
USE_NOTED_EVERY: Final = timedelta(minutes=1)
NEEDED: Final = (
    Right.SSO,
    Right.MEMBERS_MANAGE,
    Right.MEMBERS_ADDRESSES,
    Right.INVITE,
    Right.TEAMS,
)
"""What a directory does, each of which its token's maker must be able to do."""


log = logger(__name__)


class DirectoryToken(msgspec.Struct, frozen=True):
    """``role``: of whom the directory says none. ``good``: whether its maker may still make one."""

    id: UUID
    role: str
    made_by: UserId
    made_at: datetime
    last_used_at: datetime | None
    good: bool


class DirectoryCaller(msgspec.Struct, frozen=True):
    """An organization's directory, which asks; ``role`` as in its token, which ``maker`` has made."""

    organization: OwnerId
    slug: str
    role: Role
    token: UUID
    maker: UserId
    made_at: datetime

    def require_good(self, access: AccessState) -> None:
        """Raises `DirectoryTokenRefused` where it was revoked, or its maker may not do all of it any more."""
        if not has_token(access, self.token) or not _may(access, self.maker, self.made_at):
            raise DirectoryTokenRefused


class DirectoryTokens:
    def __init__(self, database: Database, engine: Engine, clock: Clock, events: SecurityEvents) -> None:
        self._database = database
        self._engine = engine
        self._clock = clock
        self._events = events

    async def make(self, standing: Standing, role: Role) -> tuple[DirectoryToken, str]:
        """A token and its secret, which is shown this once. Raises `PermissionNeeded`, `Conflict`."""
        for right in NEEDED:
            standing.require(right)
        if role is Role.OWNER:
            raise InvalidInput("role: nobody can create an owner; ownership is offered.", field="role")
        require_may_be_given(standing, role, ())
        if len(await self.tokens(standing)) >= TOKENS_MAX:
            raise Conflict(f"There are {TOKENS_MAX} tokens, which is the maximum. Revoke one.")
        id, now, secret = new_id(), self._clock.now(), f"{PREFIX}{secrets.token_urlsafe(TOKEN_BYTES)}"
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            await connection.execute(
                sql.PUT_KEY,
                standing.organization,
                id,
                digest(secret),
                role.value,
                standing.actor,
                now,
            )
        setting = TokenSetting(standing.actor, now, role.value)
        try:
            await self._say(standing, id, token_value(setting))
        except SertantaiError:
            await self._forget(standing.organization, id, now)
            raise
        self._record(SecurityEventKind.API_TOKEN_CREATED, standing, id)
        return DirectoryToken(id, role.value, standing.actor, now, None, True), secret

    async def tokens(self, standing: Standing) -> list[DirectoryToken]:
        """The newest first."""
        standing.require(Right.SSO)
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            rows = await connection.fetch(sql.KEYS, standing.organization)
        return [
            DirectoryToken(
                row["id"],
                row["role"],
                row["made_by"],
                row["made_at"],
                row["last_used_at"],
                row["is_open"] and _may(standing.access, row["made_by"], row["made_at"]),
            )
            for row in rows
            if has_token(standing.access, row["id"])
        ]

    async def revoke(self, standing: Standing, id: UUID) -> None:
        """At once, and with it what it has invited to. Raises `NotFound`."""
        standing.require(Right.SSO)
        if not has_token(standing.access, id):
            raise NotFound("This token does not exist.", field="token")
        await self._say(standing, id, None)
        self._record(SecurityEventKind.API_TOKEN_REVOKED, standing, id)
        try:
            await self._forget(standing.organization, id, self._clock.now())
        except DatabaseUnavailable:
            log.info("a revoked token is still in the table")  # it leads to nothing

    async def caller(self, organization: str, secret: str) -> DirectoryCaller:
        """Whose directory it is that asks for an organization, named by its slug or its UUID. Raises
        `DirectoryTokenRefused`, alike for whatever reason."""
        if not secret.startswith(PREFIX) or len(secret) > TOKEN_CHARACTERS_MAX:
            raise DirectoryTokenRefused
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            row = await connection.fetchrow(sql.FIND_KEY, digest(secret))
        if row is None:
            raise DirectoryTokenRefused
        owner, now = OwnerId(row["organization_id"]), self._clock.now()
        try:
            access = (await self._engine.state(owner)).access
        except (NotFound, KeptElsewhere):
            raise DirectoryTokenRefused from None
        if access is None or organization not in (access.slug, str(owner)):
            raise DirectoryTokenRefused
        caller = DirectoryCaller(
            owner, access.slug, Role(row["role"]), row["id"], row["made_by"], row["made_at"]
        )
        caller.require_good(access)
        used = row["last_used_at"]
        if used is None or now - used > USE_NOTED_EVERY:
            async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
                await connection.execute(sql.USE_KEY, owner, row["id"], now)
        return caller

    async def _say(self, standing: Standing, id: UUID, value: list[Any] | None) -> None:
        """In the organization's log, by which it is good or is not."""
        organization = standing.organization
        operation = Describe(
            id=OperationId(new_id()),
            owner=organization,
            group=of_no_list(organization),
            at=self._clock.now(),
            origin=standing.by,
            settings={token_key(id): value},
        )
        await self._engine.perform(operation)

    async def _forget(self, organization: OwnerId, id: UUID, now: datetime) -> None:
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            await connection.execute(sql.END_KEY, organization, id)
            await connection.execute(sql.REVOKE_INVITATIONS_OF, organization, id, now)

    def _record(self, kind: SecurityEventKind, standing: Standing, id: UUID) -> None:
        details = {"organization": str(standing.organization), "directory_token": str(id)}
        self._events.record(kind, standing.actor, standing.by.ip, details)


def _may(access: AccessState, maker: UserId, made_at: datetime) -> bool:
    """Who has left and come again makes another."""
    member = access.members.get(maker)
    if member is None or member.joined_at > made_at:
        return False
    return rights_in(access, maker).issuperset(NEEDED)
