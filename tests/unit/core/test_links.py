"""Links to read a list have their place in its log: who may make and end one, and what ends all of them."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from sertantai.core.changes import Change, Outcome
from sertantai.core.ids import GroupId, UserId
from sertantai.core.links import Link, is_good, link_key, link_value, links_of
from sertantai.core.operations import ChangeMember, DeleteGroup, Expel, Select, SetGrant, UpdateGroup
from sertantai.core.rights import Level, Right, Role
from tests.unit.core.organization import ADMIN, AT, DEFAULT, HOUSE, MEMBER, OWNER, VIEWER, Organization

ID = UUID(int=77)
ITSELF = UserId(HOUSE)
UNTIL = AT + timedelta(days=30)
APPLIED, FORBIDDEN, UNCHANGED = Outcome.APPLIED, Outcome.FORBIDDEN, Outcome.UNCHANGED


def about(link: Link | None) -> dict[str, Any]:
    return {link_key(ID): None if link is None else link_value(link)}


def make(acme: Organization, by: UserId, group: GroupId = DEFAULT) -> Change:
    return acme.do(by, UpdateGroup, group, metadata=about(Link(by, AT, UNTIL)))


def good(acme: Organization, by: UserId = OWNER, group: GroupId = DEFAULT) -> bool:
    list_ = acme.state.groups[group]
    return any(is_good(link, acme.access, list_.access, AT) for _, link in links_of(list_.metadata))


def test_only_who_may_share_the_list_and_make_links_makes_one() -> None:
    acme = Organization()
    assert [make(acme, one).outcome for one in (VIEWER, MEMBER, ADMIN, OWNER)] == [FORBIDDEN] * 3 + [APPLIED]
    other = Organization()
    other.do(OWNER, ChangeMember, member=MEMBER, allow=(Right.LINK,))
    assert make(other, MEMBER).outcome is FORBIDDEN, "who may make links must manage the list, too"
    other.do(OWNER, SetGrant, DEFAULT, grantee=MEMBER, level=Level.MANAGE)
    assert make(other, MEMBER).outcome is APPLIED


def test_nobody_makes_one_in_anothers_name_or_changes_one() -> None:
    acme = Organization()
    forged = about(Link(ADMIN, AT, UNTIL))
    assert acme.do(OWNER, UpdateGroup, DEFAULT, metadata=forged).outcome is FORBIDDEN
    assert make(acme, OWNER).outcome is APPLIED
    longer = about(Link(OWNER, AT, UNTIL + timedelta(days=999), notes=True))
    assert acme.do(OWNER, UpdateGroup, DEFAULT, metadata=longer).outcome is FORBIDDEN
    opened = about(Link(OWNER, AT, UNTIL, opened="2026-01-01"))
    assert acme.do(OWNER, UpdateGroup, DEFAULT, metadata=opened).outcome is FORBIDDEN


def test_with_something_else_beside_it_it_is_no_smaller_right() -> None:
    acme = Organization()
    acme.do(OWNER, ChangeMember, member=MEMBER, allow=(Right.LINK, Right.SHARE))
    both = {**about(Link(MEMBER, AT, UNTIL)), "colour": "red"}
    assert acme.do(MEMBER, UpdateGroup, DEFAULT, metadata=both).outcome is FORBIDDEN


def test_opening_it_says_the_organization_and_the_list_stays_the_same() -> None:
    acme = Organization()
    make(acme, OWNER)
    before = acme.state.groups[DEFAULT]
    opened = about(Link(OWNER, AT, UNTIL, opened="2026-01-01"))
    assert acme.do(ITSELF, UpdateGroup, DEFAULT, metadata=opened).outcome is APPLIED
    after = acme.state.groups[DEFAULT]
    assert (after.version, after.updated_at) == (before.version, before.updated_at)
    assert acme.do(ITSELF, UpdateGroup, DEFAULT, metadata=opened).outcome is UNCHANGED
    assert acme.do(ADMIN, UpdateGroup, DEFAULT, metadata=about(None)).outcome is APPLIED
    assert acme.do(ITSELF, UpdateGroup, DEFAULT, metadata=opened).outcome is UNCHANGED, "it stays revoked"
    assert not good(acme)


@pytest.mark.parametrize(
    "end",
    [
        lambda acme: acme.do(OWNER, UpdateGroup, DEFAULT, restricted=True),
        lambda acme: acme.do(OWNER, ChangeMember, member=ADMIN, allow=()),
        lambda acme: acme.do(OWNER, ChangeMember, member=ADMIN, deny=(Right.SHARE,)),
        lambda acme: acme.do(OWNER, ChangeMember, member=ADMIN, role=Role.MEMBER),
        lambda acme: acme.do(OWNER, ChangeMember, member=ADMIN, suspended=True),
        lambda acme: acme.do(ADMIN, Expel, member=ADMIN),
    ],
)
def test_what_ends_it(end: Any) -> None:
    acme = Organization()
    acme.do(OWNER, ChangeMember, member=ADMIN, allow=(Right.LINK,))
    assert make(acme, ADMIN).outcome is APPLIED
    assert good(acme)
    assert end(acme).outcome is APPLIED
    assert not good(acme)


def test_a_restricted_list_has_none_and_a_deleted_one_loses_them() -> None:
    acme = Organization()
    group = acme.make_list(OWNER, "Leeds")
    make(acme, OWNER, group)
    acme.do(OWNER, UpdateGroup, group, restricted=True)
    assert list(links_of(acme.state.groups[group].metadata)) == []
    assert make(acme, OWNER, group).outcome is FORBIDDEN
    acme.do(OWNER, UpdateGroup, group, restricted=False)
    assert make(acme, OWNER, group).outcome is APPLIED
    acme.do(OWNER, DeleteGroup, group)
    assert list(links_of(acme.state.groups[group].metadata)) == []


def test_a_tick_beside_it_leaves_it_good() -> None:
    acme = Organization()
    make(acme, OWNER)
    acme.do(MEMBER, Select, DEFAULT, record=1)
    assert good(acme)
