"""Going hands on what it says, in one operation, and for 30 days it can be undone: by who may, and in part
where something was changed since."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from pyroaring import BitMap

from sertantai.core import access_state
from sertantai.core.access_state import Departure, HandedLaws, access_bytes, rights_in
from sertantai.core.bitmaps import pack
from sertantai.core.changes import Change, Outcome
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, Position, TeamId, UserId
from sertantai.core.links import Link, is_good
from sertantai.core.operations import (
    Admit,
    ChangeMember,
    DeleteGroup,
    EndOrganization,
    Expel,
    JoinTeam,
    PurgeGroup,
    SetGrant,
    SetTeam,
    TakeBack,
    decode,
    encode,
)
from sertantai.core.responsible import handed_back
from sertantai.core.rights import Level, Right, Role
from sertantai.core.sharing import leaving_steps
from sertantai.core.sharing.leaving_steps import (
    GRANTS_OF_LIST_MAX,
    TAKEN_BACK_WITHIN,
    TakenBack,
    taken_back,
)
from sertantai.core.stored_state import decode_state, encode_state
from sertantai.core.weight import growth_bytes, text_in
from tests.unit.core.organization import (
    ADMIN,
    AT,
    DEFAULT,
    HOUSE,
    MEMBER,
    OWNER,
    STRANGER,
    TEAM,
    VIEWER,
    Organization,
)

APPLIED, FORBIDDEN = Outcome.APPLIED, Outcome.FORBIDDEN
ITSELF = UserId(HOUSE)


class House(Organization):
    """Where `MEMBER` may do more than their role, is in a team, and manages two lists."""

    def __init__(self) -> None:
        super().__init__()
        self.do(OWNER, ChangeMember, member=MEMBER, allow=(Right.TEAMS,), deny=(Right.EXPORT,))
        self.do(OWNER, JoinTeam, team=TEAM, member=MEMBER)
        self.list, self.other = (self.make_list(OWNER, name, restricted=True) for name in ("A", "B"))
        for group in (self.list, self.other):
            self.do(OWNER, SetGrant, group, grantee=MEMBER, level=Level.MANAGE)
        self.do(OWNER, SetGrant, self.list, grantee=VIEWER, level=Level.SUGGEST)

    def expel(self, actor: UserId = OWNER, member: UserId = MEMBER, **fields: Any) -> Departure:
        assert self.do(actor, Expel, member=member, **fields).outcome is APPLIED
        return self.access.departed[member]

    def take_back(self, actor: UserId, member: UserId = MEMBER, **fields: Any) -> Change:
        return self.do(actor, TakeBack, **self.about(actor, member, **fields))

    def tried(self, actor: UserId, member: UserId = MEMBER, **fields: Any) -> Outcome:
        return self.outcome(actor, TakeBack, **self.about(actor, member, **fields))

    def about(self, actor: UserId, member: UserId, **fields: Any) -> dict[str, Any]:
        went = self.access.departed.get(member)
        left = Position(0) if went is None else went.position
        return {"member": member, "left": left, "given_by": actor, **fields}

    def said(self, departure: Departure, change: Change) -> TakenBack:
        assert isinstance(change.operation, TakeBack)
        return taken_back(departure, self.state.groups, self.access, change.operation, change.position)


def test_going_hands_lists_on_in_one_operation_and_is_undone_as_it_was() -> None:
    house = House()
    was, before = house.access.members[MEMBER], house.access.grants
    departure = house.expel(hands={house.list: VIEWER, house.other: ADMIN})
    assert MEMBER not in house.access.members
    for group, person in ((house.list, VIEWER), (house.other, ADMIN)):
        assert house.access.grants[group][person].level is Level.MANAGE
        assert MEMBER not in house.access.grants[group]

    change = house.take_back(ADMIN)
    assert change.outcome is APPLIED
    now = house.access.members[MEMBER]
    assert now.position == change.position
    assert (now.role, now.allow, now.deny, now.teams, now.joined_at, now.name) == (
        (was.role, was.allow, was.deny, was.teams, was.joined_at, was.name)
    )
    levels = {
        group: {one: (grant.level, grant.by, grant.at) for one, grant in granted.items()}
        for group, granted in house.access.grants.items()
    }
    assert levels == {
        group: {one: (grant.level, grant.by, grant.at) for one, grant in granted.items()}
        for group, granted in before.items()
    }
    assert not house.access.departed
    said = house.said(departure, change)
    assert (set(said.lists), set(said.handed_back)) == ({house.list, house.other}, {house.list, house.other})
    assert (said.kept, said.lists_gone, said.ended, said.full, said.teams_gone) == ({}, [], [], [], [])
    assert said.teams == [TEAM]


def test_it_is_kept_in_checkpoints_and_journals_and_weighs_something() -> None:
    house = House()
    laws = {house.list: HandedLaws(ADMIN, pack(BitMap([1, 2])))}
    without_laws = house.operation(OWNER, Expel, member=MEMBER, hands={house.list: VIEWER})
    operation = house.operation(OWNER, Expel, member=MEMBER, hands={house.list: VIEWER}, laws=laws)
    assert decode(encode(operation)) == operation
    for weighed in (text_in, lambda one: growth_bytes(one, house.state)):
        assert weighed(operation) > weighed(without_laws)
    assert growth_bytes(operation, house.state) >= access_state.GRANT_BYTES
    assert text_in(operation) > 0
    without = access_bytes(house.access)
    departure = house.expel(hands={house.list: VIEWER}, laws=laws)
    assert departure.laws == laws
    assert access_bytes(house.access) >= without, "who went is still there, as far as memory goes"
    assert decode_state(encode_state(house.state)) == house.state
    back = house.operation(OWNER, TakeBack, **house.about(OWNER, MEMBER))
    assert decode(encode(back)) == back


def test_who_is_none_of_the_organisation_is_handed_no_laws() -> None:
    house = House()
    for person, outcome in ((STRANGER, Outcome.MEMBER_GONE), (MEMBER, Outcome.MEMBER_GONE), (ADMIN, APPLIED)):
        laws = {DEFAULT: HandedLaws(person, pack(BitMap([1])))}
        assert house.outcome(OWNER, Expel, member=MEMBER, laws=laws) is outcome


def test_of_laws_that_were_handed_on_only_those_come_back_that_nobody_else_got_since() -> None:
    house = House()
    handed = HandedLaws(ADMIN, pack(BitMap([1, 2, 3, 4])))
    notes = {1: {"responsible": str(ADMIN)}, 2: {"responsible": str(VIEWER)}, 3: {"note": "N"}}
    notes |= {4: {"responsible": str(ADMIN)}, 9: {"responsible": str(ADMIN)}}
    group = house.state.groups[DEFAULT]
    now = msgspec.structs.replace(group, records=BitMap([1, 2, 3, 9]), annotations=notes)
    assert handed_back(now, handed) == BitMap([1]), "4 was unticked, 9 was theirs before"


@pytest.mark.parametrize(
    ("hands", "outcome"),
    [
        ({DEFAULT: STRANGER}, Outcome.MEMBER_GONE),
        ({DEFAULT: MEMBER}, Outcome.MEMBER_GONE),
        ({GroupId(UUID(int=5)): VIEWER}, FORBIDDEN),
    ],
)
def test_all_that_it_hands_on_can_be_or_nothing_is_done(
    hands: dict[GroupId, UserId], outcome: Outcome
) -> None:
    house = House()
    before = house.state
    assert house.do(OWNER, Expel, member=MEMBER, hands={house.list: VIEWER, **hands}).outcome is outcome
    assert house.state == before


def test_nobody_hands_on_what_they_could_not_share() -> None:
    house = House()
    secret = house.make_list(OWNER, "C", restricted=True)
    house.do(OWNER, ChangeMember, member=VIEWER, allow=(Right.MEMBERS_MANAGE,))
    assert house.outcome(MEMBER, Expel, member=MEMBER, hands={house.list: VIEWER}) is APPLIED
    assert house.outcome(MEMBER, Expel, member=MEMBER, hands={secret: VIEWER}) is FORBIDDEN
    house.do(OWNER, DeleteGroup, house.other)
    gone = house.outcome(OWNER, Expel, member=MEMBER, hands={house.other: VIEWER})
    assert gone is Outcome.GROUP_GONE


def test_who_may_take_somebody_back() -> None:
    house = House()
    house.expel()
    people = (OWNER, ADMIN, MEMBER, VIEWER, STRANGER)
    allowed = {person for person in people if house.tried(person) is APPLIED}
    assert allowed == {OWNER, ADMIN}
    assert house.tried(ITSELF) is APPLIED, "as an operator does"
    assert house.tried(VIEWER, given_by=OWNER) is FORBIDDEN, "nobody borrows a right"
    house.do(OWNER, ChangeMember, member=VIEWER, allow=(Right.MEMBERS_MANAGE, Right.INVITE))
    assert house.tried(VIEWER) is FORBIDDEN, "rights come back in lists that they do not manage"
    for right in (Right.INVITE, Right.MEMBERS_MANAGE, Right.SHARE, Right.TEAMS):
        one = House()
        one.expel()
        one.do(OWNER, ChangeMember, member=ADMIN, deny=(right,))
        assert one.tried(ADMIN) is FORBIDDEN, right
    house.do(OWNER, EndOrganization, ends_at=AT)
    assert house.tried(OWNER) is FORBIDDEN, "it can only be read"


def test_nobody_makes_somebody_more_than_they_are_by_that() -> None:
    house = House()
    house.do(ITSELF, ChangeMember, member=MEMBER, role=Role.OWNER)
    house.expel()
    assert house.tried(ADMIN) is FORBIDDEN
    assert house.take_back(OWNER).outcome is APPLIED
    assert house.access.members[MEMBER].role is Role.OWNER
    other = House()
    other.do(OWNER, ChangeMember, member=MEMBER, allow=(Right.LINK,))
    other.expel()
    assert other.tried(ADMIN) is FORBIDDEN, "admins create no links, so they give nobody the right to it"
    assert other.tried(OWNER) is APPLIED


def test_a_right_that_ended_before_its_place_in_the_log_takes_nobody_back() -> None:
    house = House()
    house.expel()
    waiting = house.operation(ADMIN, TakeBack, **house.about(ADMIN, MEMBER))
    house.do(OWNER, ChangeMember, member=ADMIN, role=Role.MEMBER)
    assert fold(house.state, Position(house.position + 1), waiting)[1].outcome is FORBIDDEN


def test_nobody_is_brought_back_against_their_will() -> None:
    house = House()
    house.expel(MEMBER)
    for person in (OWNER, ADMIN, VIEWER, STRANGER):
        assert house.tried(person) is FORBIDDEN, person
    assert house.tried(MEMBER) is FORBIDDEN, "nor do they let themselves in"
    assert house.tried(MEMBER, given_by=VIEWER) is FORBIDDEN
    assert house.take_back(MEMBER, given_by=ADMIN).outcome is APPLIED
    assert rights_in(house.access, MEMBER)


def test_once_for_thirty_days_and_only_that_departure() -> None:
    house = House()
    assert house.tried(OWNER) is Outcome.MEMBER_BACK
    assert house.tried(OWNER, STRANGER) is Outcome.MEMBER_GONE
    assert house.tried(VIEWER, STRANGER) is FORBIDDEN
    first = house.expel()
    house.at = AT + TAKEN_BACK_WITHIN
    assert house.tried(OWNER) is APPLIED
    house.at += timedelta(microseconds=1)
    assert house.tried(OWNER) is Outcome.TOO_LATE
    house.at = AT
    assert house.take_back(OWNER).outcome is APPLIED
    assert house.tried(OWNER, left=first.position) is Outcome.MEMBER_BACK
    second = house.expel()
    assert house.tried(OWNER, left=first.position) is Outcome.MEMBER_GONE
    house.admit(OWNER, MEMBER, Role.VIEWER)
    assert not house.access.departed, "who came in anew is what they are then"
    assert house.tried(OWNER, left=second.position) is Outcome.MEMBER_BACK
    assert house.access.members[MEMBER].role is Role.VIEWER


def test_what_was_changed_since_stays_and_is_said() -> None:
    house = House()
    third = house.make_list(OWNER, "C")
    house.do(OWNER, SetGrant, third, grantee=MEMBER, level=Level.EDIT, ends_at=AT + timedelta(days=1))
    new_team = TeamId(UUID(int=701))
    house.do(OWNER, SetTeam, team=new_team, name="Other")
    house.do(OWNER, JoinTeam, team=new_team, member=MEMBER)
    purged = house.make_list(OWNER, "D")
    house.do(OWNER, SetGrant, purged, grantee=MEMBER, level=Level.EDIT)
    departure = house.expel(hands={house.list: VIEWER, house.other: VIEWER, purged: ADMIN})
    house.do(OWNER, SetGrant, house.list, grantee=VIEWER, level=Level.EDIT)
    house.do(OWNER, SetTeam, team=new_team, name=None)
    house.do(OWNER, DeleteGroup, purged)
    house.do(ITSELF, PurgeGroup, purged)
    house.at = AT + timedelta(days=2)
    change = house.take_back(OWNER)
    assert change.outcome is APPLIED
    said = house.said(departure, change)
    assert said.kept == {house.list: VIEWER}
    assert house.access.grants[house.list][VIEWER].level is Level.EDIT
    assert said.handed_back == [house.other]
    assert VIEWER not in house.access.grants[house.other]
    assert (said.lists_gone, said.ended, said.teams_gone) == ([purged], [third], [new_team])
    assert MEMBER not in house.access.grants[third]
    assert house.access.members[MEMBER].teams == {TEAM}


def test_whoever_manages_a_list_already_keeps_it_when_it_is_undone() -> None:
    house = House()
    house.do(OWNER, SetGrant, house.list, grantee=VIEWER, level=Level.MANAGE)
    departure = house.expel(hands={house.list: VIEWER})
    assert not departure.hands
    house.take_back(OWNER)
    assert house.access.grants[house.list][VIEWER].level is Level.MANAGE


def test_what_ended_meanwhile_of_whom_it_was_handed_to_does_not_come_back() -> None:
    house = House()
    house.do(OWNER, SetGrant, house.list, grantee=VIEWER, level=Level.EDIT, ends_at=AT + timedelta(days=1))
    house.expel(hands={house.list: VIEWER})
    house.at = AT + timedelta(days=2)
    house.take_back(OWNER)
    assert VIEWER not in house.access.grants[house.list]


def test_a_list_is_never_granted_more_often_than_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    assert GRANTS_OF_LIST_MAX == 500
    house = House()
    departure = house.expel()
    house.do(OWNER, SetGrant, house.other, grantee=VIEWER, level=Level.VIEW)
    monkeypatch.setattr(leaving_steps, "GRANTS_OF_LIST_MAX", 1)
    change = house.take_back(OWNER)
    said = house.said(departure, change)
    assert set(said.full) == {house.list, house.other}
    assert MEMBER not in house.access.grants[house.other]


def test_who_went_first_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (access_state.DEPARTED_MAX, access_state.DEPARTED_BYTES_MAX) == (5_000, 16_000_000)
    for name, most in (("DEPARTED_MAX", 1), ("DEPARTED_BYTES_MAX", access_state.MEMBER_BYTES * 2)):
        with monkeypatch.context() as patched:
            patched.setattr(leaving_steps, name, most)
            house = House()
            house.expel(member=VIEWER)
            house.expel()
            assert set(house.access.departed) == {MEMBER}, name
            assert house.tried(OWNER, VIEWER) is Outcome.MEMBER_GONE


def test_links_of_whoever_is_taken_back_open_again_and_of_who_joins_anew_they_do_not() -> None:
    house = House()
    group = house.make_list(OWNER, "E")
    open_list = house.state.groups[group].access
    house.do(OWNER, ChangeMember, member=MEMBER, role=Role.ADMIN, allow=(Right.LINK,))
    link = Link(MEMBER, AT, AT + timedelta(days=90))
    assert is_good(link, house.access, open_list, AT)
    house.expel()
    assert not is_good(link, house.access, open_list, AT)
    house.take_back(OWNER)
    assert is_good(link, house.access, open_list, AT)
    house.expel()
    house.at = AT + timedelta(days=1)
    house.admit(OWNER, MEMBER, Role.ADMIN)
    house.do(OWNER, ChangeMember, member=MEMBER, allow=(Right.LINK,))
    assert not is_good(link, house.access, open_list, AT)


def test_older_journals_and_checkpoints_know_nothing_of_it() -> None:
    house = House()
    operation = house.operation(OWNER, Expel, member=MEMBER)
    assert isinstance(operation, Expel)
    assert not operation.hands
    assert house.outcome(OWNER, Admit, member=STRANGER, role=Role.VIEWER, name="x", given_by=OWNER) is APPLIED
