"""What is kept of an event, and how grave each kind is."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from sertantai.core.ids import UserId
from sertantai.core.security_events import SecurityEventKind as Kind


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    DANGER = "danger"


WARNINGS: Final = frozenset(
    {
        Kind.SIGN_IN_FAILED,
        Kind.SIGN_IN_DELAYED,
        Kind.SECOND_FACTOR_FAILED,
        Kind.SECOND_FACTOR_DISABLED,
        Kind.RECOVERY_CODE_USED,
        Kind.NEW_DEVICE,
        Kind.TOKEN_MISUSED,
        Kind.LINK_REFUSED,
        Kind.USER_DISABLED,
        Kind.ACCESS_DENIED,
        Kind.LIMIT_HIT,
        Kind.MASS_REMOVAL,
        Kind.JOURNAL_ACCEPTED,
        Kind.JOURNAL_SALVAGED,
        Kind.TRAIL_ACCEPTED,
        Kind.DOMAIN_LOST,
        Kind.IDENTITY_LINKED,
        Kind.PROVIDER_CHANGED,
        Kind.RETENTION_SHORTENED,
        Kind.REPORT_NOT_SENT,
        Kind.MAIL_NOT_SENT,
        Kind.TRAIL_UNHEARD,
    }
)
DANGERS: Final = frozenset(
    {
        Kind.PROTECTION_TRIGGERED,
        Kind.TRAIL_DIFFERS,
        Kind.SYNC_REJECTED,
        Kind.JOURNAL_DAMAGED,
        Kind.LIMIT_STORE_FAILED,
        Kind.CLOCK_AHEAD,
        Kind.RETENTION_FAILED,
        Kind.CLOCK_BELIEVED,
        Kind.EVENTS_DROPPED,
        Kind.ALERT_RAISED,
        Kind.ALERT_FAILED,
    }
)


def severity_of(kind: Kind) -> Severity:
    if kind in DANGERS:
        return Severity.DANGER
    return Severity.WARNING if kind in WARNINGS else Severity.INFO


class SecurityEvent(Struct, frozen=True):
    """``times``: how many equal events within a moment this stands for."""

    id: UUID
    at: datetime
    kind: str
    severity: str
    user_id: UserId | None = None
    ip: str | None = None
    times: int = 1
    details: Mapping[str, Any] = {}
    email: str | None = None


class Bucket(Struct, frozen=True):
    """One bar of the trend: events of each severity in the hour that starts at ``at``."""

    at: datetime
    info: int
    warning: int
    danger: int

    @property
    def total(self) -> int:
        return self.info + self.warning + self.danger


def plain_address(text: str | None) -> str | None:
    """An address that PostgreSQL takes; None for the names that Unix sockets give."""
    try:
        return str(ip_address(text)) if text else None
    except ValueError:
        return None
