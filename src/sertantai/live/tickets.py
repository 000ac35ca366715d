"""Tickets: what stands in an address in the place of a token, good for one handshake within a minute."""

from collections import OrderedDict
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final
from uuid import UUID

import msgspec

from sertantai.accounts.keys.token_hashes import digest
from sertantai.core.clock import Clock
from sertantai.core.errors import Unavailable
from sertantai.live.screens import Credential

PREFIX: Final = "lt."
"""Of every ticket: told by it from other tokens."""
LASTS_S: Final = 60.0
TICKETS_MAX: Final = 20_000
TICKETS_PER_USER_MAX: Final = 60
"""Of somebody who wants more the oldest is forgotten."""


class _Kept(msgspec.Struct, frozen=True):
    credential: Credential
    user: UUID
    until: float


class Tickets:
    """Kept in memory alone, by their hashes, in the order of their ends. A restart forgets them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[bytes, _Kept] = OrderedDict()
        self._of_user: dict[UUID, OrderedDict[bytes, None]] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def make(self, credential: Credential, user: UUID) -> tuple[str, datetime]:
        """A new one, and until when it is good. Raises `Unavailable` where there are too many."""
        now = self._clock.monotonic()
        while self._kept and next(iter(self._kept.values())).until <= now:
            self._drop(next(iter(self._kept)))
        own = self._of_user.get(user)
        if own is not None and len(own) >= TICKETS_PER_USER_MAX:
            self._drop(next(iter(own)))
        if len(self._kept) >= TICKETS_MAX:
            raise Unavailable("Too many people are connecting. Try again in a moment.", retry_after_s=5)
        ticket = PREFIX + token_urlsafe(32)
        mark = digest(ticket)
        self._kept[mark] = _Kept(credential, user, now + LASTS_S)
        self._of_user.setdefault(user, OrderedDict())[mark] = None
        return ticket, self._clock.now() + timedelta(seconds=LASTS_S)

    def take(self, ticket: str) -> Credential | None:
        """What it was made with, once and in time."""
        mark = digest(ticket)
        kept = self._kept.get(mark)
        if kept is None:
            return None
        self._drop(mark)
        return kept.credential if kept.until > self._clock.monotonic() else None

    def _drop(self, mark: bytes) -> None:
        kept = self._kept.pop(mark)
        own = self._of_user[kept.user]
        del own[mark]
        if not own:
            del self._of_user[kept.user]
