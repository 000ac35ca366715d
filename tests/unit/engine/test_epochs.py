"""In which the versions of lists compare: one version within it is one content."""

from pathlib import Path
from typing import cast
from uuid import UUID

import pytest

from sertantai.core.ids import JournalId, OwnerId
from sertantai.engine import epochs as module
from sertantai.engine.epochs import READ_ANEW_MAX, Epochs
from sertantai.journal.protocol import Journal
from sertantai.sync.store import Watermark
from tests.simulation.database import SimulatedStore
from tests.unit.engine.test_bounds import house_with, tick

ANNA, BERT, CARA = (OwnerId(UUID(int=number)) for number in (1, 2, 3))
IN_NO_REGISTER = 5_000


class Known:
    epoch = "one"


@pytest.fixture
def journal() -> Known:
    return Known()


@pytest.fixture
def epochs(journal: Known) -> Epochs:
    return Epochs(cast(Journal, journal))


def test_who_is_read_anew_begins_another_and_nobody_else_does(epochs: Epochs) -> None:
    before = {one: epochs.of(one) for one in (ANNA, BERT)}
    epochs.read_anew(ANNA)
    once = epochs.of(ANNA)
    assert once != before[ANNA]
    assert epochs.of(BERT) == before[BERT]
    epochs.read_anew(ANNA)
    assert epochs.of(ANNA) not in (once, before[ANNA])


def test_with_the_journals_all_begin_another(epochs: Epochs, journal: Known) -> None:
    before = epochs.of(ANNA)
    journal.epoch = "two"
    assert epochs.of(ANNA) != before


def test_a_restart_begins_another_only_where_something_was_set_aside(journal: Known) -> None:
    one, two, three = (Epochs(cast(Journal, journal)) for _ in range(3))
    one.begin(4)
    two.begin(4)
    three.begin(5)
    assert one.of(ANNA) == two.of(ANNA) != three.of(ANNA)


def test_where_nobody_knows_it_is_another_each_time(journal: Known) -> None:
    assert len({Epochs(cast(Journal, journal)).of(ANNA) for _ in range(20)}) == 20


def test_more_than_are_remembered_are_all(epochs: Epochs, monkeypatch: pytest.MonkeyPatch) -> None:
    assert READ_ANEW_MAX >= 1_000
    monkeypatch.setattr(module, "READ_ANEW_MAX", 2)
    before = epochs.of(CARA)
    epochs.read_anew(ANNA)
    epochs.read_anew(BERT)
    assert epochs.of(CARA) == before
    epochs.read_anew(ANNA)
    assert epochs.of(CARA) != before, "nobody is taken for one who was not read anew"


async def test_a_start_over_which_a_stand_by_took_over_begins_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had set aside was known as lists were read, and is not any more as the journal is claimed: with
    what they show neither count goes."""
    take = SimulatedStore.take

    async def taken_over(store: SimulatedStore, journal: JournalId) -> Watermark:
        store.database.tables = before
        return await take(store, journal)

    async with house_with(tmp_path) as house:
        before = house.database.tables.copy()
        await house.engine.perform(tick(IN_NO_REGISTER))
        await house.engine.flush()
        begun = []
        for taking in (take, taken_over):
            await house.close()
            monkeypatch.setattr(SimulatedStore, "take", taking)
            await house.open()
            begun.append(house.engine.epochs.of_all)
        journal = house.journal.epoch
    assert begun[0] == f"{journal}-1"
    assert begun[1] not in {f"{journal}-0", f"{journal}-1"}
