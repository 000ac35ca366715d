"""Checkpoints: a large one in parts, and one that cannot be written stops nobody."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.errors import JournalUnavailable
from sertantai.core.ids import OwnerId, Position, RecordNo
from sertantai.core.operations import Annotate, Select
from sertantai.engine.bounds import Bounds
from sertantai.journal.protocol import Checkpoint
from tests.unit.engine.engine_house import ANN, BEN, LIST_OF, House, by, noted


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    # Trimmed only when a test says so.
    made = House(tmp_path, Bounds(sync_interval_s=0, trim_interval_s=3600, journal_keep_operations=0))
    await made.open()
    yield made
    await made.close()


async def test_a_large_owner_is_written_in_parts_and_read_from_them(house: House) -> None:
    await house.add(ANN, noted(1, 300, 9_000))
    before = await house.engine.state(ANN)
    await house.engine._checkpoints.save_all()
    parts = await house.journal.checkpoint_parts(ANN)
    assert len(parts) > 3
    assert max(map(len, parts.values())) < 600_000
    await house.close()
    house.database.down = True
    await house.open()
    assert await house.engine.state(ANN) == before
    house.database.down = False


async def test_only_parts_that_changed_are_written_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.add(ANN, noted(1, 300, 9_000))
    await house.engine._checkpoints.save_all()
    before = await house.journal.checkpoint_parts(ANN)
    written: list[int] = []
    keep_parts = house.journal.keep_parts

    async def counted(parts: Mapping[OwnerId, Mapping[bytes, bytes]]) -> None:
        written.extend(len(body) for some in parts.values() for body in some.values())
        await keep_parts(parts)

    monkeypatch.setattr(house.journal, "keep_parts", counted)
    await house.engine.perform(Select(record=RecordNo(900), **by(ANN, LIST_OF[ANN])))
    await house.engine._checkpoints.save_all()
    assert sum(written) < 10_000, "a tick writes no notes"
    one = Annotate(records=pack(bitmap([300])), changes={"note": "other"}, **by(ANN, LIST_OF[ANN]))
    await house.engine.perform(one)
    await house.engine._checkpoints.save_all()
    assert 0 < sum(written) < 700_000
    after = await house.journal.checkpoint_parts(ANN)
    assert len(after) == len(before), "parts that are none any more are gone"


async def test_a_checkpoint_that_cannot_be_written_stops_no_trimming(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the file says of one owner's state; the others' are written, and the journal is trimmed."""
    trim = house.journal.trim

    async def too_big(upto: Position, checkpoints: Mapping[OwnerId, Checkpoint]) -> Any:
        if ANN in checkpoints:
            raise JournalUnavailable("The journal cannot be used: string or blob too big.")
        return await trim(upto, checkpoints)

    await house.add(ANN, noted(1, 3, 100))
    await house.engine._checkpoints.save_all()
    assert await house.journal.checkpoint(ANN) is not None
    monkeypatch.setattr(house.journal, "trim", too_big)
    await house.add(ANN, noted(4, 3, 100))
    await house.add(BEN, noted(1, 3, 100))
    await house.engine.flush()
    await house.engine._checkpoints.save_all()
    assert house.journal.first == house.journal.last + 1
    assert await house.journal.checkpoint(BEN) is not None
    assert await house.journal.checkpoint(ANN) is None, "an old one would not be the whole story"
    ann = await house.engine.hot_owner(ANN)
    assert ann.life.may_leave(house.engine.status().sync.position)


async def test_what_reached_postgresql_is_kept_for_so_many_days_only(tmp_path: Path) -> None:
    house = House(tmp_path, Bounds(sync_interval_s=0, trim_interval_s=3600, journal_keep_s=30 * 86_400.0))
    await house.open()
    for record in (1, 2):  # of January
        await house.engine.perform(Select(record=RecordNo(record), **by(ANN, LIST_OF[ANN])))
    now = {**by(ANN, LIST_OF[ANN]), "at": datetime.now(UTC)}
    await house.engine.perform(Select(record=RecordNo(3), **now))
    await house.engine.flush()
    await house.engine._checkpoints.save_all()
    assert house.journal.first == 3
    await house.close()
