"""What of a list each person answers for, and what is due, as pages count it."""

from datetime import date

import msgspec
from pyroaring import BitMap

from sertantai.core.operations import ChangeMember, Expel
from sertantai.core.state import GroupState
from sertantai.lists.together.responsibilities import NONE, Reviewing, answered, duties_of, narrowed
from tests.unit.core.organization import DEFAULT, MEMBER, OWNER, VIEWER, Organization

MARCH = date(2026, 3, 1)
NOTES = {
    1: {"responsible": str(MEMBER), "review_on": "2026-02-01"},
    2: {"responsible": str(MEMBER), "review_on": "2026-03-02"},
    3: {"responsible": str(VIEWER), "review_on": "2026-01-01", "reviewed_at": "2026-01-05T08:00:00+00:00"},
    4: {"review_on": "2026-03-01"},
    5: {"note": "N", "responsible": "not an id"},
}


def list_of(house: Organization) -> GroupState:
    group = house.state.groups[DEFAULT]
    return msgspec.structs.replace(group, records=BitMap(range(1, 8)), annotations=NOTES)


def test_laws_are_counted_by_who_answers_and_by_day() -> None:
    duties = duties_of(list_of(Organization()))
    assert duties.by_person[str(MEMBER)] == BitMap([1, 2])
    assert duties.due(MARCH) == BitMap([1, 4]), "the third was reviewed since"
    assert duties.due(date(2025, 1, 1)) == BitMap()


def test_what_a_former_or_suspended_member_answered_for_nobody_does() -> None:
    house = Organization()
    group = list_of(house)
    asked = (group.records, group, house.access, Reviewing(NONE), None, MARCH)
    assert answered(group, house.access) == BitMap([1, 2, 3])
    assert narrowed(*asked) == BitMap([4, 5, 6, 7])
    house.do(OWNER, Expel, member=MEMBER)
    house.do(OWNER, ChangeMember, member=VIEWER, suspended=True)
    assert answered(group, house.access) == BitMap()
    assert answered(group, None) == BitMap(), "in a list of one's own nobody is named"


def test_somebody_is_found_by_their_id_alone() -> None:
    house = Organization()
    group = list_of(house)
    wanted = Reviewing(str(MEMBER), "due")
    assert narrowed(group.records, group, house.access, wanted, MEMBER, MARCH) == BitMap([1])
