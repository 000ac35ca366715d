"""A list that begins as a copy: what the fold makes of it, and who may make it."""

from typing import Any
from uuid import UUID

import pytest

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.changes import Outcome, replace
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, UserId
from sertantai.core.notes import Notes
from sertantai.core.operations import (
    Annotation,
    CopiedFrom,
    CreateGroup,
    Expel,
    Origin,
    SetGrant,
    decode,
    encode,
)
from sertantai.core.rights import Level
from sertantai.core.state import weight_bytes
from sertantai.core.stored_state import decode_state, encode_state
from sertantai.core.weight import growth_bytes, notes_named, records_named
from sertantai.sync.audit_metadata import metadata_of, metadata_of_rows
from tests.unit.core.organization import ADMIN, DEFAULT, MEMBER, Organization
from tests.unit.core.strategies import AT, OWNER, new_state

COPY, SOURCE = GroupId(UUID(int=50)), GroupId(UUID(int=51))
NOTES: dict[int, Annotation] = {2: {"note": "as at Leeds", "rank": 1}}


def copy(**fields: Any) -> CreateGroup:
    said = {
        "id": OperationId(UUID(int=60)),
        "owner": OWNER,
        "group": COPY,
        "at": AT,
        "origin": Origin(UserId(OWNER)),
        "name": "York",
        "records": pack(bitmap([1, 2, 3])),
        "annotations": NOTES,
        "copied_from": CopiedFrom(SOURCE, OWNER, Position(4)),
    }
    return CreateGroup(**{**said, **fields})


def test_it_holds_what_was_copied_and_knows_from_where() -> None:
    state, change = fold(new_state(), Position(9), copy())
    made = state.groups[COPY]
    assert (change.outcome, set(change.added)) == (Outcome.APPLIED, {1, 2, 3})
    assert (set(made.records), dict(made.annotations), made.version) == ({1, 2, 3}, NOTES, 9)
    assert made.copied_from == CopiedFrom(SOURCE, OWNER, Position(4))
    assert decode_state(encode_state(state)) == state, "as a checkpoint and the database have it"
    again, change = fold(state, Position(9), copy())
    assert (again, change.outcome) == (state, Outcome.UNCHANGED)


def test_half_written_it_is_completed_and_only_then() -> None:
    whole, _ = fold(new_state(), Position(9), copy())
    half = replace(whole.groups[COPY], records=bitmap([1, 3]), annotations=Notes({}))
    state, change = fold(whole.with_group(half), Position(9), copy())
    assert (set(change.added), state) == ({2}, whole)
    later = replace(half, version=Position(10))
    state, change = fold(whole.with_group(later), Position(9), copy())
    assert change.outcome is Outcome.UNCHANGED, "somebody has unticked a law since"
    assert set(state.groups[COPY].records) == {1, 3}


def test_it_is_weighed_with_all_that_is_in_it() -> None:
    empty, state = new_state(), new_state()
    operation = copy(annotations=Notes(NOTES))
    assert (records_named(operation, state), notes_named(operation)) == (3, 1)
    after, _ = fold(state, Position(9), operation)
    assert weight_bytes(after) - weight_bytes(empty) <= growth_bytes(operation, state)


def test_an_older_journal_says_nothing_of_copies() -> None:
    operation = copy(records=b"", annotations={}, copied_from=None)
    assert decode(encode(operation)) == operation
    assert decode(encode(copy())) == copy()
    before, _ = fold(new_state(), Position(9), operation)
    assert (before.groups[COPY].count, before.groups[COPY].copied_from) == (0, None)


def test_the_trail_says_it_once_and_not_with_each_law() -> None:
    said = metadata_of(copy())
    assert said is not None
    assert said["copied_from"] == {"list": str(SOURCE), "owner": str(OWNER), "version": 4}
    assert metadata_of_rows(copy()) == {"copied": True}


@pytest.mark.parametrize("ended", ["ungranted", "expelled"])
def test_what_one_may_not_read_any_more_one_does_not_copy(ended: str) -> None:
    """Asked at its own place in the log, whatever the door has said before."""
    office = Organization()
    restricted = office.make_list(ADMIN, "Baseline", restricted=True)
    source = CopiedFrom(restricted, office.state.owner, Position(1))
    fields: dict[str, Any] = {"name": "York", "records": pack(bitmap([1])), "copied_from": source}
    assert office.outcome(MEMBER, CreateGroup, COPY, **fields) is Outcome.FORBIDDEN
    office.do(ADMIN, SetGrant, restricted, grantee=MEMBER, level=Level.VIEW)
    assert office.outcome(MEMBER, CreateGroup, COPY, **fields) is Outcome.APPLIED
    if ended == "ungranted":
        office.do(ADMIN, SetGrant, restricted, grantee=MEMBER, level=None)
    else:
        office.do(ADMIN, Expel, member=MEMBER)
    assert office.outcome(MEMBER, CreateGroup, COPY, **fields) is Outcome.FORBIDDEN
    open_ = {**fields, "copied_from": CopiedFrom(DEFAULT, office.state.owner, Position(1))}
    allowed = Outcome.APPLIED if ended == "ungranted" else Outcome.FORBIDDEN
    assert office.outcome(MEMBER, CreateGroup, COPY, **open_) is allowed
    elsewhere = CopiedFrom(restricted, OwnerId(UUID(int=3)), Position(1))
    assert office.outcome(ADMIN, CreateGroup, COPY, **{**fields, "copied_from": elsewhere}) is Outcome.APPLIED
