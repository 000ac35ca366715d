"""What an undo puts back: what the operation changed, and nothing that was changed since."""

from typing import Any

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.fold import Change, fold
from sertantai.core.ids import OperationId, Position, RecordNo, UserId
from sertantai.core.operations import Amend, Annotate, BulkSelect, Deselect, Operation, Origin
from sertantai.core.state import OwnerState
from sertantai.lists.undo import compensation, undoable
from sertantai.process.new_ids import new_id
from tests.unit.core.organization import ADMIN, HOUSE, MEMBER, Organization
from tests.unit.core.organization import DEFAULT as SHARED
from tests.unit.core.organization import OWNER as OFFICER
from tests.unit.core.strategies import AT, DEFAULT, OWNER, new_state

ORIGIN = Origin(UserId(OWNER))


class Story:
    """One owner's default list, changed step by step."""

    def __init__(self) -> None:
        self.state: OwnerState = new_state()
        self.position = 0

    def do(self, operation: Operation) -> Change:
        self.position += 1
        self.state, change = fold(self.state, Position(self.position), operation)
        return change

    def select(self, *numbers: int) -> Change:
        return self.do(BulkSelect(records=pack(bitmap(numbers)), **self._common()))

    def note(self, *numbers: int, **changes: Any) -> Change:
        return self.do(Annotate(records=pack(bitmap(numbers)), changes=changes, **self._common()))

    def deselect(self, number: int) -> Change:
        return self.do(Deselect(record=RecordNo(number), **self._common()))

    def amend(self, *, add: list[int], remove: list[int], annotate: dict[int, Any]) -> Change:
        return self.do(
            Amend(add=pack(bitmap(add)), remove=pack(bitmap(remove)), annotate=annotate, **self._common())
        )

    def undo(self, change: Change) -> Change:
        return self.do(self.compensation(change))

    def compensation(self, change: Change) -> Amend:
        id = OperationId(new_id())
        group = self.state.groups[DEFAULT]
        return compensation(undoable(change), group, OWNER, id=id, at=AT, origin=ORIGIN)

    @property
    def notes(self) -> dict[int, dict[str, Any]]:
        return {number: dict(note) for number, note in self.state.groups[DEFAULT].annotations.items()}

    def _common(self) -> dict[str, Any]:
        return {"id": OperationId(new_id()), "owner": OWNER, "group": DEFAULT, "at": AT, "origin": ORIGIN}


def test_a_note_is_undone_and_redone_alone() -> None:
    story = Story()
    story.select(1, 2)
    story.note(1, note="first", tags=["a"])
    edited = story.note(1, 2, note="second")
    undone = story.undo(edited)
    assert story.notes == {1: {"note": "first", "tags": ["a"]}}
    story.undo(undone)
    assert story.notes == {1: {"note": "second", "tags": ["a"]}, 2: {"note": "second"}}


def test_what_was_written_since_stays() -> None:
    story = Story()
    story.select(1, 2)
    old = story.note(1, 2, note="old", tags=["a"])
    story.note(1, note="new")
    story.undo(old)
    assert story.notes == {1: {"note": "new"}}


def test_a_law_that_was_unticked_since_is_not_noted() -> None:
    story = Story()
    story.select(1)
    noted = story.note(1, note="mine")
    story.deselect(1)
    assert story.undo(noted).changed == 0
    assert story.notes == {}


def test_one_undo_takes_back_ticks_notes_and_what_was_dropped() -> None:
    story = Story()
    story.select(1, 2)
    story.note(1, note="one")
    story.note(2, note="two")
    before = story.state.groups[DEFAULT]
    mixed = story.amend(add=[3], remove=[1], annotate={2: {"note": None}})
    assert story.notes == {}
    story.undo(mixed)
    after = story.state.groups[DEFAULT]
    assert (after.records, after.annotations) == (before.records, before.annotations)


def test_with_a_note_goes_and_comes_back_who_wrote_it() -> None:
    house = Organization()
    place: dict[str, Any] = {"records": pack(bitmap([1])), "group": SHARED}
    house.do(MEMBER, BulkSelect, **place)

    def undo(change: Change) -> None:
        group, id = house.state.groups[SHARED], OperationId(new_id())
        made = compensation(undoable(change), group, HOUSE, id=id, at=AT, origin=Origin(ADMIN))
        house.state, _ = fold(house.state, Position(1_000), made)

    house.do(MEMBER, Annotate, changes={"note": "a"}, **place)
    second = house.do(ADMIN, Annotate, changes={"note": "b"}, **place)
    gone = house.do(OFFICER, Annotate, changes={"note": None}, **place)
    undo(second)
    assert 1 not in house.state.groups[SHARED].annotations, "nobody signs what is not there"
    undo(gone)
    assert house.state.groups[SHARED].annotations[1]["note_by"] == str(ADMIN)
    undo(second)
    assert house.state.groups[SHARED].annotations[1]["note"] == "a"
    assert house.state.groups[SHARED].annotations[1]["note_by"] == str(MEMBER)


def test_with_a_place_comes_back_who_gave_it() -> None:
    """Whoever undoes another's move has given no place, also where one person gave both."""
    house = Organization()
    place: dict[str, Any] = {"records": pack(bitmap([1])), "group": SHARED}
    house.do(MEMBER, BulkSelect, **place)
    house.do(MEMBER, Annotate, changes={"rank": 1.0}, **place)
    second = house.do(MEMBER, Annotate, changes={"rank": 2.0}, **place)
    made = compensation(
        undoable(second),
        house.state.groups[SHARED],
        HOUSE,
        id=OperationId(new_id()),
        at=AT,
        origin=Origin(ADMIN),
    )
    house.state, _ = fold(house.state, Position(1_000), made)
    assert house.state.groups[SHARED].annotations[1] == {"rank": 1.0, "ranked_by": str(MEMBER)}
