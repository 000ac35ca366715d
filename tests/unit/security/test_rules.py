"""Which events are worth an alert, and that one is not repeated."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
import pytest
from pyroaring import BitMap

from sertantai.core.fold import Change, Outcome
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, UserId
from sertantai.core.operations import Amend, ClearAll, Origin
from sertantai.core.security_events import SecurityEventKind as Kind
from sertantai.core.state import GroupState
from sertantai.process.settings import Settings
from sertantai.security.removals import mass_removal
from sertantai.security.rules import Judge, rules_of

ANNA = UserId(UUID(int=1))


def judge(**given: str) -> Judge:
    return Judge(rules_of(Settings(**given)), quiet_s=900)  # type: ignore[arg-type]  # names of settings


def test_a_burst_of_failed_sign_ins_from_one_address_is_one_alert() -> None:
    judged = judge(security_alert_failed_sign_ins="3/5 minute")
    said = [judged.judge(Kind.SIGN_IN_FAILED, None, "192.0.2.1", at) for at in (0.0, 1.0, 2.0, 3.0)]
    assert [len(alerts) for alerts in said] == [0, 0, 1, 0]
    assert said[2][0].subject == "address 192.0.2.1"


def test_an_account_that_is_tried_from_many_addresses_is_noticed() -> None:
    judged = judge(security_alert_failed_sign_ins="3/5 minute")
    said = [judged.judge(Kind.SIGN_IN_FAILED, ANNA, f"192.0.2.{n}", float(n)) for n in range(3)]
    assert [alert.subject for alert in said[2]] == [f"user {ANNA}"]


def test_failures_far_apart_are_no_burst() -> None:
    judged = judge(security_alert_failed_sign_ins="3/5 minute")
    assert not [judged.judge(Kind.SIGN_IN_FAILED, None, "192.0.2.1", at) for at in (0.0, 200.0, 400.0)][2]


def test_an_alert_comes_again_after_a_while_and_tells_what_was_not_said() -> None:
    judged = judge(security_alert_protection="1/minute")
    said = [judged.judge(Kind.PROTECTION_TRIGGERED, None, None, at) for at in (0.0, 10.0, 20.0, 901.0)]
    assert [len(alerts) for alerts in said] == [1, 0, 0, 1]
    assert said[3][0].unsaid == 2
    assert "2 more times" in said[3][0].body


def test_a_rule_that_is_off_says_nothing() -> None:
    judged = judge(security_alert_protection="off")
    assert judged.judge(Kind.PROTECTION_TRIGGERED, None, None, 0.0) == []


@pytest.mark.parametrize(
    ("removed", "left", "is_unusual"),
    [
        (1_000, 99_000, True),
        (999, 99_000, False),
        (11, 9, True),
        (10, 10, False),
        (5, 0, False),
        (0, 5, False),
    ],
)
def test_a_thousand_records_or_more_than_half_of_a_list_is_a_mass_removal(
    removed: int, left: int, is_unusual: bool
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    operation = ClearAll(
        id=OperationId(UUID(int=2)),
        owner=OwnerId(ANNA),
        group=GroupId(UUID(int=3)),
        at=now,
        origin=Origin(ANNA),
    )
    group = GroupState(operation.group, "default", now, now, records=BitMap(range(removed, removed + left)))
    change = Change(Position(1), operation, Outcome.APPLIED, group, removed=BitMap(range(removed)))
    found = mass_removal(change, left, 1_000, 0.5)
    assert (found is not None) == is_unusual


@pytest.mark.parametrize(
    ("by", "is_unusual"),
    [
        (Origin(ANNA, source="filter"), False),
        (Origin(ANNA, session="a session", ip="192.0.2.7", source="filter"), True),
        (Origin(ANNA, ip="192.0.2.7", source="filter"), True),
        (Origin(ANNA), True),
    ],
)
def test_a_live_list_that_follows_the_register_is_no_mass_removal(by: Origin, is_unusual: bool) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    operation = ClearAll(
        id=OperationId(UUID(int=2)), owner=OwnerId(ANNA), group=GroupId(UUID(int=3)), at=now, origin=by
    )
    group = GroupState(operation.group, "default", now, now)
    change = Change(Position(1), operation, Outcome.APPLIED, group, removed=BitMap(range(2_000)))
    assert (mass_removal(change, 0, 1_000, 0.5) is not None) == is_unusual


def test_taking_back_what_was_done_is_no_mass_removal() -> None:
    at, origin = datetime(2026, 3, 1, tzinfo=UTC), Origin(ANNA, session="s", ip="192.0.2.1", source="undo")
    after = GroupState(GroupId(UUID(int=2)), "L", at, at)
    undo = Amend(
        id=OperationId(UUID(int=3)),
        owner=OwnerId(ANNA),
        group=after.id,
        at=at,
        origin=origin,
        add=b"",
        remove=b"",
        undoes=OperationId(UUID(int=4)),
    )
    removed = BitMap(range(40_000))
    change = Change(Position(2), undo, Outcome.APPLIED, after, removed=removed)
    assert mass_removal(change, 0, 1_000, 0.5) is None
    restored = msgspec.structs.replace(undo, undoes=None)
    assert mass_removal(msgspec.structs.replace(change, operation=restored), 0, 1_000, 0.5) is not None
