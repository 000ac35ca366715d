"""Two people write over the same note: whoever comes second is told, however close together they come."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pyroaring import BitMap

from sertantai.core.operations import Annotation
from sertantai.core.rights import Right
from sertantai.engine.bounds import Bounds
from sertantai.engine.errors import AnnotationChanged
from sertantai.engine.repeats import Repeats
from sertantai.lists.access import Access
from sertantai.lists.actions import Actions, Bulk
from sertantai.process.system_clock import SystemClock
from tests.unit.engine.engine_house import ANN, House, noted
from tests.unit.lists.test_access import EveryLaw, asking

LAW = BitMap((1,))


class Desk:
    def __init__(self, house: House) -> None:
        self.house = house
        self._actions = Actions(
            house.engine,
            house.effects,
            EveryLaw(),
            SystemClock(),
            Repeats(house.engine, house.asked, house.effects.of),
        )

    async def write(self, changes: Annotation, *, expected: Annotation) -> Bulk:
        found = await Access(self.house.engine).list_of(asking(ANN), "default", Right.NOTE)
        return await self._actions.annotate(found, LAW, changes, expected=expected)

    async def stands(self) -> Annotation:
        return (await self.house.list(ANN)).annotations.get(1, {})


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    house = House(tmp_path, Bounds())
    await house.open()
    await house.add(ANN, noted(1, 1, 1))
    yield Desk(house)
    await house.close()


async def test_of_two_within_one_write_to_the_disk_the_second_is_refused(desk: Desk) -> None:
    expected = dict(await desk.stands())
    first, second = await asyncio.gather(
        desk.write({"note": "first"}, expected=expected),
        desk.write({"note": "second"}, expected=expected),
        return_exceptions=True,
    )
    assert isinstance(first, Bulk)
    assert first.changed == 1
    assert isinstance(second, AnnotationChanged)
    assert (second.code, second.field) == ("annotation_changed", "expected.note")
    assert await desk.stands() == {"note": "first"}
    await desk.house.engine.flush()
    await desk.house.engine.release(ANN)
    assert await desk.stands() == {"note": "first"}, "and so it is in the database"


async def test_what_is_expected_may_be_spelled_as_a_page_shows_it(desk: Desk) -> None:
    await desk.write({"note": "One\nTwo", "tags": ["x", "y"]}, expected={"note": "1"})
    await desk.write({"note": "Three"}, expected={"note": " One\r\nTwo ", "tags": ["Y", "x"]})
    await desk.write({"tags": None}, expected={"note": "Three", "tags": ["x, y"]})
    await desk.write({"note": None}, expected={"note": "Three", "tags": []})
    assert await desk.stands() == {}


@pytest.mark.parametrize("never", ["n" * 10_001, "bell\x07", "half \ud800"])
async def test_what_can_stand_nowhere_does_not(desk: Desk, never: str) -> None:
    with pytest.raises(AnnotationChanged):
        await desk.write({"note": "new"}, expected={"note": never})
    assert await desk.stands() == {"note": "1"}


async def test_nothing_is_expected_of_who_expects_nothing(desk: Desk) -> None:
    assert (await desk.write({"note": "new"}, expected={})).changed == 1
