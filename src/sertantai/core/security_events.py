"""What may have to do with security, as every room reports it; who keeps and judges it lives above."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

from sertantai.core.ids import UserId


class SecurityEventKind(StrEnum):
    """Stable names: rules, filters and alerts refer to them."""

    SIGNED_UP = "signed_up"
    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_DELAYED = "sign_in_delayed"
    SIGNED_OUT = "signed_out"
    NEW_DEVICE = "new_device"
    EMAIL_CONFIRMED = "email_confirmed"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105  # the name of an event
    PASSWORD_RESET_REQUESTED = "password_reset_requested"  # noqa: S105  # the name of an event
    PASSWORD_RESET = "password_reset"  # noqa: S105  # the name of an event
    SECOND_FACTOR_ENABLED = "second_factor_enabled"
    SECOND_FACTOR_DISABLED = "second_factor_disabled"
    SECOND_FACTOR_FAILED = "second_factor_failed"
    RECOVERY_CODE_USED = "recovery_code_used"
    SESSION_REVOKED = "session_revoked"
    API_TOKEN_CREATED = "api_token_created"  # noqa: S105  # the name of an event
    API_TOKEN_REVOKED = "api_token_revoked"  # noqa: S105  # the name of an event
    TOKEN_MISUSED = "token_misused"  # noqa: S105  # the name of an event
    LINK_REFUSED = "link_refused"
    USER_DISABLED = "user_disabled"
    USER_ENABLED = "user_enabled"
    SIGNING_KEY_ROTATED = "signing_key_rotated"
    ACCESS_DENIED = "access_denied"
    LIMIT_HIT = "limit_hit"
    LIMIT_STORE_FAILED = "limit_store_failed"
    MASS_REMOVAL = "mass_removal"
    PROTECTION_TRIGGERED = "protection_triggered"
    SYNC_REJECTED = "sync_rejected"
    CLOCK_AHEAD = "clock_ahead"
    CLOCK_BELIEVED = "clock_believed"
    RETENTION_SHORTENED = "retention_shortened"
    RETENTION_FAILED = "retention_failed"
    JOURNAL_DAMAGED = "journal_damaged"
    JOURNAL_ACCEPTED = "journal_accepted"
    JOURNAL_SALVAGED = "journal_salvaged"
    TRAIL_DIFFERS = "trail_differs"
    TRAIL_ACCEPTED = "trail_accepted"
    TRAIL_UNHEARD = "trail_unheard"
    DOMAIN_VERIFIED = "domain_verified"
    DOMAIN_LOST = "domain_lost"
    IDENTITY_LINKED = "identity_linked"
    PROVIDER_CHANGED = "provider_changed"
    EVENTS_DROPPED = "events_dropped"
    ALERT_RAISED = "alert_raised"
    ALERT_FAILED = "alert_failed"
    REPORT_NOT_SENT = "report_not_sent"
    MAIL_NOT_SENT = "mail_not_sent"


class SecurityEvents(Protocol):
    """Takes events without waiting and without failing: no request is ever held up by its own report."""

    def record(
        self,
        kind: SecurityEventKind,
        user_id: UserId | None = None,
        ip: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """``details`` hold plain values and never a password, token or code."""


class NoSecurityEvents:
    """Forgets every event."""

    def record(
        self,
        kind: SecurityEventKind,
        user_id: UserId | None = None,
        ip: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        """Nothing is kept."""
