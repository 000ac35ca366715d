"""What goes through many notes is folded beside the event loop, and nobody sees a half of it."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from pyroaring import BitMap

from sertantai.core.bitmaps import pack
from sertantai.core.fold import Change, fold
from sertantai.core.ids import Position, RecordNo
from sertantai.core.operations import Annotate, ClearAll, Operation, Select, encode
from sertantai.core.state import OwnerState
from sertantai.engine.bounds import Bounds
from sertantai.sync import folding
from sertantai.sync.folding import decoded, fold_beside
from tests.unit.engine.engine_house import ANN, BEN, LIST_OF, House, by, noted

AT_HAND_MAX = 3
MANY = range(1, 9)
REVIEWED = {"reviewed_at": "2026-01-01T00:00:00Z"}


class Folds:
    """Folds that wait until they are let, where they are made by another thread than the loop's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(folding, "NOTES_AT_HAND_MAX", AT_HAND_MAX)
        monkeypatch.setattr(folding, "fold", self._fold)
        self._loop = asyncio.get_running_loop()
        self._loops = threading.get_ident()
        self.begun = asyncio.Event()
        self.let = threading.Event()

    def _fold(self, state: OwnerState, position: Position, operation: Operation) -> tuple[OwnerState, Change]:
        if threading.get_ident() != self._loops:
            self._loop.call_soon_threadsafe(self.begun.set)
            assert self.let.wait(30), "nobody let it"
        return fold(state, position, operation)


@pytest.fixture
async def folds(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Folds]:
    made = Folds(monkeypatch)
    yield made
    made.let.set()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = House(tmp_path, Bounds())
    await made.open()
    await made.add(ANN, noted(1, len(MANY), 10))
    await made.engine.state(BEN)
    await made.engine.flush()
    yield made
    await made.close()


def reviewed(records: range = MANY) -> Operation:
    return Annotate(records=pack(BitMap(records)), changes=REVIEWED, **by(ANN, LIST_OF[ANN]))


def cleared() -> Operation:
    return ClearAll(**by(ANN, LIST_OF[ANN]))


@pytest.mark.parametrize("made", [reviewed, cleared])
async def test_a_list_is_as_it_was_until_its_long_fold_is_made(
    house: House, folds: Folds, made: Callable[[], Operation]
) -> None:
    before = await house.engine.state(ANN)
    was = repr(before)
    working = asyncio.create_task(house.engine.perform(made()))
    await asyncio.wait_for(folds.begun.wait(), 30)
    assert (await house.engine.state(ANN)) is before
    assert not working.done()
    folds.let.set()
    change = await working
    assert change.changed == len(MANY)
    assert repr(before) == was
    assert (await house.list(ANN)).version == change.position


async def test_what_comes_behind_a_long_fold_is_folded_after_it(house: House, folds: Folds) -> None:
    working = asyncio.create_task(house.engine.perform(cleared()))
    await asyncio.wait_for(folds.begun.wait(), 30)
    ticking = [
        asyncio.create_task(house.engine.perform(Select(record=RecordNo(one), **by(owner, LIST_OF[owner]))))
        for owner, one in ((ANN, 1), (BEN, 2))
    ]
    await asyncio.sleep(0)
    folds.let.set()
    cleared_at = (await working).position
    for ticked in await asyncio.gather(*ticking):
        assert ticked.position > cleared_at
        assert ticked.changed == 1
    assert set((await house.list(ANN)).records) == {1}


async def test_the_synchroniser_folds_beside_the_loop_too(house: House, folds: Folds) -> None:
    folds.let.set()
    house.database.down = True
    change = await house.engine.perform(reviewed())
    folds.begun.clear()
    folds.let.clear()
    house.database.down = False
    flushed = asyncio.create_task(house.engine.flush())
    await asyncio.wait_for(folds.begun.wait(), 30)
    assert house.engine.status().sync.position < change.position
    folds.let.set()
    await flushed
    rows = house.database.tables.rows[ANN, LIST_OF[ANN]]
    assert all(rows[RecordNo(number)].items() >= REVIEWED.items() for number in MANY)


async def test_a_few_notes_are_folded_at_once(house: House, folds: Folds) -> None:
    change = await house.engine.perform(reviewed(range(1, AT_HAND_MAX + 1)))
    assert change.changed == AT_HAND_MAX
    assert not folds.begun.is_set()


async def test_a_large_entry_is_read_as_a_small_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    operation: Any = reviewed()
    at_hand = await decoded(encode(operation))
    monkeypatch.setattr(folding, "BYTES_AT_HAND_MAX", 0)
    assert await decoded(encode(operation)) == at_hand == operation


async def test_a_long_fold_says_what_is_wrong_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "NOTES_AT_HAND_MAX", 0)
    broken = Annotate(records=b"", changes=REVIEWED, **by(ANN, LIST_OF[ANN]))
    with pytest.raises(ValueError, match="empty string"):
        await fold_beside(OwnerState(ANN, {}), Position(1), broken)
