"""Suggest and accept: who may not tick suggests, who may decides, law by law; and who wrote what."""

from uuid import UUID

from pyroaring import BitMap

from sertantai.core.access_state import rights_in
from sertantai.core.bitmaps import EMPTY, bitmap, pack, unpack
from sertantai.core.changes import Change, Outcome
from sertantai.core.fold import fold
from sertantai.core.ids import OperationId, Position
from sertantai.core.operations import (
    Amend,
    Annotate,
    BulkDeselect,
    BulkSelect,
    ClearAll,
    Decide,
    Select,
    SetGrant,
    Suggest,
    UpdateGroup,
    Withdraw,
    decode,
    encode,
)
from sertantai.core.rights import Level, Right
from sertantai.core.state import group_weight_bytes
from sertantai.core.stored_state import decode_state, encode_state
from sertantai.core.weight import growth_bytes
from tests.unit.core.organization import ADMIN, AT, DEFAULT, MEMBER, OWNER, VIEWER, Organization

NOTHING = pack(EMPTY)
ID = OperationId(UUID(int=1))
APPLIED, FORBIDDEN = Outcome.APPLIED, Outcome.FORBIDDEN


def some(*numbers: int) -> bytes:
    return pack(bitmap(numbers))


def works() -> Organization:
    """Laws 1 and 2 are ticked, the first with a note; the viewer may suggest."""
    house = Organization()
    notes = {1: {"note": "mine"}}
    house.do(OWNER, Amend, DEFAULT, add=some(1, 2), remove=NOTHING, annotations=notes)
    house.do(OWNER, SetGrant, DEFAULT, grantee=VIEWER, level=Level.SUGGEST)
    return house


def suggest(house: Organization, add: bytes = some(3, 4), remove: bytes = some(1)) -> OperationId:
    change = house.do(VIEWER, Suggest, DEFAULT, add=add, remove=remove, reason="as at Leeds")
    assert change.outcome is APPLIED
    return change.operation.id


def ticked(house: Organization) -> BitMap:
    return house.state.groups[DEFAULT].records


def decide(house: Organization, suggestion: OperationId, records: bytes, *, accepted: bool = True) -> Change:
    fields = {"suggestion": suggestion, "records": records, "accepted": accepted}
    return house.do(ADMIN, Decide, DEFAULT, **fields)


def test_a_suggestion_ticks_nothing_and_says_what_is_not_so_already() -> None:
    house = works()
    id = suggest(house, add=some(2, 3), remove=some(1, 9))
    made = house.state.groups[DEFAULT].suggestions[id]
    assert (set(unpack(made.add)), set(unpack(made.remove))) == ({3}, {1})
    assert (made.by, made.reason) == (VIEWER, "as at Leeds")
    assert set(ticked(house)) == {1, 2}
    again = house.outcome(VIEWER, Suggest, DEFAULT, add=some(1, 2), remove=NOTHING)
    assert again is Outcome.UNCHANGED


def test_a_part_of_it_is_accepted_and_the_rest_waits() -> None:
    house = works()
    id = suggest(house)
    change = decide(house, id, some(1, 3))
    assert (set(change.added), set(change.removed)) == ({3}, {1})
    assert change.dropped == {1: {"note": "mine"}}
    assert set(ticked(house)) == {2, 3}
    assert set(unpack(house.state.groups[DEFAULT].suggestions[id].add)) == {4}
    assert not decide(house, id, some(4), accepted=False).changed
    assert id not in house.state.groups[DEFAULT].suggestions
    assert decide(house, id, some(4)).outcome is Outcome.SUGGESTION_GONE


def test_accepted_in_part_and_folded_again_it_is_done() -> None:
    """As after a crash between two transactions: some rows are there, the suggestion still waits."""
    house = works()
    id = suggest(house)
    operation = house.operation(ADMIN, Decide, DEFAULT, suggestion=id, accepted=True, records=some(1, 3, 4))
    whole, _ = fold(house.state, Position(99), operation)
    house.do(OWNER, Select, DEFAULT, record=3)
    again, change = fold(house.state, Position(99), operation)
    assert set(change.added) == {4}
    assert again.groups[DEFAULT].records == whole.groups[DEFAULT].records


def test_who_may_suggest_decide_and_withdraw() -> None:
    house = works()
    id = suggest(house)
    accepting = {"suggestion": id, "accepted": True, "records": some(3)}
    for person, may in ((OWNER, True), (ADMIN, True), (MEMBER, False), (VIEWER, False)):
        assert (house.outcome(person, Decide, DEFAULT, **accepting) is APPLIED) is may
        assert (house.outcome(person, Withdraw, DEFAULT, suggestion=id) is APPLIED) is (person == VIEWER)
    house.do(OWNER, SetGrant, DEFAULT, grantee=VIEWER, level=None)
    assert house.outcome(VIEWER, Suggest, DEFAULT, add=some(5), remove=NOTHING) is FORBIDDEN
    assert house.do(VIEWER, Withdraw, DEFAULT, suggestion=id).outcome is APPLIED, "one's own, by who may read"


def test_with_four_eyes_nobody_ticks_alone() -> None:
    house = works()
    house.do(OWNER, UpdateGroup, DEFAULT, four_eyes=True)
    rights = rights_in(house.access, OWNER, house.state.groups[DEFAULT].access)
    assert Right.TICK not in rights
    for kind, fields in ((Select, {"record": 7}), (BulkSelect, {"records": some(7)}), (ClearAll, {})):
        assert house.outcome(OWNER, kind, DEFAULT, **fields) is FORBIDDEN
    own = house.do(ADMIN, Suggest, DEFAULT, add=some(7), remove=NOTHING).operation.id
    accepting = {"suggestion": own, "accepted": True, "records": some(7)}
    assert house.outcome(ADMIN, Decide, DEFAULT, **accepting) is FORBIDDEN
    assert house.outcome(OWNER, Decide, DEFAULT, **accepting) is APPLIED


def test_a_suggestion_weighs_what_it_says_before_it_is_made() -> None:
    house = works()
    before = group_weight_bytes(house.state.groups[DEFAULT])
    operation = house.operation(VIEWER, Suggest, DEFAULT, add=some(*range(100, 900)), remove=NOTHING)
    suggest(house, add=some(*range(100, 900)), remove=NOTHING)
    grown = group_weight_bytes(house.state.groups[DEFAULT]) - before
    assert 0 < grown <= growth_bytes(operation, house.state) + 100


def test_suggestions_are_the_same_when_they_are_read_again() -> None:
    house = works()
    suggest(house)
    assert decode_state(encode_state(house.state)) == house.state
    for kind, fields in (
        (Suggest, {"add": some(1), "remove": NOTHING, "reason": "x"}),
        (
            Decide,
            {"suggestion": OperationId(UUID(int=1)), "accepted": False, "records": some(1), "word": "no"},
        ),
        (Withdraw, {"suggestion": OperationId(UUID(int=1))}),
    ):
        made = house.operation(VIEWER, kind, DEFAULT, **fields)
        assert decode(encode(made)) == made


# Who wrote it


def test_a_note_is_signed_with_who_wrote_it_whatever_they_say() -> None:
    house = works()
    changes = {"note": "checked", "note_by": str(OWNER)}
    house.do(MEMBER, Annotate, DEFAULT, records=some(2), changes=changes)
    note = house.state.groups[DEFAULT].annotations[2]
    assert note == {"note": "checked", "note_by": str(MEMBER), "note_at": AT.isoformat()}
    same = house.outcome(ADMIN, Annotate, DEFAULT, records=some(2), changes={"note": "checked"})
    assert same is Outcome.UNCHANGED, "who writes what stands there has not written it"
    house.do(ADMIN, Annotate, DEFAULT, records=some(2), changes={"reviewed_at": "2026-01-01"})
    assert house.state.groups[DEFAULT].annotations[2]["reviewed_by"] == str(ADMIN)
    house.do(ADMIN, Annotate, DEFAULT, records=some(2), changes={"note": None})
    assert "note_by" not in house.state.groups[DEFAULT].annotations[2]


def test_a_place_is_signed_with_who_gave_it() -> None:
    house = works()
    first, both = ({1: {"rank": 1.0}, 2: {"rank": rank}} for rank in (2.0, 0.5))
    house.do(MEMBER, Amend, DEFAULT, add=NOTHING, remove=NOTHING, annotate=first)
    assert house.state.groups[DEFAULT].annotations[2] == {"rank": 2.0, "ranked_by": str(MEMBER)}
    house.do(ADMIN, Amend, DEFAULT, add=NOTHING, remove=NOTHING, annotate=both)
    by = {n: note.get("ranked_by") for n, note in house.state.groups[DEFAULT].annotations.items()}
    assert by == {1: str(MEMBER), 2: str(ADMIN)}, "a law that stays where it is was put there by nobody else"
    house.do(ADMIN, Annotate, DEFAULT, records=some(1, 2), changes={"rank": None})
    assert house.state.groups[DEFAULT].annotations == {1: {"note": "mine"}}


def test_of_two_notes_at_once_the_second_is_told() -> None:
    """Both were shown none: decided in the fold, so also of two that wait for the same commit."""
    house = works()
    first = house.do(
        MEMBER, Annotate, DEFAULT, records=some(2), changes={"note": "a"}, expected={"note": None}
    )
    second = house.do(
        ADMIN, Annotate, DEFAULT, records=some(2), changes={"note": "b"}, expected={"note": None}
    )
    assert (first.outcome, second.outcome) == (APPLIED, Outcome.CHANGED_MEANWHILE)
    assert house.state.groups[DEFAULT].annotations[2]["note"] == "a"


def test_what_removes_many_removes_them_of_the_list_that_was_seen() -> None:
    house = works()
    seen = house.state.groups[DEFAULT].version
    house.do(MEMBER, Select, DEFAULT, record=9)
    for kind, fields in ((ClearAll, {}), (BulkDeselect, {"records": some(1, 2)})):
        assert house.outcome(OWNER, kind, DEFAULT, seen=seen, **fields) is Outcome.CHANGED_MEANWHILE
        now = house.state.groups[DEFAULT].version
        assert house.outcome(OWNER, kind, DEFAULT, seen=now, **fields) is APPLIED
        operation = house.operation(OWNER, kind, DEFAULT, seen=seen, **fields)
        assert fold(house.state, now, operation)[1].outcome is APPLIED, "half done before, at this very place"
