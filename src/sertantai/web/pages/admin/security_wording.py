"""Events and locks in the words of a person."""

from typing import Any, Final

from sertantai.core.security_events import SecurityEventKind as Kind
from sertantai.security.model import SecurityEvent

LOCKED: Final = {
    "account": "strangers signing in to the account",
    "known": "known devices of the account",
    "address": "everyone at the address",
}


def title(kind: str) -> str:
    """``sign_in_failed`` as Sign in failed."""
    return kind.replace("_", " ").capitalize().replace("Api ", "API ")


def details(event: SecurityEvent) -> str:
    """What else is known of an event, as one line."""
    if event.kind == Kind.MASS_REMOVAL.value:
        return f"{event.details.get('removed', 0):,} of {event.details.get('of', 0):,} laws"
    return " · ".join(f"{name.replace('_', ' ')}: {_plain(value)}" for name, value in event.details.items())


def _plain(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


KINDS: Final = tuple((kind.value, title(kind.value)) for kind in Kind)
