"""Accounts as the rest of the program sees them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from sertantai.accounts.caller import Caller
from sertantai.accounts.common_passwords import common_passwords
from sertantai.accounts.credentials import Credentials
from sertantai.accounts.live_sessions import LiveSessions
from sertantai.accounts.model import USER_ROLE, SessionKind, SignedIn, User
from sertantai.accounts.password_hasher import PasswordHasher, require_fitting_cost
from sertantai.accounts.session_news import SessionNews
from sertantai.accounts.sessions import Sessions
from sertantai.accounts.signing_keys import SigningKeys
from sertantai.accounts.store import AccountStore
from sertantai.core.clock import Clock
from sertantai.core.ids import SessionId, UserId
from sertantai.core.security_events import SecurityEventKind, SecurityEvents
from sertantai.postgres import Database
from sertantai.settings import Settings

KEYS_FOLDER: Final = "keys"

SignOutHook = Callable[[UserId], Awaitable[None]]


class Accounts:
    """Users, passwords and sessions. `start` it before use; it works degraded while PostgreSQL is away:
    sessions seen lately go on, everything else raises `DatabaseUnavailable`.
    """

    def __init__(self, database: Database, settings: Settings, clock: Clock, events: SecurityEvents) -> None:
        require_fitting_cost(settings.host, settings.bcrypt_cost)
        self._store = AccountStore(database)
        self._events = events
        self._hasher = PasswordHasher(
            cost=settings.bcrypt_cost,
            threads=settings.bcrypt_threads,
            waiting_max=settings.bcrypt_waiting_max,
        )
        self.keys = SigningKeys(settings.data_path / KEYS_FOLDER, clock)
        live = LiveSessions(
            clock, entries_max=settings.session_cache_max, recheck_s=settings.session_recheck_s
        )
        self.news = SessionNews(database, live)
        self.sessions = Sessions(
            self._store,
            self.keys,
            live,
            clock,
            {
                SessionKind.COOKIE: timedelta(hours=settings.session_lifetime_h),
                SessionKind.BEARER: timedelta(hours=settings.bearer_lifetime_h),
            },
        )
        self.credentials = Credentials(self._store, self._hasher, clock, events, common_passwords())
        self.secure_cookies = settings.secure_cookies
        self.on_sign_out: list[SignOutHook] = []
        """Run with the user's id when somebody signs out, before their session ends."""

    async def start(self) -> None:
        self.keys.open()
        await self._hasher.start()
        await self.news.start()

    async def stop(self) -> None:
        await self.news.stop()
        await self._hasher.stop()

    async def register(
        self,
        email: str,
        password: str,
        *,
        role: str = USER_ROLE,
        confirmed: bool = False,
        ip: str | None = None,
    ) -> User:
        """See `Credentials.register`."""
        return await self.credentials.register(email, password, role=role, confirmed=confirmed, ip=ip)

    async def authenticate(self, email: str, password: str, *, ip: str | None = None) -> User:
        """See `Credentials.check`."""
        return await self.credentials.check(email, password, ip=ip)

    async def open_session(
        self, user: User, kind: SessionKind, ip: str | None = None, user_agent: str | None = None
    ) -> SignedIn:
        """A new session; its token is shown once."""
        signed_in = await self.sessions.open(user, kind, ip, user_agent)
        self._events.record(SecurityEventKind.SIGNED_IN, user.user_id, ip, {"kind": kind.value})
        return signed_in

    async def resolve_bearer(
        self, token: str, ip: str | None = None, user_agent: str | None = None
    ) -> Caller:
        """Whom a bearer token speaks for; raises `TokenRefused`, `DatabaseUnavailable`."""
        return await self.sessions.resolve_bearer(token, ip, user_agent)

    async def resolve_cookie(
        self, token: str, ip: str | None = None, user_agent: str | None = None
    ) -> Caller:
        """Whom a session cookie speaks for; raises `TokenRefused`, `DatabaseUnavailable`."""
        return await self.sessions.resolve_cookie(token, ip, user_agent)

    async def revoke(self, user_id: UserId, session_id: SessionId) -> bool:
        """End one session of that user, everywhere; False if there was none."""
        return await self.sessions.revoke(user_id, session_id)

    async def sign_out(self, caller: Caller) -> None:
        """Run the hooks, then end the caller's session; a token that is no session stays as it is."""
        for hook in self.on_sign_out:
            await hook(caller.user_id)
        if caller.session_id is not None:
            await self.revoke(caller.user_id, caller.session_id)
        self._events.record(SecurityEventKind.SIGNED_OUT, caller.user_id, caller.ip)

    async def find_user(self, user_id: UserId) -> User | None:
        return await self._store.find_user(user_id)

    async def list_users(self, after: User | None = None, limit: int = 500) -> list[User]:
        """Users with an address, oldest first; go on after the last one."""
        return await self._store.list_users(after, limit)
