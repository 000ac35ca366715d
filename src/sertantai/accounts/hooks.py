"""What others do when something happens to an account: given when accounts are made, so that all is heard."""

from collections.abc import Awaitable, Callable

import msgspec

from sertantai.accounts.live_sessions import Ended
from sertantai.accounts.model import Session, User
from sertantai.core.ids import UserId


async def _nothing(_user: UserId) -> None: ...


async def _at_once() -> None: ...


async def _seen(_user: User, _session: Session) -> None: ...


async def _anybody(_address: str | None) -> None: ...


def _unheard(_user: UserId) -> None: ...


def _kept(_ended: Ended) -> None: ...


class Hooks(msgspec.Struct, frozen=True):
    signed_in: Callable[[User, Session], Awaitable[None]] = _seen
    """A session was opened; run before its token is shown. Must not fail."""
    signed_out: Callable[[UserId], Awaitable[None]] = _nothing
    """Somebody signs out; run before they are told so."""
    forgotten: Callable[[UserId], None] = _unheard
    """Their sessions were ended, or what they may do is to be looked up again: a new password, a disabled
    account. Told at once, of whichever process did it."""
    ended: Callable[[Ended], None] = _kept
    """A session or a token ended, or is to be looked up again; told at once, of whichever process did it."""
    before_purge: Callable[[], Awaitable[None]] = _at_once
    """Waits until PostgreSQL holds every change, so that none comes for a guest who is gone."""
    purged: Callable[[UserId], Awaitable[None]] = _nothing
    """A guest is gone."""
    trail_head: Callable[[], str] = str
    """The newest head of the sealed log, in words, for the last line of each mail; empty: there is none."""
    guest_admission: Callable[[str | None], Awaitable[None]] = _anybody
    """Asked with the address before a guest is made; raises `RateLimited` to refuse it."""
