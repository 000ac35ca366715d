"""What an administrator asks for, on the page and on the command line."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from sertantai.core.cursors import decode_cursor, encode_cursor
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind
from sertantai.security.model import Severity, plain_address
from sertantai.security.store import EventFilter, SecurityEventStore

DAYS_DEFAULT: Final = 7
DAYS_MAX: Final = 36_600
CURSOR_KIND: Final = "security events"
NOBODY: Final = UserId(UUID(int=0))


class EventsAsked(msgspec.Struct, frozen=True):
    """As it was stated; "" is any. ``user``: an address or an id; ``days``: how far back."""

    kind: str = ""
    severity: str = ""
    user: str = ""
    ip: str = ""
    days: int = DAYS_DEFAULT
    cursor: str = ""


async def filter_of(store: SecurityEventStore, asked: EventsAsked, now: datetime) -> EventFilter:
    """Raises `InvalidInput`."""
    if not 1 <= asked.days <= DAYS_MAX:
        raise InvalidInput(f"days: a whole number from 1 to {DAYS_MAX}.", field="days")
    return EventFilter(
        now - timedelta(days=asked.days),
        _one_of("kind", asked.kind, [kind.value for kind in SecurityEventKind]),
        _one_of("severity", asked.severity, [one.value for one in Severity]),
        await _user(store, asked.user.strip()),
        _address(asked.ip.strip()),
        _before(asked.cursor),
    )


def cursor_after(at: datetime, event_id: UUID) -> str:
    return encode_cursor(CURSOR_KIND, [at.isoformat(), str(event_id)])


def _before(text: str | None) -> tuple[datetime, UUID] | None:
    if not text:
        return None
    try:
        at, event_id = decode_cursor(text, CURSOR_KIND)
        return datetime.fromisoformat(str(at)), UUID(str(event_id))
    except ValueError:
        raise InvalidInput("cursor: it is not one that this server issued.", field="cursor") from None


def _one_of(name: str, text: str | None, known: list[str]) -> tuple[str, ...] | None:
    if not text:
        return None
    if text not in known:
        raise InvalidInput(f"{name}: {text[:40]!r} is none of {', '.join(known)}.", field=name)
    return (text,)


async def _user(store: SecurityEventStore, text: str) -> UserId | None:
    if not text:
        return None
    return await store.user_with(text) or NOBODY


def _address(text: str) -> str | None:
    if text and plain_address(text) is None:
        raise InvalidInput(f"ip: {text[:60]!r} is not an IP address.", field="ip")
    return text or None
