"""Who listens: a socket, a long-poll session or a stream of events, and how many of them there may be."""

from collections import Counter
from collections.abc import Iterator
from typing import Protocol
from uuid import UUID

import msgspec

from sertantai.accounts.caller import Caller
from sertantai.accounts.keys.token_hashes import digest
from sertantai.core.errors import RateLimited, Unavailable
from sertantai.core.ids import OwnerId
from sertantai.http.protocol.connections import block_of
from sertantai.live.answers import Answers
from sertantai.live.bounds import (
    CUT_BYTES,
    CUT_S,
    IDLE_S,
    LAGGING_BYTES,
    LAGGING_S_MAX,
    PER_ADDRESS_MAX,
    PER_USER_MAX,
    SCREENS_MAX,
)
from sertantai.live.messages import Form, Written
from sertantai.live.topics import Topic


class Channel:
    """One topic as one screen has joined it. ``version``: of the list, up to which it was told everything."""

    __slots__ = ("form", "is_open", "owner", "screen", "topic", "version")

    def __init__(self, screen: "Screen", topic: Topic, form: Form, owner: OwnerId | None) -> None:
        """``owner``: whose list, or which organization, it is about."""
        self.screen = screen
        self.topic = topic
        self.form = form
        self.owner = owner
        self.version = 0
        self.is_open = True


class Outlet(Protocol):
    """The way to one screen; it takes what it is given at once, and says how much of it was not taken off
    its hands."""

    def write(self, message: Written) -> None: ...

    @property
    def unread_bytes(self) -> int: ...

    def close(self, code: int, reason: str = "") -> None: ...

    def abort(self) -> None: ...


class Credential(msgspec.Struct, frozen=True):
    """What a screen proved itself with: ``token`` is a cookie's or a bearer's."""

    token: str
    is_cookie: bool

    @property
    def hash(self) -> bytes:
        return digest(self.token)


class Screen:
    """One screen of one caller."""

    __slots__ = (
        "_given_bytes",
        "_taken_bytes",
        "_taken_then",
        "_took_at",
        "answers",
        "caller",
        "channels",
        "checked_at",
        "credential",
        "has_joined",
        "heard_at",
        "idle_s",
        "is_closed",
        "lagging_since",
        "missed",
        "opened_at",
        "outlet",
        "token_hash",
    )

    def __init__(
        self,
        caller: Caller,
        credential: Credential | None,
        outlet: Outlet,
        now: float,
        idle_s: float = IDLE_S,
    ) -> None:
        """``credential`` None: nobody can say again whom it speaks for. ``now``: monotonic seconds; so long
        after the last sign of it, it is gone."""
        self.caller = caller
        self.credential = credential
        self.token_hash = None if credential is None else credential.hash
        self.outlet = outlet
        self.answers = Answers(outlet)
        self.channels: dict[str, Channel] = {}
        """By topic, as the client calls it."""
        self.opened_at = self.heard_at = self.checked_at = now
        self.idle_s = idle_s
        self.has_joined = False
        self.lagging_since: float | None = None
        self.missed: set[str] = set()
        """Topics of which it was not told everything, as it did not read."""
        self.is_closed = False
        self._given_bytes = self._taken_bytes = self._taken_then = 0
        self._took_at = now

    @property
    def proofs(self) -> list[UUID | bytes]:
        """The session, and the hash of the token, by which its end is told."""
        return [one for one in (self.caller.session_id, self.token_hash) if one is not None]

    def write(self, message: Written) -> None:
        """An answer: it goes out whatever waits."""
        if not self.is_closed:
            self._give(message)

    def tell(self, channel: Channel, message: Written, now: float) -> bool:
        """What is broadcast; False where the screen does not read: it will have to look again."""
        if self.is_lagging(now):
            self.missed.add(channel.form.topic)
            return False
        self._give(message)
        return True

    def is_lagging(self, now: float) -> bool:
        """Much was unread, and not all of that is read yet."""
        if self.lagging_since is None and self.outlet.unread_bytes > LAGGING_BYTES:
            self.lagging_since = self._took_at = now
            self._taken_bytes = self._taken_then = self._taken()
        return self.lagging_since is not None

    def is_lost(self, now: float) -> bool:
        """It takes nothing, or next to nothing, of what waits for it. To be asked each second."""
        if self.lagging_since is None:
            return False
        before, self._taken_bytes = self._taken_bytes, self._taken()
        if self._taken_bytes > before:
            self._took_at = now
        if self.outlet.unread_bytes > CUT_BYTES and now - self._took_at > CUT_S:
            return True
        if now - self.lagging_since <= LAGGING_S_MAX:
            return False
        if self._taken_bytes - self._taken_then < LAGGING_BYTES:
            return True
        self.lagging_since, self._taken_then = now, self._taken_bytes
        return False

    def _give(self, message: Written) -> None:
        self._given_bytes += len(message.text)
        self.outlet.write(message)

    def _taken(self) -> int:
        """Bytes. What a frame has beside its text makes it seem less, never more."""
        return self._given_bytes - self.outlet.unread_bytes


class TooManyScreens(Unavailable):
    code = "too_many_screens"


class Screens:
    """All of one server, by whose they are."""

    def __init__(self, screens_max: int = SCREENS_MAX, per_address_max: int = PER_ADDRESS_MAX) -> None:
        self._screens_max = screens_max
        self._per_address_max = per_address_max
        self._all: dict[Screen, None] = {}
        self._of_user: dict[UUID, dict[Screen, None]] = {}
        self._by_proof: dict[UUID | bytes, dict[Screen, None]] = {}
        """By the session, and by the hash of the token, that they proved themselves with."""
        self._of_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Screen]:
        return iter(self._all)

    def require_room(self, caller: Caller) -> None:
        """Raises `TooManyScreens` or `RateLimited`."""
        if len(self._all) >= self._screens_max:
            raise TooManyScreens("Too many people are connected. Try again in a moment.", retry_after_s=5)
        own = self._of_user.get(caller.user_id, {})
        if len(own) >= PER_USER_MAX:
            raise RateLimited(
                f"You have {PER_USER_MAX} live connections, which is the maximum.", retry_after_s=30
            )
        if self._of_address[block_of(caller.ip)] >= self._per_address_max:
            raise RateLimited("There are too many live connections from your address.", retry_after_s=30)

    def add(self, screen: Screen) -> None:
        self._all[screen] = None
        self._of_user.setdefault(screen.caller.user_id, {})[screen] = None
        self._of_address[block_of(screen.caller.ip)] += 1
        for proof in screen.proofs:
            self._by_proof.setdefault(proof, {})[screen] = None

    def remove(self, screen: Screen) -> None:
        if screen not in self._all:
            return
        del self._all[screen]
        user, address = screen.caller.user_id, block_of(screen.caller.ip)
        own = self._of_user[user]
        del own[screen]
        if not own:
            del self._of_user[user]
        self._of_address[address] -= 1
        if not self._of_address[address]:
            del self._of_address[address]
        for proof in screen.proofs:
            of_proof = self._by_proof.get(proof, {})
            of_proof.pop(screen, None)
            if not of_proof:
                self._by_proof.pop(proof, None)

    def renew(self, screen: Screen, caller: Caller, credential: Credential) -> None:
        """It has proved itself, to be the same person, with something else perhaps. Not one that is gone."""
        if screen not in self._all:
            return
        self.remove(screen)
        screen.caller, screen.credential, screen.token_hash = caller, credential, credential.hash
        self.add(screen)

    def of_user(self, user: UUID) -> list[Screen]:
        return list(self._of_user.get(user, ()))

    def of_session(self, session: UUID | None, token_hash: bytes | None) -> list[Screen]:
        """By either, whichever is known. Found at once: tokens that are nobody's end all the time."""
        proofs = [proof for proof in (session, token_hash) if proof is not None]
        return list({screen: None for proof in proofs for screen in self._by_proof.get(proof, ())})
