"""In which the versions of lists compare: one version within it is one content."""

from uuid import UUID

import pytest

from sertantai.core.ids import OwnerId
from sertantai.engine import engine as engines
from sertantai.engine.engine import READ_ANEW_MAX, Engine
from sertantai.engine.feed import Feed, ReadAnew

ANNA, BERT, CARA = (OwnerId(UUID(int=number)) for number in (1, 2, 3))


class Journal:
    epoch = "one"


@pytest.fixture
def engine() -> Engine:
    made = object.__new__(Engine)
    made.journal = Journal()  # type: ignore[assignment]  # what the epoch asks of it
    made.feed, made._rejected_before, made._anew = Feed(), "0", {}
    return made


def test_who_is_read_anew_begins_another_and_nobody_else_does(engine: Engine) -> None:
    reader, before = engine.feed.subscribe(), {one: engine.epoch(one) for one in (ANNA, BERT)}
    engine._read_anew(ANNA)
    assert engine.epoch(ANNA) != before[ANNA]
    assert engine.epoch(BERT) == before[BERT]
    assert reader.at_hand() == [ReadAnew(ANNA)]
    once = engine.epoch(ANNA)
    engine._read_anew(ANNA)
    assert engine.epoch(ANNA) != once


def test_with_the_journals_all_begin_another(engine: Engine) -> None:
    before = engine.epoch(ANNA)
    engine.journal.epoch = "two"  # type: ignore[misc]  # as the real one does by itself
    assert engine.epoch(ANNA) != before


def test_more_than_are_remembered_are_all(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert READ_ANEW_MAX >= 1_000
    monkeypatch.setattr(engines, "READ_ANEW_MAX", 2)
    before = engine.epoch(CARA)
    engine._read_anew(ANNA)
    engine._read_anew(BERT)
    assert engine.epoch(CARA) == before
    engine._read_anew(ANNA)
    assert engine.epoch(CARA) != before, "nobody is taken for one who was not read anew"
