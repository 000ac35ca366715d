"""A shorter period waits two weeks, a longer one does not; an owner says so, and nobody else."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from sertantai.core.changes import Outcome
from sertantai.core.ids import UserId
from sertantai.core.lasting.retention import (
    AS_THE_SITE,
    RETENTION_MONTHS_MAX,
    SHORTER_AFTER,
    Period,
    Retention,
    asked,
    months_at,
)
from sertantai.core.operations import ChangeMember, Describe
from sertantai.core.rights import Right
from sertantai.core.stored_state import decode_state, encode_state
from sertantai.organizations.settings import parsed_settings, retention_months
from tests.unit.core.organization import ADMIN, AT, MEMBER, OWNER, STRANGER, VIEWER, Organization

ANN = UserId(UUID(int=1))
FOR_EVER = 0
DAY = timedelta(days=1)


def after(*wishes: tuple[int, int], site: int = FOR_EVER) -> Retention | None:
    """``wishes``: on which day for how many months."""
    retention = None
    for day, months in wishes:
        retention = asked(retention, months, site, AT + day * DAY, ANN)
    return retention


def kept(retention: Retention | None, day: int) -> int:
    return months_at(retention, AT + day * DAY)


@pytest.mark.parametrize(
    ("wishes", "site", "on"),
    [
        pytest.param([(0, 24)], FOR_EVER, {0: 0, 13: 0, 14: 24}, id="shorter than for ever"),
        pytest.param([(0, 24)], 12, {0: 24}, id="longer than the site's"),
        pytest.param([(0, 24), (1, 36)], 12, {1: 36}, id="longer at once"),
        pytest.param([(0, 24), (1, 13)], 12, {1: 24, 14: 24, 15: 13}, id="shorter later"),
        pytest.param([(0, 24), (1, 13), (3, 30)], 12, {15: 30}, id="longer calls off what waits"),
        pytest.param([(0, 24), (1, 13), (3, 24)], 12, {3: 24, 15: 24}, id="the same calls it off too"),
        pytest.param(
            [(0, 24), (1, 13), (3, 18)], 12, {15: 24, 16: 24, 17: 18}, id="another shorter waits anew"
        ),
        pytest.param([(0, 24), (1, 13), (9, 13)], 12, {14: 24, 15: 13}, id="asked twice, the day stays"),
        pytest.param(
            [(0, 24), (1, AS_THE_SITE)], 12, {1: 24, 15: 0}, id="back to the site's, which is shorter"
        ),
        pytest.param(
            [(0, 24), (20, AS_THE_SITE)], FOR_EVER, {20: 0}, id="back to the site's, which is longer"
        ),
        pytest.param(
            [(0, 24), (20, 13), (40, 24)], FOR_EVER, {40: 24}, id="once it is in force it is the measure"
        ),
    ],
)
def test_what_is_in_force_when(wishes: list[tuple[int, int]], site: int, on: dict[int, int]) -> None:
    retention = after(*wishes, site=site)
    assert {day: kept(retention, day) for day in on} == on


def test_what_changes_nothing_is_the_very_same() -> None:
    retention = after((0, 24), site=12)
    assert asked(retention, 24, 12, AT + DAY, ANN) is retention
    waits = after((0, 24), (1, 13), site=12)
    assert asked(waits, 13, 12, AT + 3 * DAY, ANN) is waits
    assert asked(None, AS_THE_SITE, 12, AT, ANN) is None


def test_whoever_asked_and_when_stands_with_it() -> None:
    retention = after((0, 24), (1, 13), site=12)
    assert retention is not None
    assert retention.now == Period(24, AT, AT, ANN)
    assert retention.next == Period(13, AT + DAY + SHORTER_AFTER, AT + DAY, ANN)


# ------------------------------------------------------------------------------------- in the organization


def test_only_an_owner_says_for_how_long_the_trail_is_kept() -> None:
    house = Organization()
    kept_for: dict[str, Any] = {"audit_retention_months": 24}
    for person in (ADMIN, MEMBER, VIEWER, STRANGER):
        assert house.outcome(person, Describe, **kept_for) is Outcome.FORBIDDEN, person
        assert house.outcome(person, Describe, name="New", **kept_for) is Outcome.FORBIDDEN, person
    assert house.outcome(OWNER, Describe, **kept_for) is Outcome.APPLIED
    assert house.outcome(OWNER, Describe, name="New", **kept_for) is Outcome.APPLIED


def test_an_owner_who_is_denied_other_settings_still_says_that_one_and_no_other() -> None:
    house = Organization()
    house.do(OWNER, ChangeMember, member=OWNER, deny=(Right.SETTINGS,))
    assert house.outcome(OWNER, Describe, audit_retention_months=24) is Outcome.APPLIED
    assert house.outcome(OWNER, Describe, name="New") is Outcome.FORBIDDEN
    assert house.outcome(OWNER, Describe, name="New", audit_retention_months=24) is Outcome.FORBIDDEN
    assert house.outcome(OWNER, Describe, settings={"x": 1}, audit_retention_months=24) is Outcome.FORBIDDEN


def test_nobody_else_can_be_given_that_right() -> None:
    house = Organization()
    allow = (Right.RETENTION,)
    assert house.outcome(OWNER, ChangeMember, member=ADMIN, allow=allow) is Outcome.FORBIDDEN


def test_asked_again_it_changes_nothing() -> None:
    house = Organization()
    assert house.do(OWNER, Describe, audit_retention_months=24).outcome is Outcome.APPLIED
    assert house.do(OWNER, Describe, audit_retention_months=24).outcome is Outcome.UNCHANGED


def test_it_is_kept_with_the_state() -> None:
    house = Organization()
    house.do(OWNER, Describe, audit_retention_months=24, site_retention_months=12)
    house.do(OWNER, Describe, audit_retention_months=13, site_retention_months=12)
    assert house.access.retention is not None
    assert house.access.retention.next is not None
    read = decode_state(encode_state(house.state)).access
    assert read == house.access


# ------------------------------------------------------------------------------------------ what is typed


@pytest.mark.parametrize("value", [None, 0, 12, 13, RETENTION_MONTHS_MAX])
def test_months_that_can_be_asked_for(value: int | None) -> None:
    assert retention_months(value) == (value or 0)


@pytest.mark.parametrize("value", [1, 11, -1, -12, RETENTION_MONTHS_MAX + 1, True, 12.0, "12", [12], {}])
def test_months_that_cannot(value: object) -> None:
    with pytest.raises(Exception, match="12 to 1,200 whole months"):
        retention_months(value)


def test_it_is_no_setting_like_others() -> None:
    found = parsed_settings({"new_lists": "open", "audit_retention_months": 24})
    assert (found.settings, found.retention_months) == ({"new_lists": "open"}, 24)
    assert parsed_settings({"new_lists": None}).retention_months is None
    assert parsed_settings({"audit_retention_months": None}).retention_months == AS_THE_SITE


def test_what_waits_ends_no_time_by_itself() -> None:
    """A clock that was set back says so: nothing counts before its day."""
    retention = after((0, 24), site=FOR_EVER)
    assert kept(retention, -1_000) == AS_THE_SITE
    assert isinstance(AT, datetime)
