"""What administrators read of an event."""

from datetime import UTC, datetime
from uuid import uuid4

from sertantai.core.security_events import SecurityEventKind
from sertantai.security.model import SecurityEvent
from sertantai.web.pages.admin.security_wording import KINDS, details


def test_kinds_are_written_as_people_write_them() -> None:
    titles = dict(KINDS)
    assert titles[SecurityEventKind.API_TOKEN_CREATED.value] == "API token created"
    assert titles[SecurityEventKind.SIGN_IN_FAILED.value] == "Sign in failed"
    assert not [title for title in titles.values() if "Api" in title]


def test_a_mass_removal_counts_laws() -> None:
    kind = SecurityEventKind.MASS_REMOVAL.value
    event = SecurityEvent(
        uuid4(), datetime(2026, 1, 1, tzinfo=UTC), kind, "warning", details={"removed": 1500, "of": 2000}
    )
    assert details(event) == "1,500 of 2,000 laws"
