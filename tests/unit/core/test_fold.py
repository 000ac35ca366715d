"""The fold against plain sets, and the properties that recovery rests on."""

from typing import Any

import pytest
from hypothesis import given
from pyroaring import BitMap

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.fold import Outcome, fold
from sertantai.core.ids import GroupId, OperationId, Position, RecordNo, UserId
from sertantai.core.operations import (
    Amend,
    Annotate,
    BulkSelect,
    CreateGroup,
    DeleteGroup,
    Deselect,
    Operation,
    Origin,
    PurgeGroup,
    RestoreGroup,
    Select,
    decode,
    encode,
)
from sertantai.core.replay import replay
from sertantai.core.state import GroupState, OwnerState
from sertantai.core.stored_state import decode_state, encode_state
from sertantai.process.new_ids import new_id
from tests.simulation.model import Model
from tests.unit.core.strategies import AT, DEFAULT, OWNER, histories, new_state, operations, state_after

COMMON: dict[str, Any] = {"owner": OWNER, "group": DEFAULT, "at": AT, "origin": Origin(UserId(OWNER))}


def common(**changed: Any) -> dict[str, Any]:
    return {"id": OperationId(new_id()), **COMMON, **changed}


@given(history=histories)
def test_any_history_does_what_sets_and_dicts_would(history: list[Operation]) -> None:
    model = Model()
    model.add_user(OWNER, DEFAULT)
    state = new_state()
    for number, operation in enumerate(history, 1):
        position = Position(number)
        state, change = fold(state, position, operation)
        model.durable(position, encode(operation))
        model.check_change(change)
        model.check_state(OWNER, state, "fold")


@given(history=histories)
def test_a_replay_of_many_leads_where_folding_each_leads(history: list[Operation]) -> None:
    entries = [(Position(number), operation) for number, operation in enumerate(history, 1)]
    assert replay(new_state(), entries) == (state_after(history), [])
    for cut in range(len(history) + 1):
        state, _ = replay(new_state(), entries[:cut])
        assert state == state_after(history[:cut])
        assert replay(state, entries[cut:])[0] == state_after(history)


def test_a_replay_changes_no_set_that_it_was_given() -> None:
    before, _ = replay(new_state(), [(Position(1), Select(record=RecordNo(1), **common()))])
    replay(before, [(Position(2), Select(record=RecordNo(2), **common()))])
    assert before.groups[DEFAULT].records == BitMap([1])


def test_a_replay_goes_on_after_an_operation_that_cannot_be_read() -> None:
    broken = BulkSelect(records=b"no set", **common())
    state, unreadable = replay(
        new_state(), [(Position(1), broken), (Position(2), Select(record=RecordNo(1), **common()))]
    )
    assert unreadable == [1]
    assert state.groups[DEFAULT].records == BitMap([1])


@given(history=histories)
def test_a_crash_and_a_replay_after_every_step_change_nothing(history: list[Operation]) -> None:
    """Whatever checkpoint a recovery begins from, the journal leads it to the same state."""
    whole = state_after(history)
    for crash in range(len(history) + 1):
        state = decode_state(encode_state(state_after(history[:crash])))
        for position, operation in enumerate(history[crash:], crash + 1):
            state, _ = fold(state, Position(position), decode(encode(operation)))
        assert state == whole


@given(history=histories, operation=operations)
def test_folding_an_operation_again_leads_to_the_same_state(
    history: list[Operation], operation: Operation
) -> None:
    position = Position(len(history) + 1)
    once, _ = fold(state_after(history), position, operation)
    twice, change = fold(once, position, operation)
    assert _contents(twice) == _contents(once)
    assert not change.added
    assert not change.removed
    assert not change.annotated


@given(history=histories, operation=operations)
def test_a_half_written_operation_is_completed_by_folding_it_again(
    history: list[Operation], operation: Operation
) -> None:
    before = state_after(history)
    position = Position(len(history) + 1)
    whole, change = fold(before, position, operation)
    if change.outcome is not Outcome.APPLIED or change.group is None or change.group.deleted:
        return
    for written in range(change.changed + 1):
        half = _with_a_part(before, change.group, change.removed, change.added, change.annotated, written)
        completed, rest = fold(half, position, operation)
        assert _contents(completed) == _contents(whole)
        assert rest.changed == change.changed - written


def _with_a_part(
    before: OwnerState, after: GroupState, removed: BitMap, added: BitMap, annotated: BitMap, written: int
) -> OwnerState:
    """The database between two transactions of one operation: the list is saved, some rows are written."""
    steps = [
        *((number, "removed") for number in removed),
        *((number, "added") for number in added),
        *((number, "annotated") for number in annotated),
    ]
    group = before.groups.get(after.id)
    records = set(group.records) if group else set()
    kept = dict(group.annotations) if group else {}
    for number, step in steps[:written]:
        kept.pop(number, None)
        (records.discard if step == "removed" else records.add)(number)
        if step != "removed" and number in after.annotations:
            kept[number] = after.annotations[number]
    return before.with_group(
        GroupState(
            after.id,
            after.name,
            after.created_at,
            after.updated_at,
            after.description,
            after.is_default,
            after.version,
            after.metadata,
            bitmap(records),
            kept,
        )
    )


def _contents(state: OwnerState) -> dict[GroupId, tuple[object, ...]]:
    return {
        key: (g.name, g.description, g.deleted, set(g.records), dict(g.annotations))
        for key, g in state.groups.items()
    }


@given(history=histories)
def test_a_state_given_away_never_changes(history: list[Operation]) -> None:
    state = new_state()
    seen: list[tuple[OwnerState, bytes]] = []
    for position, operation in enumerate(history, 1):
        state, _ = fold(state, Position(position), operation)
        seen.append((state, encode_state(state)))
    assert all(encode_state(earlier) == encoded for earlier, encoded in seen)


@given(history=histories)
def test_notes_belong_to_selected_records_only(history: list[Operation]) -> None:
    for group in state_after(history).groups.values():
        assert set(group.annotations) <= set(group.records)


@given(history=histories)
def test_names_are_unique_and_versions_are_positions(history: list[Operation]) -> None:
    groups = state_after(history).groups.values()
    assert len({group.name for group in groups}) == len(groups)
    assert all(group.version <= len(history) for group in groups)


def test_an_undo_brings_a_note_back_with_its_record() -> None:
    state = state_after(
        [
            Select(record=RecordNo(3), **common()),
            Annotate(records=pack(bitmap([3])), changes={"note": "mine"}, **common()),
        ]
    )
    deselect = Deselect(record=RecordNo(3), **common())
    state, change = fold(state, Position(3), deselect)
    undo = Amend(
        add=pack(change.removed),
        remove=pack(change.added),
        annotations=dict(change.dropped),
        **common(),
    )
    state, _ = fold(state, Position(4), undo)
    assert state.groups[DEFAULT].annotations == {3: {"note": "mine"}}


def test_a_change_tells_what_stood_under_the_keys_that_it_changed() -> None:
    note = Annotate(records=pack(bitmap([3])), changes={"note": "mine", "tags": ["a"]}, **common())
    state = state_after([BulkSelect(records=pack(bitmap([3, 4])), **common()), note])
    other = Annotate(records=pack(bitmap([3, 4])), changes={"note": "ours", "tags": ["a"]}, **common())
    _, change = fold(state, Position(3), other)
    assert change.before == {3: {"note": "mine"}, 4: {"note": None, "tags": None}}
    assert set(change.annotated) == {3, 4}


def test_of_two_who_write_over_the_same_note_the_second_is_refused() -> None:
    state = state_after([Select(record=RecordNo(3), **common())])
    by_both: dict[str, Any] = {"records": pack(bitmap([3])), "expected": {"note": None}}
    state, first = fold(state, Position(2), Annotate(changes={"note": "first"}, **by_both, **common()))
    after, second = fold(state, Position(3), Annotate(changes={"note": "second"}, **by_both, **common()))
    assert (first.outcome, second.outcome) == (Outcome.APPLIED, Outcome.CHANGED_MEANWHILE)
    assert after == state
    assert second.changed == 0
    _, again = fold(state, Position(4), Annotate(changes={"note": "first"}, **by_both, **common()))
    assert again.outcome is Outcome.UNCHANGED, "what is there already is nobody's conflict"


def test_a_note_to_a_law_that_left_the_list_is_refused_where_something_was_expected() -> None:
    expecting = Annotate(
        records=pack(bitmap([3])), changes={"note": "new"}, expected={"note": "old"}, **common()
    )
    _, change = fold(state_after([]), Position(1), expecting)
    assert change.outcome is Outcome.CHANGED_MEANWHILE


def test_an_amendment_annotates_what_stays_and_nothing_else() -> None:
    amend = Amend(
        add=pack(bitmap([2])),
        remove=pack(bitmap([1])),
        annotate={number: {"note": "new"} for number in (1, 2, 3, 4)},
        **common(),
    )
    state = state_after([BulkSelect(records=pack(bitmap([1, 3])), **common())])
    state, change = fold(state, Position(2), amend)
    assert state.groups[DEFAULT].annotations == {3: {"note": "new"}}
    assert set(change.annotated) == {3}


def test_what_an_amendment_both_adds_and_removes_stays() -> None:
    """Else it would be taken out by the first fold and come back with the second."""
    amend = Amend(add=pack(bitmap([1])), remove=pack(bitmap([1, 2])), **common())
    state = state_after([BulkSelect(records=pack(bitmap([1, 2])), **common()), amend])
    assert set(state.groups[DEFAULT].records) == {1}


def test_the_default_list_cannot_be_deleted() -> None:
    _, change = fold(new_state(), Position(1), DeleteGroup(**common()))
    assert change.outcome is Outcome.GROUP_GONE


def test_a_deleted_list_takes_nothing_until_it_is_restored_and_is_gone_after_a_purge() -> None:
    group = GroupId(new_id())
    here = common(group=group)
    records = pack(bitmap([1, 2]))
    state = state_after(
        [CreateGroup(name="a", **here), BulkSelect(records=records, **here), DeleteGroup(**here)]
    )
    _, refused = fold(state, Position(4), Select(record=RecordNo(1), **here))
    assert refused.outcome is Outcome.GROUP_GONE
    restored, change = fold(state, Position(4), RestoreGroup(records=records, **here))
    assert (restored.groups[group].name, set(change.added)) == ("a", {1, 2})
    purged, _ = fold(state, Position(4), PurgeGroup(**here))
    assert group not in purged.groups


def test_an_operation_of_somebody_else_is_a_matter_of_its_owner() -> None:
    """The fold works on one owner's state and never looks at another's."""
    stranger = UserId(new_id())
    state, _ = fold(new_state(), Position(1), Select(record=RecordNo(1), **common(owner=stranger)))
    assert state.owner == OWNER


@pytest.mark.parametrize("packed", [b"", b"nonsense", b"\x3a\x30\x00\x00\x01"])
def test_a_broken_set_is_a_value_error(packed: bytes) -> None:
    """Readers of the journal count on this one kind."""
    with pytest.raises(ValueError, match="itmap"):
        fold(new_state(), Position(1), BulkSelect(records=packed, **common()))
