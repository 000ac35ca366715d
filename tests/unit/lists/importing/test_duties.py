"""Who answers for imported laws: found among those who may read the list, or told and left out."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from sertantai.core.ids import GroupId, UserId
from sertantai.core.operations import ChangeMember, Origin, SetGrant
from sertantai.core.rights import Level, Right
from sertantai.lists.access import Allowed, Lists
from sertantai.lists.importing.duties import (
    NOT_ALLOWED,
    ONES_OWN,
    Found,
    Said,
    asks_for_addresses,
    duties_in,
)
from tests.unit.core.organization import ADMIN, AT, DEFAULT, MEMBER, OWNER, VIEWER, Organization

ADDRESSES = {MEMBER: "Ann@Example.org", VIEWER: "ben@example.org"}


def opened(house: Organization, by: UserId, group: GroupId = DEFAULT) -> Allowed:
    hot = cast("Any", SimpleNamespace(state=house.state))
    lists = Lists(Origin(by), None, house.state.owner, hot, lambda: AT, None)
    return lists.named(group)


def of(found: Allowed, responsible: str, addresses: Any = None) -> Found:
    return duties_in(found, [Said(responsible)], addresses or {})[0]


def test_somebody_is_found_by_name_and_who_may_see_addresses_finds_them_by_address() -> None:
    house = Organization()
    found = opened(house, OWNER)
    assert of(found, "person 3").annotation == {"responsible": str(MEMBER)}, "whatever the case"
    assert of(found, " Person 3 ").annotation == {"responsible": str(MEMBER)}
    for address in ("ann@example.org", "ANN@example.org"):
        assert of(found, address, ADDRESSES).annotation == {"responsible": str(MEMBER)}
    assert asks_for_addresses(found, [Said("Person 3"), Said("ann@example.org")])
    assert not asks_for_addresses(found, [Said("Person 3")])
    assert not asks_for_addresses(opened(house, MEMBER), [Said("ann@example.org")]), "an oracle for addresses"


def test_what_means_nobody_or_several_is_told_and_left_out() -> None:
    house = Organization()
    hidden = house.make_list(OWNER, "Hidden", restricted=True)
    found = opened(house, OWNER, hidden)
    nobody = Found({}, ("“Person 3” is nobody who sees this list, so nobody is responsible.",))
    assert of(found, "Person 3") == nobody, "a member, but this list is not theirs to see"
    house.do(OWNER, SetGrant, hidden, grantee=MEMBER, level=Level.VIEW)
    assert of(opened(house, OWNER, hidden), "Person 3").annotation == {"responsible": str(MEMBER)}
    house.do(OWNER, ChangeMember, member=ADMIN, name="person 3")
    several = of(opened(house, OWNER, hidden), "Person 3")
    assert several.annotation == {}
    assert several.told[0].startswith("Several people who see this list are called “Person 3”")
    assert "“xxxxx" in of(found, "x" * 500).told[0]
    assert len(of(found, "x" * 500).told[0]) < 200


def test_each_line_stands_by_itself() -> None:
    found = opened(Organization(), OWNER)
    said = [Said("Person 3", "2027-03-31"), Said(), Said("Nobody", "31.3.27"), Said("Nobody", "2027-01-01")]
    kept = duties_in(found, said, {})
    assert [one.annotation for one in kept] == [
        {"responsible": str(MEMBER), "review_on": "2027-03-31"},
        {},
        {},
        {"review_on": "2027-01-01"},
    ]
    assert [len(one.told) for one in kept] == [0, 0, 2, 1]


def test_who_may_not_review_says_neither_and_in_ones_own_list_nobody_is_named() -> None:
    house = Organization()
    house.do(OWNER, ChangeMember, member=MEMBER, deny=(Right.REVIEW,))
    refused = duties_in(opened(house, MEMBER), [Said("Person 3", "2027-03-31"), Said()], {})
    assert refused == [Found({}, (NOT_ALLOWED,)), Found({})]


def test_in_ones_own_list_there_is_a_review_date_only() -> None:
    house = Organization()
    house.state = house.state.__class__(house.state.owner, house.state.groups)
    found = opened(house, UserId(house.state.owner))
    [own] = duties_in(found, [Said("Person 3", "2027-03-31")], {})
    assert own == Found({"review_on": "2027-03-31"}, (ONES_OWN,))


@pytest.mark.parametrize("name", ["a former member", "", "   "])
def test_a_name_that_an_export_shows_of_who_has_gone_is_nobody(name: str) -> None:
    assert of(opened(Organization(), OWNER), name).annotation == {}
