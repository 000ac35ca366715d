"""Operations and states for Hypothesis: few records and lists, so that operations meet one another."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, RecordNo
from sertantai.core.operations import (
    Amend,
    Annotate,
    BulkDeselect,
    BulkSelect,
    ClearAll,
    CopiedFrom,
    CreateGroup,
    DeleteGroup,
    Deselect,
    Operation,
    Origin,
    PurgeGroup,
    RestoreGroup,
    Select,
    UpdateGroup,
)
from sertantai.core.state import GroupState, OwnerState

OWNER = OwnerId(UUID(int=1))
DEFAULT = GroupId(UUID(int=10))
GROUPS = [DEFAULT, *(GroupId(UUID(int=number)) for number in (11, 12))]
AT = datetime(2026, 1, 1, tzinfo=UTC)

numbers = st.integers(1, 8)
packed = st.sets(numbers, max_size=8).map(bitmap).map(pack)
names = st.sampled_from(["a", "b", "c"])
notes: st.SearchStrategy[dict[str, Any]] = st.dictionaries(
    st.sampled_from(["note", "rank"]), st.one_of(st.none(), st.integers(0, 2)), max_size=2
)
reasons = st.sampled_from([None, "site closed"])
kept_notes = st.dictionaries(numbers, st.just({"note": "kept"}), max_size=4)
_common = {
    "id": st.uuids().map(OperationId),
    "owner": st.just(OWNER),
    "group": st.sampled_from(GROUPS),
    "at": st.just(AT),
    "origin": st.builds(Origin, st.just(OWNER), session=st.sampled_from([None, "s"])),
}
record_operations: st.SearchStrategy[Operation] = st.one_of(
    st.builds(Select, record=numbers.map(RecordNo), **_common),
    st.builds(Deselect, record=numbers.map(RecordNo), reason=reasons, **_common),
    st.builds(BulkSelect, records=packed, **_common),
    st.builds(BulkDeselect, records=packed, reason=reasons, **_common),
    st.builds(ClearAll, reason=reasons, **_common),
    st.builds(
        Amend,
        add=packed,
        remove=packed,
        annotations=kept_notes,
        annotate=st.dictionaries(numbers, notes, max_size=4),
        reason=reasons,
        **_common,
    ),
    st.builds(Annotate, records=packed, changes=notes, **_common),
    st.builds(Annotate, records=packed, changes=notes, expected=notes, **_common),
)


def _copies_of(found: set[int]) -> st.SearchStrategy[Operation]:
    return st.builds(
        CreateGroup,
        name=names,
        records=st.just(pack(bitmap(found))),
        annotations=st.just({number: {"note": "kept"} for number in found if number % 2}),
        copied_from=st.just(CopiedFrom(GROUPS[1], OWNER, Position(1))),
        **_common,
    )


group_operations: st.SearchStrategy[Operation] = st.one_of(
    st.builds(CreateGroup, name=names, **_common),
    st.sets(numbers, max_size=8).flatmap(_copies_of),
    st.builds(
        UpdateGroup, name=st.one_of(st.none(), names), description=st.sampled_from([None, "", "d"]), **_common
    ),
    st.builds(DeleteGroup, reason=reasons, **_common),
    st.builds(RestoreGroup, records=packed, annotations=kept_notes, **_common),
    st.builds(PurgeGroup, **_common),
)
operations = st.one_of(record_operations, record_operations, group_operations)
histories = st.lists(operations, max_size=12)


def new_state() -> OwnerState:
    return OwnerState(OWNER, {DEFAULT: GroupState(DEFAULT, "default", AT, AT, is_default=True)})


def state_after(history: list[Operation]) -> OwnerState:
    state = new_state()
    for position, operation in enumerate(history, 1):
        state, _ = fold(state, Position(position), operation)
    return state
