"""An export of an organization's list: who may, and that nothing is another than before."""

from typing import Any

import msgspec

from sertantai.core.changes import Outcome
from sertantai.core.ids import GroupId, Position
from sertantai.core.operations import ChangeMember, DeleteGroup, EndOrganization, ExportList, SetGrant
from sertantai.core.rights import Level, Right
from tests.unit.core.organization import (
    ADMIN,
    AT,
    DEFAULT,
    MEMBER,
    OWNER,
    STRANGER,
    VIEWER,
    Organization,
)

SAID: dict[str, Any] = {"version": Position(1), "laws": 3, "form": "csv"}


def test_it_stands_in_the_log_and_changes_nothing() -> None:
    house = Organization()
    before = house.state
    change = house.do(MEMBER, ExportList, DEFAULT, **SAID)
    assert change.outcome is Outcome.APPLIED
    assert house.state is before, "not even the version of the list"
    assert (change.changed, change.group) == (0, before.groups[DEFAULT])


def test_it_takes_the_right_to_export_that_list() -> None:
    house = Organization()
    hidden = house.make_list(ADMIN, "Hidden", restricted=True)

    def exports(group: GroupId) -> dict[int, Outcome]:
        people = (OWNER, ADMIN, MEMBER, VIEWER, STRANGER)
        return {who.int: house.outcome(who, ExportList, group, **SAID) for who in people}

    done, no = Outcome.APPLIED, Outcome.FORBIDDEN
    assert list(exports(DEFAULT).values()) == [done, done, done, no, no]
    assert list(exports(hidden).values()) == [done, done, no, no, no]
    assert list(exports(GroupId(STRANGER)).values()) == [no] * 5
    house.do(OWNER, SetGrant, hidden, grantee=VIEWER, level=Level.MANAGE)
    house.do(OWNER, ChangeMember, member=MEMBER, deny=(Right.EXPORT,))
    house.do(OWNER, ChangeMember, member=VIEWER, allow=(Right.EXPORT,))
    assert list(exports(DEFAULT).values()) == [done, done, no, done, no]
    assert list(exports(hidden).values()) == [done, done, no, done, no]


def test_until_an_organization_ends_all_is_taken_along_and_no_deleted_list_ever() -> None:
    house = Organization()
    group = house.make_list(OWNER, "Old")
    house.do(OWNER, DeleteGroup, group)
    house.do(OWNER, EndOrganization, ends_at=AT)
    assert house.outcome(MEMBER, ExportList, DEFAULT, **SAID) is Outcome.APPLIED
    assert house.outcome(OWNER, ExportList, group, **SAID) is Outcome.GROUP_GONE


def test_of_a_persons_own_lists_it_says_nothing() -> None:
    house = Organization()
    house.state = msgspec.structs.replace(house.state, access=None)
    assert house.outcome(OWNER, ExportList, DEFAULT, **SAID) is Outcome.FORBIDDEN
