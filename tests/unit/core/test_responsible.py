"""Who answers for a law, and when it is due: decided by the fold, at the operation's own place."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from pyroaring import BitMap

from sertantai.core.bitmaps import pack
from sertantai.core.changes import Outcome
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, UserId
from sertantai.core.notes import taken_along
from sertantai.core.operations import (
    Amend,
    Annotate,
    Annotation,
    BulkSelect,
    ChangeMember,
    EndOrganization,
    Expel,
    Origin,
    SetGrant,
)
from sertantai.core.responsible import answered_by, due_in, is_due, responsible_of
from sertantai.core.rights import Level, Right
from sertantai.core.sharing.hand_over_steps import unsigned
from sertantai.core.state import GroupState, OwnerState
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

REVIEWED = {"reviewed_at": "2026-03-02T09:00:00.000000+00:00"}


@pytest.fixture
def house() -> Organization:
    made = Organization()
    made.do(OWNER, BulkSelect, DEFAULT, records=pack(BitMap([1, 2, 3])))
    return made


def says(
    house: Organization, actor: UserId, changes: Annotation, *records: int, group: GroupId = DEFAULT
) -> Any:
    """What the fold makes of it; kept where it is done."""
    return house.do(actor, Annotate, group, records=pack(BitMap(records or (1, 2))), changes=changes).outcome


def assigned(house: Organization, to: UserId, *records: int) -> None:
    assert says(house, OWNER, {"responsible": str(to)}, *records) is Outcome.APPLIED


def test_any_member_who_may_read_the_list_can_answer_for_its_laws(house: Organization) -> None:
    for person in (OWNER, ADMIN, MEMBER, VIEWER):
        assigned(house, person)
        assert answered_by(house.state.groups[DEFAULT].annotations, person) == BitMap([1, 2])


def test_nobody_else_can(house: Organization) -> None:
    secret = house.make_list(OWNER, "Secret", restricted=True)
    house.do(OWNER, BulkSelect, secret, records=pack(BitMap([1, 2])))
    for person in (str(STRANGER), str(HOUSE_ID), "Ben", 7, ["x"]):
        assert says(house, OWNER, {"responsible": person}) is Outcome.CANNOT_ANSWER, person
    assert says(house, OWNER, {"responsible": str(VIEWER)}, group=secret) is Outcome.CANNOT_ANSWER
    house.do(OWNER, SetGrant, secret, grantee=VIEWER, level=Level.VIEW)
    assert says(house, OWNER, {"responsible": str(VIEWER)}, group=secret) is Outcome.APPLIED


HOUSE_ID = UserId(Organization().state.owner)


def test_who_was_suspended_or_went_cannot_be_named_and_stays_named(house: Organization) -> None:
    assigned(house, MEMBER)
    house.do(OWNER, ChangeMember, member=VIEWER, suspended=True)
    assert says(house, OWNER, {"responsible": str(VIEWER)}) is Outcome.CANNOT_ANSWER
    house.do(OWNER, Expel, member=MEMBER)
    assert says(house, OWNER, {"responsible": str(MEMBER)}, 3) is Outcome.CANNOT_ANSWER
    assert responsible_of(house.state.groups[DEFAULT].annotations[1]) == MEMBER


def test_what_waits_behind_a_departure_names_nobody_who_went(house: Organization) -> None:
    waiting = house.operation(
        OWNER, Annotate, DEFAULT, records=pack(BitMap([1])), changes={"responsible": str(MEMBER)}
    )
    house.do(ADMIN, Expel, member=MEMBER)
    _, change = fold(house.state, Position(house.position + 1), waiting)
    assert change.outcome is Outcome.CANNOT_ANSWER
    assert change.annotated == BitMap()


def test_in_a_list_of_ones_own_there_is_a_review_date_and_nobody_who_answers() -> None:
    owner = OwnerId(MEMBER)
    mine = GroupState(DEFAULT, "Mine", AT, AT, records=BitMap([1]))
    state = OwnerState(owner, {DEFAULT: mine})

    def outcome(changes: Annotation) -> Outcome:
        operation = Annotate(
            id=OperationId(UUID(int=1)),
            owner=owner,
            group=DEFAULT,
            at=AT,
            origin=Origin(MEMBER),
            records=pack(BitMap([1])),
            changes=changes,
        )
        return fold(state, Position(1), operation)[1].outcome

    assert outcome({"review_on": "2026-03-01"}) is Outcome.APPLIED
    assert outcome({"responsible": str(MEMBER)}) is Outcome.CANNOT_ANSWER


def test_who_may_only_look_assigns_nothing(house: Organization) -> None:
    assigned(house, VIEWER)
    for changes in ({"responsible": str(VIEWER)}, {"review_on": "2026-03-01"}, {"responsible": None}):
        assert says(house, VIEWER, changes) is Outcome.FORBIDDEN
    assert says(house, MEMBER, {"review_on": "2026-03-01"}) is Outcome.APPLIED


def test_a_viewer_reviews_what_is_assigned_to_them_and_nothing_else(house: Organization) -> None:
    assigned(house, VIEWER, 1)
    assert says(house, VIEWER, REVIEWED, 1, 2) is Outcome.FORBIDDEN, "one of the two is not theirs"
    assert says(house, VIEWER, {**REVIEWED, "note": "x"}, 1) is Outcome.FORBIDDEN
    assert says(house, VIEWER, {**REVIEWED, "review_on": "2030-01-01"}, 1) is Outcome.FORBIDDEN
    assert says(house, VIEWER, REVIEWED, 1) is Outcome.APPLIED
    assert house.state.groups[DEFAULT].annotations[1]["reviewed_by"] == str(VIEWER)
    house.do(OWNER, ChangeMember, member=VIEWER, deny=(Right.REVIEW,))
    again = {"reviewed_at": "2026-04-02T09:00:00.000000+00:00"}
    assert says(house, VIEWER, again, 1) is Outcome.FORBIDDEN, "they are denied it by name"


def test_nothing_is_reviewed_in_an_organisation_that_ends(house: Organization) -> None:
    assigned(house, VIEWER, 1)
    house.do(OWNER, EndOrganization, ends_at=AT)
    assert says(house, VIEWER, REVIEWED, 1) is Outcome.FORBIDDEN


def test_who_is_denied_to_review_still_writes_notes(house: Organization) -> None:
    house.do(OWNER, ChangeMember, member=MEMBER, deny=(Right.REVIEW,))
    assert says(house, MEMBER, {"note": "Look"}) is Outcome.APPLIED
    assert says(house, MEMBER, {"note": "Look", "review_on": "2026-03-01"}) is Outcome.FORBIDDEN
    assert says(house, MEMBER, REVIEWED) is Outcome.FORBIDDEN


@pytest.mark.parametrize(
    ("annotation", "due"),
    [
        ({}, False),
        ({"review_on": "2026-03-02"}, False),
        ({"review_on": "2026-03-01"}, True),
        ({"review_on": "2025-12-31"}, True),
        ({"review_on": "2026-02-28", **REVIEWED}, False),
        ({"review_on": "2026-03-01", "reviewed_at": "2026-02-28T23:59:59+00:00"}, True),
        ({"review_on": "2026-03-01", "reviewed_at": "2026-03-01T00:00:00+00:00"}, False),
        ({"review_on": 7}, False),
    ],
)
def test_a_review_is_due_from_its_day_on_until_somebody_reviews(annotation: Annotation, due: bool) -> None:
    today = date(2026, 3, 1)
    assert is_due(annotation, today) is due
    assert due_in({5: annotation}, today) == BitMap([5] if due else [])


def test_neither_goes_along_into_another_list_and_no_colleague_out_of_the_organisation() -> None:
    notes = {1: {"note": "N", "responsible": str(MEMBER), "review_on": "2026-03-01"}}
    assert taken_along(notes, BitMap([1])) == {1: {"note": "N"}}
    assert unsigned(notes) == {1: {"note": "N", "review_on": "2026-03-01"}}


def test_laws_that_come_with_who_answers_are_asked_for_it_as_an_assignment_is(house: Organization) -> None:
    def brings(actor: UserId, person: object, *, assigns: bool = True) -> Outcome:
        notes = {7: {"responsible": str(person)}}
        fields = {"add": pack(BitMap([7])), "remove": pack(BitMap()), "annotations": notes}
        return house.outcome(actor, Amend, DEFAULT, **fields, assigns=assigns)

    assert brings(OWNER, MEMBER) is Outcome.APPLIED
    assert brings(OWNER, STRANGER) is Outcome.CANNOT_ANSWER
    assert brings(OWNER, "nobody's id") is Outcome.CANNOT_ANSWER
    assert brings(OWNER, STRANGER, assigns=False) is Outcome.APPLIED, "named before, as where it is undone"
    house.do(OWNER, ChangeMember, member=MEMBER, deny=(Right.REVIEW,))
    assert brings(MEMBER, MEMBER) is Outcome.FORBIDDEN
    assert brings(MEMBER, MEMBER, assigns=False) is Outcome.APPLIED
