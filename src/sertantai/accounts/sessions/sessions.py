"""Opening, finding and ending sessions."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from sertantai.accounts.caller import Caller, effective_role
from sertantai.accounts.errors import TokenRefused
from sertantai.accounts.keys import bearer_tokens
from sertantai.accounts.keys.signing_keys import SigningKeys
from sertantai.accounts.keys.token_hashes import digest
from sertantai.accounts.live_sessions import LiveSession, LiveSessions
from sertantai.accounts.model import Session, SessionKind, SignedIn, User
from sertantai.accounts.sessions.lookups import SessionLookups
from sertantai.accounts.sessions.pending_revocations import PendingRevocations, Revocation
from sertantai.accounts.store import AccountStore
from sertantai.core.clock import Clock
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import SessionId, UserId
from sertantai.http.client_address import plain_address
from sertantai.process.new_ids import new_id

COOKIE_TOKEN_BYTES: Final = 32
COOKIE_TOKEN_CHARACTERS: Final = 43
USER_AGENT_CHARACTERS_MAX: Final = 400
SESSIONS_PER_USER_MAX: Final = 100
REVOKE_PATIENCE_S: Final = 1.0
"""Who signs out waits no longer for PostgreSQL; then it is kept on disk and written later."""


class Sessions:
    """The one door to sessions. ``lifetime_of`` says how long each kind lives."""

    def __init__(
        self,
        store: AccountStore,
        keys: SigningKeys,
        live: LiveSessions,
        clock: Clock,
        lifetime_of: dict[SessionKind, timedelta],
        pending: PendingRevocations,
    ) -> None:
        self._store = store
        self._keys = keys
        self._live = live
        self._clock = clock
        self.lifetime_of = lifetime_of
        self._pending = pending
        self._lookups = SessionLookups(live, clock)

    async def open(
        self,
        user: User,
        kind: SessionKind,
        ip: str | None,
        user_agent: str | None,
        lifetime: timedelta | None = None,
    ) -> SignedIn:
        """A new session; ``lifetime`` None: what is usual for its kind. Raises `DatabaseUnavailable`."""
        now = self._clock.now()
        session = Session(
            session_id=SessionId(new_id()),
            user_id=user.user_id,
            kind=kind,
            created_at=now,
            expires_at=now.replace(microsecond=0) + (lifetime or self.lifetime_of[kind]),
            last_seen_at=now,
            ip=plain_ip(ip),
            user_agent=plain_user_agent(user_agent),
        )
        if kind is SessionKind.COOKIE:
            token = secrets.token_urlsafe(COOKIE_TOKEN_BYTES)
            stored_hash: bytes | None = digest(token)
        else:
            claims = bearer_tokens.BearerClaims(user.user_id, session.session_id, session.expires_at)
            token, stored_hash = bearer_tokens.issue(self._keys, claims, now), None
        await self._store.add_session(session, stored_hash, SESSIONS_PER_USER_MAX)
        return SignedIn(token, session.expires_at, session)

    async def resolve_cookie(
        self, token: str, ip: str | None = None, user_agent: str | None = None
    ) -> Caller:
        """The caller that a cookie's token speaks for; raises `TokenRefused` or `DatabaseUnavailable`."""
        if len(token) != COOKIE_TOKEN_CHARACTERS:
            raise TokenRefused
        token_hash = digest(token)
        live = self.recalled(token_hash) or await self.remembered(
            token_hash, lambda now: self._store.touch_cookie(token_hash, now)
        )
        return caller(live, ip, user_agent)

    async def read_bearer(self, token: str, now: datetime) -> LiveSession | None:
        """The session that a JWT of ours names, from the database; raises `TokenRefused` for forged ones."""
        claims = bearer_tokens.verify(self._keys, token, now)
        live = await self._store.touch_bearer(claims.session_id, now)
        return live if live is not None and live.user_id == claims.user_id else None

    def recalled(self, token_hash: bytes) -> LiveSession | None:
        """What nearly every request finds; None: it takes `remembered` to know."""
        live = self._live.fresh(token_hash)
        ended = live is not None and self._pending.ended(live.session_id, token_hash)
        return None if ended else live

    async def remembered(
        self, token_hash: bytes, read: Callable[[datetime], Awaitable[LiveSession | None]]
    ) -> LiveSession:
        """See `SessionLookups.find`; one that somebody has signed out of is refused."""
        live = await self._lookups.find(token_hash, read)
        if self._pending.ended(live.session_id, token_hash):
            raise TokenRefused
        return live

    @property
    def lookups_waiting(self) -> int:
        return self._lookups.waiting

    async def end(self, user_id: UserId, session_id: SessionId) -> None:
        """End a session for good, also while PostgreSQL is away. Raises `Unavailable` if it lives on."""
        self._live.forget_session(session_id)
        now = self._clock.now()
        revoking = self._store.revoke_session(user_id, session_id, now)
        await self._now_or_later(revoking, Revocation(now, session_id, user_id))

    async def end_unknown(self, token: str) -> None:
        """The same for a cookie that could not be looked up, because PostgreSQL is away."""
        if len(token) != COOKIE_TOKEN_CHARACTERS:
            return
        token_hash, now = digest(token), self._clock.now()
        self._live.forget(token_hash)
        revoking = self._store.revoke_token(token_hash, now)
        await self._now_or_later(revoking, Revocation(now, token_hash=token_hash))

    async def _now_or_later(self, revoking: Awaitable[object], revocation: Revocation) -> None:
        try:
            async with asyncio.timeout(REVOKE_PATIENCE_S):
                await revoking
        except (DatabaseUnavailable, TimeoutError):
            await self._pending.add(revocation)

    async def revoke(self, user_id: UserId, session_id: SessionId) -> bool:
        """End one session of a user, here and on every server. False: there was none."""
        self._live.forget_session(session_id)
        return await self._store.revoke_session(user_id, session_id, self._clock.now())

    async def revoke_all(self, user_id: UserId, keep: SessionId | None = None) -> None:
        """End all sessions of a user but ``keep``."""
        self._live.forget_user(user_id)
        await self._store.revoke_sessions(user_id, self._clock.now(), keep)
        self._live.forget_user(user_id)  # whoever has asked meanwhile was told that they are good still

    async def list(self, user_id: UserId) -> "list[Session]":
        return await self._store.list_sessions(user_id, self._clock.now())


def caller(live: LiveSession, ip: str | None, user_agent: str | None) -> Caller:
    role = effective_role(live.role, live.scopes)
    return Caller(
        live.user_id, live.email, role, live.session_id, live.scopes, ip, user_agent, live.expires_at
    )


def plain_ip(text: str | None) -> str | None:
    """An address that PostgreSQL takes; None for the names that test servers and Unix sockets give."""
    return plain_address(text) if text else None


def plain_user_agent(text: str | None) -> str | None:
    """What a browser calls itself, cut short and without control characters."""
    if not text:
        return None
    return "".join(letter for letter in text[:USER_AGENT_CHARACTERS_MAX] if letter.isprintable()) or None
