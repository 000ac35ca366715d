"""Guests: people who tick before they sign in. One is made at its first tick, never by looking."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sertantai.accounts.errors import GuestsNotWelcome
from sertantai.accounts.model import GUEST_ROLE, SessionKind, SignedIn, User
from sertantai.accounts.sessions.sessions import Sessions
from sertantai.accounts.store import AccountStore
from sertantai.core.clock import Clock
from sertantai.core.ids import UserId
from sertantai.process.new_ids import new_id


class Guests:
    """A guest is a user without address and password, known by the cookie of one browser only."""

    def __init__(
        self,
        store: AccountStore,
        sessions: Sessions,
        clock: Clock,
        *,
        enabled: bool,
        lifetime: timedelta,
        admission: Callable[[str | None], Awaitable[None]],
    ) -> None:
        self._store = store
        self._sessions = sessions
        self._clock = clock
        self.enabled = enabled
        self.lifetime = lifetime
        self._admission = admission

    async def open(self, ip: str | None, user_agent: str | None) -> SignedIn:
        """A new guest with its session, which lasts as long as the guest.

        Raises `GuestsNotWelcome`, `RateLimited`, `DatabaseUnavailable`.
        """
        if not self.enabled:
            raise GuestsNotWelcome
        await self._admission(ip)
        now = self._clock.now()
        guest = User(UserId(new_id()), None, GUEST_ROLE, now)
        await self._store.add_guest(guest, now.replace(microsecond=0) + self.lifetime)
        return await self._sessions.open(guest, SessionKind.COOKIE, ip, user_agent, self.lifetime)
