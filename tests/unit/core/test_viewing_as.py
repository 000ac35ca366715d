"""Who may look at an organization's lists as a member does; it changes nothing, and stands in the log."""

from sertantai.core.changes import APPLIED, Outcome
from sertantai.core.operations import ChangeMember
from sertantai.core.rights import Right
from sertantai.core.sharing.permission import may_view_as
from tests.unit.core.organization import ADMIN, MEMBER, OWNER, STRANGER, VIEWER, Organization


def test_whoever_decides_about_a_member_may_look_as_they_do() -> None:
    access = Organization().access
    assert may_view_as(access, OWNER, ADMIN)
    assert may_view_as(access, ADMIN, VIEWER)
    for actor, member in (
        (MEMBER, VIEWER),
        (VIEWER, MEMBER),
        (ADMIN, OWNER),
        (OWNER, OWNER),
        (OWNER, STRANGER),
        (STRANGER, VIEWER),
    ):
        assert not may_view_as(access, actor, member), (actor, member)


def test_nobody_looks_as_somebody_with_a_right_that_they_lack() -> None:
    house = Organization()
    house.do(OWNER, ChangeMember, member=MEMBER, allow=(Right.AUDIT_PERSONAL,))
    assert not may_view_as(house.access, ADMIN, MEMBER)
    assert may_view_as(house.access, OWNER, MEMBER)
    house.do(OWNER, ChangeMember, member=ADMIN, deny=(Right.EXPORT,))
    house.do(OWNER, ChangeMember, member=VIEWER, allow=(Right.EXPORT,))
    assert not may_view_as(house.access, ADMIN, VIEWER)


def test_nobody_looks_as_somebody_who_is_suspended() -> None:
    house = Organization()
    house.do(OWNER, ChangeMember, member=MEMBER, suspended=True)
    assert not may_view_as(house.access, OWNER, MEMBER)


def test_looking_stands_in_the_log_and_changes_nothing() -> None:
    house = Organization()
    before = house.access
    assert house.do(OWNER, ChangeMember, member=VIEWER, viewed=True).outcome is APPLIED
    assert house.do(OWNER, ChangeMember, member=VIEWER, viewed=False).outcome is APPLIED
    assert house.access == before
    assert house.outcome(MEMBER, ChangeMember, member=VIEWER, viewed=True) is Outcome.FORBIDDEN
    assert house.outcome(STRANGER, ChangeMember, member=VIEWER, viewed=False) is Outcome.FORBIDDEN
