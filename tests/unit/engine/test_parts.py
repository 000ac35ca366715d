"""Where a large operation is divided follows from itself alone: each part is a leaf of the sealed log."""

from itertools import count
from pathlib import Path
from typing import Any

import pytest

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.operations import BulkDeselect, BulkSelect
from sertantai.sync import bounds
from sertantai.sync.bounds import PART_RECORDS, SyncBounds
from sertantai.sync.store import Batch, RowChange
from tests.simulation.database import SimulatedStore
from tests.unit.engine.engine_house import ANN, LIST_OF, House, by
from tests.unit.engine.test_bounds import batches_of

LAWS = pack(bitmap(range(1, 18)))


async def parts(
    tmp_path: Path, limit: int, reason: str | None = None, answers_until: int = 100, **most: Any
) -> list[list[int]]:
    """``reason``: of their removal, which is divided then. The answer to the write after so many others is
    lost, once it is written."""

    async def work(house: House) -> None:
        house.engine._sync._records_limit = limit
        await house.engine.perform(BulkSelect(records=LAWS, **by(ANN, LIST_OF[ANN])))
        if reason is not None:
            await house.engine.perform(BulkDeselect(records=LAWS, reason=reason, **by(ANN, LIST_OF[ANN])))
        lose_answer(house, answers_until)

    written = await batches_of(tmp_path, work, **most)
    said = None if reason is None else {"reason": reason}
    found: list[list[int]] = [
        [row.record for row in _rows(batch) if row.metadata == said] for batch in written
    ]
    return [numbers for numbers in found if numbers]


def lose_answer(house: House, until: int) -> None:
    store, written = house.engine.store, count(1)
    assert isinstance(store, SimulatedStore)
    apply = store.apply

    async def losing(batch: Batch) -> None:
        await apply(batch)
        if next(written) == until:
            raise DatabaseUnavailable("The connection was lost after COMMIT was sent.")

    store.apply = losing  # type: ignore[method-assign]  # to break it


def _rows(batch: Batch) -> list[RowChange]:
    return [row for operation in batch.operations for row in operation.rows]


@pytest.mark.parametrize(("limit", "most"), [(3, 8), (8, 8), (50, 50)])
async def test_parts_are_the_same_however_quick_the_database_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, most: int
) -> None:
    monkeypatch.setattr(bounds, "PART_RECORDS", 8)
    found = await parts(tmp_path, limit, sync_records_max=most)
    assert [len(one) for one in found] == [8, 8, 1]


@pytest.mark.parametrize(("limit", "answers_until"), [(50, 100), (3, 100), (50, 4), (50, 6)])
async def test_parts_of_what_people_wrote_are_the_same_wherever_it_is_begun_again(
    tmp_path: Path, limit: int, answers_until: int
) -> None:
    """With each row a word is said beside the reason: three are one part, and all reasons alone would be."""
    bounds = {"sync_bytes_max": 52, "sync_backoff_s_max": 0.01}
    found = await parts(tmp_path, limit, "x", answers_until, **bounds)
    assert [len(one) for one in found] == [3, 3, 3, 3, 3, 2]


def test_a_part_is_no_larger_than_a_transaction() -> None:
    assert SyncBounds(sync_records_max=7).part_records == 7
    assert SyncBounds(sync_records_max=9_000).part_records == PART_RECORDS
