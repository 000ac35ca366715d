"""Personal API tokens: for scripts that act for their owner, with no more rights than they need."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from sertantai.accounts.caller import TokenScope
from sertantai.accounts.keys.token_hashes import digest
from sertantai.accounts.live_sessions import LiveSession, LiveSessions
from sertantai.accounts.model import ADMIN_ROLE
from sertantai.accounts.sessions import api_token_sql as sql
from sertantai.accounts.sessions.sister_tokens import SCOPES as SISTER_SCOPES
from sertantai.accounts.sessions.sister_tokens import SisterClaims
from sertantai.accounts.store import notify
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.core.spelling import one_line
from sertantai.postgres import Connection, Database, Role
from sertantai.process.new_ids import new_id

PREFIX: Final = "srt_"
TOKEN_BYTES: Final = 32
TOKEN_CHARACTERS: Final = len(PREFIX) + 43
SHOWN_CHARACTERS: Final = 10
TOKENS_PER_USER_MAX: Final = 50
NAME_CHARACTERS_MAX: Final = 100


class ApiToken(Struct, frozen=True):
    """A token as its owner sees it afterwards; the token itself is kept nowhere."""

    token_id: UUID
    name: str
    shown_part: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_ip: str | None


class ApiTokens:
    """Makes, lists, finds and revokes them."""

    def __init__(
        self,
        database: Database,
        live: LiveSessions,
        clock: Clock,
        events: SecurityEvents,
        *,
        lifetime_days_max: int,
    ) -> None:
        self._database = database
        self._live = live
        self._clock = clock
        self._events = events
        self.lifetime_days_max = lifetime_days_max

    async def create(
        self, user_id: UserId, role: str, name: str, scopes: Iterable[str], days: int, ip: str | None
    ) -> tuple[str, ApiToken]:
        """The token, shown this once, and what is kept of it.

        Raises `InvalidInput`, `Forbidden`, `Conflict`.
        """
        name, wanted = self._checked(role, name, scopes, days)
        token = PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        now = self._clock.now()
        made = ApiToken(
            new_id(), name, token[:SHOWN_CHARACTERS], wanted, now, now + timedelta(days=days), None, None
        )
        async with self._database.transaction(Role.ACCOUNTS, user_id) as connection:
            added = await connection.fetchrow(
                sql.INSERT,
                made.token_id,
                user_id,
                made.name,
                digest(token),
                made.shown_part,
                list(made.scopes),
                now,
                made.expires_at,
                TOKENS_PER_USER_MAX,
            )
        if added is None:
            raise Conflict(f"You have {TOKENS_PER_USER_MAX} tokens already. Revoke one you no longer use.")
        self._events.record(
            SecurityEventKind.API_TOKEN_CREATED,
            user_id,
            ip,
            {"token_id": str(made.token_id), "scopes": wanted},
        )
        return token, made

    def _checked(self, role: str, name: str, scopes: Iterable[str], days: int) -> tuple[str, tuple[str, ...]]:
        name = one_line(name, "name")
        if not 1 <= len(name) <= NAME_CHARACTERS_MAX:
            raise InvalidInput(f"name: 1 to {NAME_CHARACTERS_MAX} characters.", field="name")
        given = frozenset(scopes)
        wanted = tuple(scope for scope in TokenScope if scope in given)
        if not wanted or given - frozenset(TokenScope):
            raise InvalidInput(f"scopes: one or more of {', '.join(TokenScope)}.", field="scopes")
        if TokenScope.ADMIN in wanted and role != ADMIN_ROLE:
            raise Forbidden("Only administrators can create a token with the scope “admin”.", field="scopes")
        if not 1 <= days <= self.lifetime_days_max:
            raise InvalidInput(f"days: 1 to {self.lifetime_days_max}.", field="days")
        return name, wanted

    async def list(self, user_id: UserId) -> "list[ApiToken]":
        """The user's tokens that are good, the newest first."""
        async with self._database.transaction(Role.ACCOUNTS, user_id, readonly=True) as connection:
            rows = await connection.fetch(sql.LIST, user_id, self._clock.now(), TOKENS_PER_USER_MAX)
        return [
            ApiToken(
                UUID(int=row["id"].int),
                row["name"],
                row["shown_part"],
                tuple(row["scopes"]),
                row["created_at"],
                row["expires_at"],
                row["last_used_at"],
                row["last_used_ip"],
            )
            for row in rows
        ]

    async def revoke(self, user_id: UserId, token_id: UUID, ip: str | None) -> None:
        """End one of the user's tokens, on every server; raises `NotFound`."""
        async with self._database.transaction(Role.ACCOUNTS, user_id) as connection:
            found = await connection.fetchrow(sql.REVOKE, token_id, user_id, self._clock.now())
            await notify(connection, user_id=user_id)
        self._live.forget_user(user_id)  # here at once; the news come back in their own time
        if found is None:
            raise NotFound("This token does not exist.")
        self._events.record(SecurityEventKind.API_TOKEN_REVOKED, user_id, ip, {"token_id": str(token_id)})

    async def read(self, token_hash: bytes, now: datetime, ip: str | None) -> LiveSession | None:
        """Whom a token speaks for; notes that it is used."""
        async with self._database.transaction(Role.ACCOUNTS) as connection:
            row = await connection.fetchrow(sql.TOUCH, token_hash, now, ip)
        if row is None:
            return None
        return LiveSession(
            UserId(UUID(int=row["user_id"].int)),
            row["email"],
            row["role"],
            None,
            frozenset(row["scopes"]),
            row["expires_at"],
        )

    async def read_sister(self, claims: SisterClaims) -> LiveSession | None:
        """The enabled user that a sister's token names."""
        async with self._database.transaction(Role.ACCOUNTS, readonly=True) as connection:
            row = await connection.fetchrow(sql.FIND_ENABLED_USER, claims.user_id)
        if row is None:
            return None
        return LiveSession(claims.user_id, row["email"], row["role"], None, SISTER_SCOPES, claims.expires_at)


async def end_all_in(connection: Connection, user_id: UserId, now: datetime) -> list[UUID]:
    """Part of a transaction: those that were good; `note_ended` reports them once it is committed."""
    rows = await connection.fetch(sql.REVOKE_ALL, user_id, now)
    return [UUID(int=row["id"].int) for row in rows]


def note_ended(events: SecurityEvents, user_id: UserId, tokens: Iterable[UUID], ip: str | None) -> None:
    for token_id in tokens:
        events.record(SecurityEventKind.API_TOKEN_REVOKED, user_id, ip, {"token_id": str(token_id)})
