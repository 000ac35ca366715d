"""What strangers can make the watch remember has a bound."""

import json
from collections import OrderedDict
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.errors import InvalidInput
from sertantai.core.security_events import SecurityEventKind as Kind
from sertantai.process.system_clock import SystemClock
from sertantai.security import rules
from sertantai.security.alerting import WAITING_MAX, Alerting
from sertantai.security.asked import DAYS_MAX
from sertantai.security.denials import SUSPECTS_MAX, DenialWatch
from sertantai.security.recording import BATCH_EVENTS_MAX, DETAILS_BYTES_MAX, EventRecorder
from sertantai.web.pages.admin.security import SECURITY
from tests.unit.security.test_alerting import ALERT, Events, Recipient
from tests.unit.security.test_recording import Kept


async def test_details_that_are_too_long_are_left_out_and_the_event_is_not() -> None:
    kept = Kept()
    recorder = EventRecorder(kept, ManualClock(), waiting_max=10)  # type: ignore[arg-type]  # in memory
    around = len(json.dumps({"x": ""}, separators=(",", ":")))
    fits: Any = {"x": "y" * (DETAILS_BYTES_MAX - around)}
    recorder.record(Kind.SIGN_IN_FAILED, None, "192.0.2.1", fits)
    recorder.record(Kind.SIGN_IN_FAILED, None, "192.0.2.2", {"x": fits["x"] + "y"})
    await recorder.write_batch()
    assert [event.details for event in kept.events.values()] == [fits, {"details": "too long"}]


async def test_so_many_are_written_at_once() -> None:
    kept = Kept()
    recorder = EventRecorder(kept, ManualClock(), waiting_max=2 * BATCH_EVENTS_MAX)  # type: ignore[arg-type]  # in memory
    for number in range(BATCH_EVENTS_MAX + 1):
        recorder.record(Kind.SIGN_IN_FAILED, None, None, {"n": number})
    await recorder.write_batch()
    assert len(kept.events) == BATCH_EVENTS_MAX
    await recorder.write_batch()
    assert len(kept.events) == BATCH_EVENTS_MAX + 1


def test_of_so_many_addresses_the_one_not_seen_for_longest_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rules, "SUBJECTS_MAX", 3)
    kept: OrderedDict[tuple[str, str], int] = OrderedDict()
    for address in ("a", "b", "c", "a", "d"):
        rules._touch(kept, ("rule", address), 1)
    assert [address for _, address in kept] == ["c", "a", "d"]


def test_of_more_denials_than_can_be_looked_up_each_is_an_event_unchecked() -> None:
    recorded: list[Any] = []
    events: Any = SimpleNamespace(record=lambda *given: recorded.append(given))
    watch = DenialWatch(cast("Any", None), events)
    scope: Any = {
        "user": SimpleNamespace(user_id=UUID(int=1)),
        "client": ("192.0.2.1", 1),
        "path_template": "/groups/{group}",
        "path_params": {"group": str(UUID(int=2))},
    }
    for _ in range(SUSPECTS_MAX):
        watch.observe(scope, 404)
    assert recorded == []
    watch.observe(scope, 404)
    details = {"route": "/groups/{group}", "unchecked": True}
    assert recorded == [(Kind.ACCESS_DENIED, UUID(int=1), "192.0.2.1", details)]


def test_days_are_as_many_as_there_can_be() -> None:
    assert SECURITY.parse({"days": str(DAYS_MAX)}).days == DAYS_MAX
    for text in (str(DAYS_MAX + 1), "0", "9" * 400):
        with pytest.raises(InvalidInput):
            SECURITY.parse({"days": text})


def test_so_many_alerts_wait_and_one_more_is_given_up_and_reported() -> None:
    events = Events()
    waiting = Alerting(Recipient(0), SystemClock())
    waiting.events = events
    for _ in range(WAITING_MAX):
        waiting.raise_alert(ALERT)
    assert Kind.ALERT_FAILED not in events.kinds
    waiting.raise_alert(ALERT)
    assert events.kinds.count(Kind.ALERT_FAILED) == 1
