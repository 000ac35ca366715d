"""A list as it was, and how busy its days were."""

from datetime import timedelta

from sertantai.audit.moments import Moments
from sertantai.core.bitmaps import bitmap
from sertantai.postgres import Database
from sertantai.selections.engine import Engine
from tests.postgres.audit.conftest import Person


async def test_a_list_is_shown_as_it_was_at_a_moment(
    database: Database, engine: Engine, somebody: Person
) -> None:
    await somebody.bulk_select(1, 2, 3)
    early = somebody.clock.now()
    await somebody.deselect(2)
    await somebody.select(7)
    late = somebody.clock.now()
    await somebody.clear()
    await engine.flush()

    moments = Moments(database)
    assert await moments.as_of(somebody.id, somebody.group, early) == bitmap([1, 2, 3])
    assert await moments.as_of(somebody.id, somebody.group, late) == bitmap([1, 3, 7])
    assert await moments.as_of(somebody.id, somebody.group, somebody.clock.now()) == bitmap([])
    before = early - timedelta(seconds=5)
    assert await moments.as_of(somebody.id, somebody.group, before) == bitmap([])
    difference = await moments.between(somebody.id, somebody.group, early, late)
    assert (difference.added, difference.removed) == (bitmap([7]), bitmap([2]))


async def test_activity_counts_changes_a_day(database: Database, engine: Engine, somebody: Person) -> None:
    await somebody.bulk_select(1, 2, 3)
    first = somebody.clock.now().date()
    somebody.clock.advance(86_400)
    await somebody.deselect(2)
    await engine.flush()

    activity = await Moments(database).activity(somebody.id, first, first + timedelta(days=30))

    assert activity == {first: 3, first + timedelta(days=1): 1}
