"""Where a large operation is divided follows from itself alone: each part is a leaf of the sealed log."""

from pathlib import Path

import pytest

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.operations import BulkSelect
from sertantai.sync import bounds
from sertantai.sync.bounds import PART_RECORDS, SyncBounds
from sertantai.sync.store import Batch
from tests.unit.engine.engine_house import ANN, LIST_OF, House, by
from tests.unit.engine.test_bounds import batches_of


async def parts(tmp_path: Path, limit: int, **most: int) -> list[list[int]]:
    async def work(house: House) -> None:
        house.engine._sync._records_limit = limit
        await house.engine.perform(BulkSelect(records=pack(bitmap(range(1, 18))), **by(ANN, LIST_OF[ANN])))

    written = await batches_of(tmp_path, work, **most)
    return [numbers for batch in written if (numbers := _numbers(batch))]


def _numbers(batch: Batch) -> list[int]:
    return [row.record for operation in batch.operations for row in operation.rows]


@pytest.mark.parametrize(("limit", "most"), [(3, 8), (8, 8), (50, 50)])
async def test_parts_are_the_same_however_quick_the_database_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, most: int
) -> None:
    monkeypatch.setattr(bounds, "PART_RECORDS", 8)
    found = await parts(tmp_path, limit, sync_records_max=most)
    assert [len(one) for one in found] == [8, 8, 1]


def test_a_part_is_no_larger_than_a_transaction() -> None:
    assert SyncBounds(sync_records_max=7).part_records == 7
    assert SyncBounds(sync_records_max=9_000).part_records == PART_RECORDS
