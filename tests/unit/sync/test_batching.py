"""What the synchroniser would write, applied to plain rows, is what the fold says."""

from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.fold import Change, Outcome, fold
from sertantai.core.ids import JournalId, OperationId, Position, UserId
from sertantai.core.operations import LIST_KINDS, Annotate, BulkSelect, ClearAll, Operation, Origin
from sertantai.core.state import OwnerState
from sertantai.process.new_ids import new_id
from sertantai.sync.batching import BatchBuilder, alone, is_one_part, text_written
from sertantai.sync.store import Batch
from tests.simulation.database import Tables, stored_state, write_batch
from tests.unit.core.strategies import AT, DEFAULT, OWNER, histories, new_state, record_operations

JOURNAL = JournalId(new_id())


def tables_of(state: OwnerState) -> Tables:
    return Tables(groups={OWNER: dict(state.groups)}, watermarks={JOURNAL: (Position(0), False)})


def contents(state: OwnerState | None) -> object:
    assert state is not None
    return {
        key: (g.name, g.description, g.metadata, g.version, set(g.records), dict(g.annotations))
        for key, g in state.groups.items()
    }


def written(tables: Tables, changes: list[Change], batch_size: int, records_max: int) -> list[Batch]:
    """The batches of ``changes``, made as the synchroniser makes them, written to ``tables``."""
    batches: list[Batch] = []
    after = Position(0)
    builder = BatchBuilder(JOURNAL, after, 0)
    for change in changes:
        if type(change.operation) in LIST_KINDS or change.changed > records_max:
            if builder.entries:
                batches.append(builder.build())
                after = batches[-1].upto
            batches.extend(alone(JOURNAL, after, 0, change, records_max))
            after = change.position
            builder = BatchBuilder(JOURNAL, after, 0)
            continue
        builder.add(change, text_written(change))
        if builder.entries == batch_size:
            batches.append(builder.build())
            after = change.position
            builder = BatchBuilder(JOURNAL, after, 0)
    if builder.entries:
        batches.append(builder.build())
    for batch in batches:
        write_batch(tables, batch)
    return batches


def folded(history: list[Operation]) -> tuple[OwnerState, list[Change]]:
    state, changes = new_state(), []
    for number, operation in enumerate(history, 1):
        state, change = fold(state, Position(number), operation)
        changes.append(change)
    return state, changes


@given(history=histories, batch_size=st.integers(1, 30), records_max=st.integers(1, 12))
def test_rows_are_what_the_fold_says_however_the_batches_are_cut(
    history: list[Operation], batch_size: int, records_max: int
) -> None:
    state, changes = folded(history)
    tables = tables_of(new_state())
    written(tables, changes, batch_size, records_max)
    assert contents(stored_state(tables, OWNER)) == contents(state)
    assert tables.watermarks[JOURNAL] == (len(history), False)


@given(history=histories, batch_size=st.integers(1, 30), records_max=st.integers(1, 12))
def test_every_change_of_a_record_has_one_audit_row(
    history: list[Operation], batch_size: int, records_max: int
) -> None:
    _, changes = folded(history)
    batches = written(tables_of(new_state()), changes, batch_size, records_max)
    audited = Counter(
        (operation.position, row.record, _kind(row.action))
        for batch in batches
        for operation in batch.operations
        for row in operation.rows
    )
    expected = Counter(
        (change.position, record, kind)
        for change in changes
        for kind, records in (("+", change.added), ("-", change.removed), ("note", change.annotated))
        for record in records
    )
    assert audited == expected


def _kind(action: str) -> str:
    return "note" if action == "annotate" else "+" if action in {"select", "bulk_select"} else "-"


@given(history=histories, records_max=st.integers(1, 12))
def test_a_change_of_a_list_has_one_audit_row_of_its_own(history: list[Operation], records_max: int) -> None:
    _, changes = folded(history)
    batches = written(tables_of(new_state()), changes, 5, records_max)
    told = [o.position for batch in batches for o in batch.operations if o.group_action]
    changed = [c.position for c in changes if type(c.operation) in LIST_KINDS and c.outcome == "applied"]
    assert told == changed


def test_a_change_that_would_be_written_nowhere_is_never_passed_over() -> None:
    """It was acknowledged: whoever adds a kind and forgets what it writes is told so."""
    state = new_state()
    operation = ClearAll(
        id=OperationId(new_id()), owner=OWNER, group=DEFAULT, at=AT, origin=Origin(UserId(OWNER))
    )
    nothing = Change(Position(1), operation, Outcome.APPLIED, state.groups[DEFAULT])
    with pytest.raises(AssertionError):
        BatchBuilder(JOURNAL, Position(0), 0).add(nothing, 0)
    with pytest.raises(AssertionError):
        BatchBuilder(JOURNAL, Position(0), 0).add(msgspec.structs.replace(nothing, group=None), 0)
    with pytest.raises(AssertionError):
        list(alone(JOURNAL, Position(0), 0, nothing, 100))


@given(history=st.lists(record_operations, min_size=1, max_size=12), crash=st.integers(0, 40))
def test_a_crash_between_the_parts_of_a_large_operation_is_made_good(
    history: list[Operation], crash: int
) -> None:
    """After it the operation is folded again on what the database holds: rows and audit end up the same."""
    tables = tables_of(new_state())
    audit: Counter[tuple[Position, int]] = Counter()
    for number, operation in enumerate(history, 1):
        position = Position(number)
        for part in range(crash % 7 + 1):
            state = stored_state(tables, OWNER)
            assert state is not None
            _, change = fold(state, position, operation)
            parts = tables.watermarks.get(JOURNAL, (Position(0), 0))[1]
            batches = list(alone(JOURNAL, Position(number - 1), parts, change, 2))
            crashed = len(batches) > 1 and part < crash % 7
            for batch in batches[:1] if crashed else batches:
                write_batch(tables, batch)
                audit.update((o.position, row.record) for o in batch.operations for row in o.rows)
            if not crashed:
                break
    state, changes = folded(history)
    rows = stored_state(tables, OWNER)
    assert rows is not None
    assert rows.groups[DEFAULT].records == state.groups[DEFAULT].records
    assert rows.groups[DEFAULT].annotations == state.groups[DEFAULT].annotations
    assert audit == Counter(
        (c.position, record)
        for c in changes
        for records in (c.added, c.removed, c.annotated)
        for record in records
    )


def test_the_batches_of_a_large_change_are_made_one_by_one() -> None:
    """Made at once they would hold up the event loop, and fill memory, in proportion to the change."""
    operation = BulkSelect(
        id=OperationId(new_id()),
        owner=OWNER,
        group=DEFAULT,
        at=AT,
        origin=Origin(UserId(OWNER)),
        records=pack(bitmap(range(100_000))),
    )
    _, change = fold(new_state(), Position(1), operation)
    batches = alone(JOURNAL, Position(0), 0, change, 2_000)
    first = next(batches)
    assert (first.parts, first.parts_after, first.upto, first.records) == (0, 1, 0, 2_000)
    rest = list(batches)
    assert len(rest) == 49
    assert (rest[-1].parts, rest[-1].parts_after, rest[-1].upto) == (1 + len(rest) - 1, 0, 1)


@given(history=histories, records_max=st.integers(1, 5), bytes_max=st.integers(1, 80))
def test_slices_by_bytes_lead_where_the_fold_leads(
    history: list[Operation], records_max: int, bytes_max: int
) -> None:
    state, changes = folded(history)
    tables, after = tables_of(new_state()), Position(0)
    for change in changes:
        for batch in alone(JOURNAL, after, 0, change, records_max, bytes_max):
            write_batch(tables, batch)
        after = change.position
    assert contents(stored_state(tables, OWNER)) == contents(state)


def test_a_note_on_many_records_comes_in_transactions_of_few_bytes() -> None:
    """Each of its rows has the note, and so has each of its audit rows."""
    common: dict[str, Any] = {"owner": OWNER, "group": DEFAULT, "at": AT, "origin": Origin(UserId(OWNER))}
    records = pack(bitmap(range(1, 101)))
    selected, _ = fold(
        new_state(), Position(1), BulkSelect(id=OperationId(new_id()), records=records, **common)
    )
    note = Annotate(id=OperationId(new_id()), records=records, changes={"note": "x" * 10_000}, **common)
    _, change = fold(selected, Position(2), note)
    assert text_written(change) >= 2 * 100 * 10_000
    batches = list(alone(JOURNAL, Position(1), 0, change, 2_000, 200_000))
    assert len(batches) >= 10
    assert sum(batch.records for batch in batches) == 100


@given(histories, st.integers(1, 5_000))
def test_what_is_taken_for_one_part_is_not_divided(history: list[Operation], bytes_max: int) -> None:
    """Also where that is not looked at row by row."""
    for change in folded(history)[1]:
        if change.outcome is Outcome.APPLIED and type(change.operation) not in LIST_KINDS:
            parts = list(alone(JOURNAL, Position(0), 0, change, 2_000, bytes_max))
            text = text_written(change)
            assert is_one_part(change, text, 2_000, bytes_max, begun=False) == (len(parts) == 1)
