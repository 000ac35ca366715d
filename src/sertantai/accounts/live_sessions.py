"""What the server remembers of tokens it has seen lately, so that a request costs no query.

An entry is good for ``recheck_s``; then it is looked up again, and while PostgreSQL is away it goes
on being good. A change anywhere (this server or, by NOTIFY, another) removes it at once.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

from msgspec import Struct

from sertantai.core.clock import Clock
from sertantai.core.ids import SessionId, UserId

RECHECK_RETRY_S: Final = 2.0
"""While one request looks an entry up again, others go on with it; the next try comes after this."""


class LiveSession(Struct, frozen=True):
    """Whom a token speaks for. ``session_id`` is None for tokens that are not sessions."""

    user_id: UserId
    email: str | None
    role: str
    session_id: SessionId | None
    scopes: frozenset[str]
    expires_at: datetime


class Ended(Struct, frozen=True):
    """What ended, or is to be asked again: one session or token, all of a person's, or everything."""

    session_id: SessionId | None = None
    token_hash: bytes | None = None
    user_id: UserId | None = None
    everything: bool = False


class _Entry:
    __slots__ = ("good_until", "live")

    def __init__(self, live: LiveSession, good_until: float) -> None:
        self.live = live
        self.good_until = good_until


class LiveSessions:
    """At most ``entries_max`` entries by token hash; the longest unused go first."""

    def __init__(self, clock: Clock, *, entries_max: int, recheck_s: float) -> None:
        self._clock = clock
        self._entries_max = entries_max
        self._recheck_s = recheck_s
        self._entries: OrderedDict[bytes, _Entry] = OrderedDict()
        self._hashes_of: dict[UserId, set[bytes]] = {}
        self._hash_of: dict[SessionId, bytes] = {}
        self.generation = 0
        """Grows with every removal; what was read before one must not be remembered after it."""
        self.is_changed = False
        """Whether sessions came or went since somebody last set this to False."""
        self.forgotten: Callable[[UserId], None] = lambda _user: None
        """Told of whom everything is forgotten."""
        self.on_ended: Callable[[], None] | None = None
        """Told when sessions have ended, whoever ended them."""
        self.told: Callable[[Ended], None] = lambda _ended: None
        """Told of each end and each doubt, also of what was not remembered."""

    def __len__(self) -> int:
        return len(self._entries)

    def fresh(self, token_hash: bytes) -> LiveSession | None:
        """The session, if it is known and needs no look-up; else `get` says what is to be done."""
        entry = self._entries.get(token_hash)
        if entry is None or self._clock.monotonic() >= entry.good_until:
            return None
        if entry.live.expires_at <= self._clock.now():
            return None
        self._entries.move_to_end(token_hash)
        return entry.live

    def get(self, token_hash: bytes) -> tuple[LiveSession | None, bool]:
        """The session, and whether it must be looked up (again) first."""
        entry = self._entries.get(token_hash)
        if entry is None:
            return None, True
        if entry.live.expires_at <= self._clock.now():
            self._remove(token_hash)
            return None, True
        self._entries.move_to_end(token_hash)
        now = self._clock.monotonic()
        if now < entry.good_until:
            return entry.live, False
        entry.good_until = now + RECHECK_RETRY_S
        return entry.live, True

    def is_confirmed(self, token_hash: bytes) -> bool:
        """False: what is remembered is due for a look, or somebody takes one, or could not."""
        entry = self._entries.get(token_hash)
        return entry is None or entry.good_until > self._clock.monotonic() + RECHECK_RETRY_S

    def put(self, token_hash: bytes, live: LiveSession, generation: int) -> None:
        """Remember what was read when ``generation`` was ours; forgotten if something was removed since."""
        if generation != self.generation:
            return
        known = self._entries.get(token_hash)
        if known is None or known.live != live:
            self.is_changed = True
        self._add(token_hash, live, self._clock.monotonic() + self._recheck_s)
        if len(self._entries) > self._entries_max:
            self._remove(next(iter(self._entries)))

    def restore(self, sessions: Iterable[tuple[bytes, LiveSession]]) -> None:
        """Remember what an earlier run did, to be looked up before it is believed."""
        for token_hash, live in islice(sessions, self._entries_max):
            self._add(token_hash, live, float("-inf"))

    def all(self) -> list[tuple[bytes, LiveSession]]:
        return [(token_hash, entry.live) for token_hash, entry in self._entries.items()]

    def forget(self, token_hash: bytes) -> None:
        self._end([token_hash])
        self.told(Ended(token_hash=token_hash))

    def forget_session(self, session_id: SessionId) -> None:
        token_hash = self._hash_of.get(session_id)
        self._end([] if token_hash is None else [token_hash])
        self.told(Ended(session_id=session_id, token_hash=token_hash))

    def forget_user(self, user_id: UserId) -> None:
        self.forgotten(user_id)
        self._end(tuple(self._hashes_of.get(user_id, ())))
        self.told(Ended(user_id=user_id))

    def doubt_all(self) -> None:
        """News may have been missed: look everything up again before it is believed."""
        self.generation += 1
        for entry in self._entries.values():
            entry.good_until = float("-inf")
        self.told(Ended(everything=True))

    def _end(self, token_hashes: Sequence[bytes]) -> None:
        self.generation += 1
        ended = [token_hash for token_hash in token_hashes if token_hash in self._entries]
        for token_hash in ended:
            self._remove(token_hash)
        if ended and self.on_ended is not None:
            self.on_ended()

    def _add(self, token_hash: bytes, live: LiveSession, good_until: float) -> None:
        self._remove(token_hash)
        self._entries[token_hash] = _Entry(live, good_until)
        self._hashes_of.setdefault(live.user_id, set()).add(token_hash)
        if live.session_id is not None:
            self._hash_of[live.session_id] = token_hash

    def _remove(self, token_hash: bytes) -> None:
        entry = self._entries.pop(token_hash, None)
        if entry is not None:
            if entry.live.session_id is not None:
                self._hash_of.pop(entry.live.session_id, None)
            hashes = self._hashes_of[entry.live.user_id]
            hashes.discard(token_hash)
            if not hashes:
                del self._hashes_of[entry.live.user_id]
