"""Rights have a position: what somebody may not do, or no longer, changes nothing, wherever it waited."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from sertantai.core.access_state import level_in, rights_in
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.changes import Outcome
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, OperationId, Position, TeamId, UserId
from sertantai.core.operations import (
    Admit,
    Amend,
    Annotate,
    BulkSelect,
    ChangeMember,
    ClearAll,
    CreateGroup,
    DeleteGroup,
    Describe,
    Deselect,
    EndOrganization,
    Expel,
    JoinTeam,
    OfferOwnership,
    Operation,
    PurgeGroup,
    Select,
    SetGrant,
    SetTeam,
    TakeOwnership,
    UpdateGroup,
    decode,
    encode,
)
from sertantai.core.replay import replay
from sertantai.core.rights import OWNER_ONLY, Level, Right, Role
from sertantai.core.sharing.ways_in import TokenSetting, has_token, token_key, token_value
from sertantai.core.state import OwnerState
from sertantai.core.stored_state import decode_state, encode_state
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

SOME = pack(bitmap([1, 2]))
NEWCOMER = UserId(UUID(int=50))
APPLIED, FORBIDDEN = Outcome.APPLIED, Outcome.FORBIDDEN

OF_LISTS: dict[str, tuple[type[Operation], dict[str, Any], frozenset[UserId]]] = {
    "tick": (Select, {"record": 1}, frozenset({OWNER, ADMIN, MEMBER})),
    "untick": (Deselect, {"record": 9}, frozenset({OWNER, ADMIN, MEMBER})),
    "bulk": (BulkSelect, {"records": SOME}, frozenset({OWNER, ADMIN, MEMBER})),
    "note": (Annotate, {"records": SOME, "changes": {"note": "x"}}, frozenset({OWNER, ADMIN, MEMBER})),
    "clear": (ClearAll, {}, frozenset({OWNER, ADMIN})),
    "rename": (UpdateGroup, {"name": "Other"}, frozenset({OWNER, ADMIN})),
    "restrict": (UpdateGroup, {"restricted": True}, frozenset({OWNER, ADMIN})),
    "an exception": (UpdateGroup, {"metadata": {"exception:7": [True]}}, frozenset({OWNER, ADMIN, MEMBER})),
    "grant": (SetGrant, {"grantee": VIEWER, "level": Level.EDIT}, frozenset({OWNER, ADMIN})),
    "undo of one's own": (
        Amend,
        {"add": SOME, "remove": pack(bitmap([])), "undoes": OperationId(uuid4())},
        frozenset({OWNER, ADMIN, MEMBER}),
    ),
    "undo of another's": (
        Amend,
        {
            "add": SOME,
            "remove": pack(bitmap([])),
            "undoes": OperationId(uuid4()),
            "undoes_of": STRANGER,
        },
        frozenset({OWNER, ADMIN}),
    ),
}
OF_THE_HOUSE: dict[str, tuple[type[Operation], dict[str, Any], frozenset[UserId]]] = {
    "change a member": (ChangeMember, {"member": VIEWER, "role": Role.MEMBER}, frozenset({OWNER, ADMIN})),
    "remove a member": (Expel, {"member": VIEWER}, frozenset({OWNER, ADMIN, VIEWER})),
    "a team": (SetTeam, {"team": TeamId(UUID(int=8)), "name": "New"}, frozenset({OWNER, ADMIN})),
    "into a team": (JoinTeam, {"team": TEAM, "member": MEMBER}, frozenset({OWNER, ADMIN})),
    "describe": (Describe, {"name": "New"}, frozenset({OWNER, ADMIN})),
    "end": (EndOrganization, {"ends_at": AT}, frozenset({OWNER})),
    "offer": (OfferOwnership, {"member": ADMIN}, frozenset({OWNER})),
}


@pytest.mark.parametrize("what", OF_LISTS)
def test_who_may_do_what_with_an_open_list(what: str) -> None:
    kind, fields, allowed = OF_LISTS[what]
    house = Organization()
    for person in (OWNER, ADMIN, MEMBER, VIEWER, STRANGER):
        refused = house.outcome(person, kind, DEFAULT, **fields) is FORBIDDEN
        assert refused is (person not in allowed), person


@pytest.mark.parametrize("what", OF_THE_HOUSE)
def test_who_may_do_what_with_the_organization(what: str) -> None:
    kind, fields, allowed = OF_THE_HOUSE[what]
    house = Organization()
    for person in (OWNER, ADMIN, MEMBER, VIEWER, STRANGER):
        assert (house.outcome(person, kind, **fields) is APPLIED) is (person in allowed), person


@pytest.mark.parametrize("what", ["change a member", "remove a member", "a team", "into a team"])
def test_where_the_organization_acts_for_somebody_it_may_no_more_than_they_may(what: str) -> None:
    kind, fields, allowed = OF_THE_HOUSE[what]
    house, itself = Organization(), UserId(HOUSE)
    assert house.outcome(itself, kind, **fields) is APPLIED
    for person in (OWNER, ADMIN, MEMBER, VIEWER, STRANGER):
        of_them = house.outcome(itself, kind, right_of=person, **fields)
        assert (of_them is APPLIED) is (person in allowed), person
        assert house.outcome(person, kind, **fields) is of_them, "and so it is where they do it themselves"
    for person in (MEMBER, STRANGER):
        lent = house.outcome(person, kind, right_of=OWNER, **fields)
        assert lent is FORBIDDEN, "nobody else borrows a right"


def test_a_way_in_is_described_in_ones_own_name_by_who_may() -> None:
    house, key = Organization(), token_key(UUID(int=5))
    house.do(OWNER, ChangeMember, member=VIEWER, allow=(Right.SSO,))
    mine = {key: token_value(TokenSetting(VIEWER, AT, "viewer"))}
    assert house.outcome(VIEWER, Describe, settings=mine) is APPLIED
    assert house.outcome(ADMIN, Describe, settings={key: [str(ADMIN)]}) is FORBIDDEN, "needs the right"
    assert house.outcome(OWNER, Describe, settings=mine) is FORBIDDEN, "in nobody else's name"
    for more in ({"name": "Other"}, {"settings": {**mine, "new_lists": "open"}}):
        fields: dict[str, Any] = {"settings": mine, **more}
        assert house.outcome(VIEWER, Describe, **fields) is FORBIDDEN, "and nothing else by that"
    house.do(VIEWER, Describe, settings=mine)
    assert has_token(house.access, UUID(int=5))
    assert decode_state(encode_state(house.state)) == house.state
    assert house.outcome(MEMBER, Describe, settings={key: None}) is FORBIDDEN
    house.do(OWNER, Describe, settings={key: None})
    assert not has_token(house.access, UUID(int=5))


def test_a_person_has_no_organization_to_change() -> None:
    house = Organization()
    person = OwnerState(HOUSE, house.state.groups)
    operation = house.operation(UserId(HOUSE), SetTeam, team=TEAM, name="x")
    assert fold(person, Position(99), operation)[1].outcome is FORBIDDEN


def test_what_stands_behind_a_removal_is_refused_and_what_stands_before_stays() -> None:
    house = Organization()
    assert house.do(MEMBER, Select, DEFAULT, record=1).outcome is APPLIED
    house.do(OWNER, Expel, member=MEMBER)
    late = house.do(MEMBER, Select, DEFAULT, record=2)
    assert late.outcome is FORBIDDEN
    assert not late.changed
    assert set(house.state.groups[DEFAULT].records) == {1}


def test_a_recovery_refuses_what_the_fold_refused() -> None:
    house = Organization()
    start, first = house.state, house.position
    entries = [
        (Position(first + 1), house.operation(MEMBER, Select, DEFAULT, record=1)),
        (Position(first + 2), house.operation(OWNER, Expel, member=MEMBER)),
        (Position(first + 3), house.operation(MEMBER, Select, DEFAULT, record=2)),
    ]
    folded = start
    for position, operation in entries:
        folded, _ = fold(folded, position, operation)
    again, unreadable = replay(start, entries)
    assert (again, unreadable) == (folded, [])
    assert set(again.groups[DEFAULT].records) == {1}


def test_who_is_suspended_may_do_nothing_until_they_are_not() -> None:
    house = Organization()
    house.do(OWNER, ChangeMember, member=MEMBER, suspended=True)
    assert house.outcome(MEMBER, Select, DEFAULT, record=1) is FORBIDDEN
    assert rights_in(house.access, MEMBER) == frozenset()
    house.do(OWNER, ChangeMember, member=MEMBER, suspended=False)
    assert house.outcome(MEMBER, Select, DEFAULT, record=1) is APPLIED


# Restricted lists and grants


def test_a_restricted_list_is_for_whom_it_is_granted() -> None:
    house = Organization()
    secret = house.make_list(ADMIN, "Due diligence", restricted=True)
    list_ = house.state.groups[secret].access
    assert level_in(house.access, MEMBER, list_) is None
    assert house.outcome(MEMBER, Select, secret, record=1) is FORBIDDEN
    assert level_in(house.access, OWNER, list_) is Level.MANAGE
    house.do(ADMIN, SetGrant, secret, grantee=MEMBER, level=Level.VIEW)
    house.do(ADMIN, SetGrant, secret, grantee=TEAM, level=Level.EDIT)
    assert level_in(house.access, MEMBER, list_) is Level.VIEW
    assert level_in(house.access, VIEWER, list_) is Level.EDIT, "by the team"
    assert house.outcome(VIEWER, Select, secret, record=1) is APPLIED
    house.do(ADMIN, SetTeam, team=TEAM, name=None)
    assert level_in(house.access, VIEWER, list_) is None, "with the team goes what it was granted"
    house.do(ADMIN, SetGrant, secret, grantee=MEMBER, level=None)
    assert level_in(house.access, MEMBER, list_) is None


def test_rights_are_a_union_and_the_highest_level_counts() -> None:
    house = Organization()
    house.do(OWNER, SetGrant, DEFAULT, grantee=MEMBER, level=Level.VIEW)
    assert level_in(house.access, MEMBER, house.state.groups[DEFAULT].access) is Level.EDIT


def test_who_made_a_list_manages_it_and_does_not_share_it() -> None:
    house = Organization()
    mine = house.make_list(MEMBER, "Mine", restricted=True)
    rights = rights_in(house.access, MEMBER, house.state.groups[mine].access)
    assert {Right.TICK, Right.MANAGE} <= rights
    assert Right.SHARE not in rights
    assert house.outcome(MEMBER, UpdateGroup, mine, name="Ours") is APPLIED
    assert house.outcome(MEMBER, SetGrant, mine, grantee=VIEWER, level=Level.VIEW) is FORBIDDEN
    house.do(OWNER, ChangeMember, member=MEMBER, role=Role.VIEWER)
    assert rights_in(house.access, MEMBER, house.state.groups[mine].access) == frozenset()


def test_at_the_door_a_grant_ends_with_its_time_and_in_the_log_with_an_operation() -> None:
    house = Organization()
    secret = house.make_list(ADMIN, "Secret", restricted=True)
    ends = AT + timedelta(days=1)
    house.do(ADMIN, SetGrant, secret, grantee=MEMBER, level=Level.EDIT, ends_at=ends)
    list_ = house.state.groups[secret].access
    assert level_in(house.access, MEMBER, list_, ends - timedelta(seconds=1)) is Level.EDIT
    assert level_in(house.access, MEMBER, list_, ends) is None
    assert house.outcome(MEMBER, Select, secret, record=1) is APPLIED, "a replay knows no time"


def test_notes_come_along_only_from_lists_that_one_may_read() -> None:
    house = Organization()
    secret = house.make_list(ADMIN, "Secret", restricted=True)
    copy: dict[str, Any] = {"add": SOME, "remove": pack(bitmap([])), "notes_of": (secret,)}
    assert house.outcome(MEMBER, Amend, DEFAULT, **copy) is FORBIDDEN
    assert house.outcome(ADMIN, Amend, DEFAULT, **copy) is APPLIED


def test_a_deleted_list_keeps_its_grants_and_a_purged_one_does_not() -> None:
    house = Organization()
    secret = house.make_list(ADMIN, "Secret", restricted=True)
    house.do(ADMIN, SetGrant, secret, grantee=MEMBER, level=Level.VIEW)
    house.do(ADMIN, DeleteGroup, secret)
    assert secret in house.access.grants
    house.do(UserId(HOUSE), PurgeGroup, secret)
    assert secret not in house.access.grants


# Nobody makes themselves more, and somebody stays


def test_the_first_is_the_founder_and_an_owner() -> None:
    house = Organization()
    empty = house.state.with_access(type(house.access)(OWNER))
    for person, role in ((STRANGER, Role.OWNER), (OWNER, Role.MEMBER)):
        first = house.operation(person, Admit, member=person, role=role, name="x", given_by=person)
        assert fold(empty, Position(1), first)[1].outcome is FORBIDDEN
    house_itself = house.operation(
        UserId(HOUSE), Admit, member=STRANGER, role=Role.MEMBER, name="x", given_by=UserId(HOUSE)
    )
    assert fold(empty, Position(1), house_itself)[1].outcome is FORBIDDEN


@pytest.mark.parametrize(
    ("giver", "role", "outcome"),
    [
        (OWNER, Role.ADMIN, APPLIED),
        (ADMIN, Role.ADMIN, APPLIED),
        (OWNER, Role.OWNER, FORBIDDEN),
        (ADMIN, Role.OWNER, FORBIDDEN),
        (MEMBER, Role.VIEWER, FORBIDDEN),
        (STRANGER, Role.VIEWER, FORBIDDEN),
    ],
)
def test_nobody_lets_somebody_in_as_more_than_they_are(giver: UserId, role: Role, outcome: Outcome) -> None:
    fields: dict[str, Any] = {"member": NEWCOMER, "role": role, "name": "New", "given_by": giver}
    assert Organization().outcome(NEWCOMER, Admit, **fields) is outcome


def test_to_be_let_in_again_changes_nothing() -> None:
    house = Organization()
    again = house.outcome(VIEWER, Admit, member=VIEWER, role=Role.ADMIN, name="x", given_by=OWNER)
    assert again is Outcome.UNCHANGED
    assert house.access.members[VIEWER].role is Role.VIEWER


@pytest.mark.parametrize(
    ("actor", "member", "fields", "outcome"),
    [
        (ADMIN, ADMIN, {"role": Role.OWNER}, FORBIDDEN),
        (OWNER, ADMIN, {"role": Role.OWNER}, FORBIDDEN),
        (ADMIN, OWNER, {"role": Role.MEMBER}, FORBIDDEN),
        (ADMIN, MEMBER, {"allow": (Right.END,)}, FORBIDDEN),
        (ADMIN, MEMBER, {"allow": (Right.AUDIT_PERSONAL,)}, FORBIDDEN),
        (OWNER, MEMBER, {"allow": (Right.END,)}, FORBIDDEN),
        (OWNER, MEMBER, {"allow": (Right.AUDIT_PERSONAL,)}, APPLIED),
        (ADMIN, MEMBER, {"allow": (Right.APPROVE,)}, APPLIED),
        (MEMBER, MEMBER, {"allow": (Right.APPROVE,)}, FORBIDDEN),
        (OWNER, STRANGER, {"role": Role.MEMBER}, Outcome.MEMBER_GONE),
        (OWNER, OWNER, {"role": Role.ADMIN}, Outcome.LAST_OWNER),
        (OWNER, OWNER, {"suspended": True}, Outcome.LAST_OWNER),
    ],
)
def test_nobody_gives_what_they_do_not_hold(
    actor: UserId, member: UserId, fields: dict[str, Any], outcome: Outcome
) -> None:
    assert Organization().outcome(actor, ChangeMember, member=member, **fields) is outcome


def test_what_a_member_is_denied_wins() -> None:
    house = Organization()
    house.do(OWNER, ChangeMember, member=MEMBER, allow=(Right.APPROVE,), deny=(Right.TICK, Right.CREATE))
    rights = rights_in(house.access, MEMBER, house.state.groups[DEFAULT].access)
    assert Right.APPROVE in rights
    assert Right.TICK not in rights
    assert house.outcome(MEMBER, Select, DEFAULT, record=1) is FORBIDDEN
    assert house.outcome(MEMBER, CreateGroup, GroupId(UUID(int=77)), name="x") is FORBIDDEN
    assert not OWNER_ONLY & rights


def test_what_one_is_denied_one_does_not_allow_oneself_again() -> None:
    house = Organization()
    house.do(OWNER, ChangeMember, member=ADMIN, deny=(Right.SHARE, Right.INVITE))
    for left in ((), (Right.INVITE,)):
        assert house.outcome(ADMIN, ChangeMember, member=ADMIN, deny=left) is FORBIDDEN
    more = (Right.SHARE, Right.INVITE, Right.TICK)
    assert house.outcome(ADMIN, ChangeMember, member=ADMIN, deny=more) is APPLIED
    house.do(OWNER, ChangeMember, member=MEMBER, deny=(Right.INVITE, Right.TICK))
    assert house.outcome(ADMIN, ChangeMember, member=MEMBER, deny=()) is FORBIDDEN, "nor others"
    assert house.outcome(ADMIN, ChangeMember, member=MEMBER, deny=(Right.INVITE,)) is APPLIED
    assert house.outcome(OWNER, ChangeMember, member=ADMIN, deny=()) is APPLIED


def test_who_was_allowed_to_share_gives_no_level_above_their_own() -> None:
    house = Organization()
    house.do(OWNER, ChangeMember, member=MEMBER, allow=(Right.SHARE,))
    grant: dict[str, Any] = {"grantee": MEMBER, "group": DEFAULT}
    assert house.outcome(MEMBER, SetGrant, level=Level.MANAGE, **grant) is FORBIDDEN
    assert house.outcome(MEMBER, SetGrant, level=Level.EDIT, **grant) is APPLIED


def test_who_is_suspended_does_not_take_ownership_that_was_offered_before() -> None:
    house = Organization()
    house.do(OWNER, OfferOwnership, member=ADMIN)
    house.do(OWNER, ChangeMember, member=ADMIN, suspended=True)
    assert house.outcome(ADMIN, TakeOwnership) is FORBIDDEN
    house.do(OWNER, ChangeMember, member=ADMIN, suspended=False)
    assert house.outcome(ADMIN, TakeOwnership) is APPLIED


def test_the_last_owner_stays_until_ownership_is_taken() -> None:
    house = Organization()
    assert house.outcome(OWNER, Expel, member=OWNER) is Outcome.LAST_OWNER
    assert house.outcome(ADMIN, TakeOwnership) is FORBIDDEN
    assert house.do(OWNER, OfferOwnership, member=ADMIN).outcome is APPLIED
    assert house.outcome(MEMBER, TakeOwnership) is FORBIDDEN, "it was offered to somebody else"
    assert house.do(ADMIN, TakeOwnership).outcome is APPLIED
    assert house.access.offered is None
    assert house.outcome(ADMIN, TakeOwnership) is FORBIDDEN, "it is offered once"
    assert house.do(OWNER, Expel, member=OWNER).outcome is APPLIED


def test_two_owners_who_leave_at_once_do_not_both_leave() -> None:
    house = Organization()
    house.do(OWNER, OfferOwnership, member=ADMIN)
    house.do(ADMIN, TakeOwnership)
    assert house.do(OWNER, Expel, member=OWNER).outcome is APPLIED
    assert house.do(ADMIN, Expel, member=ADMIN).outcome is Outcome.LAST_OWNER


def test_ownership_that_was_offered_ends_with_the_member() -> None:
    house = Organization()
    house.do(OWNER, OfferOwnership, member=ADMIN)
    house.do(OWNER, Expel, member=ADMIN)
    assert house.access.offered is None
    house.admit(OWNER, ADMIN, Role.ADMIN)
    assert house.outcome(ADMIN, TakeOwnership) is FORBIDDEN


def test_out_of_the_organization_is_out_of_its_teams_and_grants() -> None:
    house = Organization()
    house.do(OWNER, SetGrant, DEFAULT, grantee=VIEWER, level=Level.EDIT)
    house.do(OWNER, Expel, member=VIEWER)
    house.admit(OWNER, VIEWER, Role.VIEWER)
    assert not house.access.members[VIEWER].teams
    assert level_in(house.access, VIEWER, house.state.groups[DEFAULT].access) is Level.VIEW


def test_an_organization_that_waits_for_its_end_can_only_be_read() -> None:
    house = Organization()
    house.do(OWNER, EndOrganization, ends_at=AT + timedelta(days=30))
    assert house.outcome(OWNER, Select, DEFAULT, record=1) is FORBIDDEN
    assert Right.READ in rights_in(house.access, MEMBER, house.state.groups[DEFAULT].access)
    assert house.do(OWNER, EndOrganization, ends_at=None).outcome is APPLIED
    assert house.outcome(OWNER, Select, DEFAULT, record=1) is APPLIED


def test_what_the_house_does_by_itself_is_allowed() -> None:
    """Nobody signs in as an organization; see the triggers of migration 0018."""
    house = Organization()
    assert house.outcome(UserId(HOUSE), Select, DEFAULT, record=1) is APPLIED
    assert house.outcome(UserId(HOUSE), Expel, member=MEMBER) is APPLIED
    assert house.outcome(UserId(HOUSE), Expel, member=OWNER) is Outcome.LAST_OWNER
    assert house.outcome(UserId(HOUSE), OfferOwnership, member=MEMBER) is FORBIDDEN


def test_operations_of_organizations_are_the_same_when_they_are_read_again() -> None:
    house = Organization()
    made = house.operation(
        OWNER, ChangeMember, member=MEMBER, role=Role.ADMIN, allow=(Right.LINK,), deny=(), suspended=False
    )
    assert decode(encode(made)) == made
    house.do(OWNER, SetGrant, DEFAULT, grantee=MEMBER, level=Level.VIEW, ends_at=AT)
    assert decode_state(encode_state(house.state)) == house.state
