"""The newest of what everybody did: found in the last days, not among all years; and nothing is left out."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.ids import OwnerId
from sertantai.reporting import paging
from sertantai.reporting.asked import asked_of
from sertantai.reporting.of_trail import LAW
from sertantai.reporting.paging import FIRST_LOOK_BACK, counted, newest_first
from sertantai.reporting.questions import question_named
from sertantai.reporting.sight import of_everybody

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALL = {"period": "all", "until": "2026-06-09"}
Key = tuple[datetime, UUID]


class Row(dict[str, Any]):
    """Of a tick, of which nothing else is known."""

    def __missing__(self, name: str) -> Any:
        return {"metadata": {}, "action": "select"}.get(name)


class Trail:
    """Answers as the statements do, from what was done so many hours ago; ``looks``: since when each."""

    def __init__(self, hours_ago: Sequence[int]) -> None:
        done = [(NOW - hours * HOUR, UUID(int=number + 1)) for number, hours in enumerate(hours_ago)]
        self.done = sorted(done, reverse=True)
        self.looks: list[datetime] = []

    async def fetch(self, statement: str, _owner: Any, since: datetime, *rest: Any) -> list[dict[str, Any]]:
        self.looks.append(since)
        before: Key = (rest[0], rest[1])
        if statement == "count":
            *_, limit, edges = rest
            found = self._between(since, before)[:limit]
            buckets = [bisect_left(edges, at + timedelta.resolution) for at, _ in found]
            return [{"bucket": bucket, "n": buckets.count(bucket)} for bucket in set(buckets)]
        return [Row(at=at, id=id) for at, id in self._between(since, before)[: rest[-1]]]

    async def fetchval(self, _statement: str, _law: str) -> int:
        return 1

    def _between(self, since: datetime, before: Key) -> list[Key]:
        return [one for one in self.done if one[0] >= since and one < before]

    def sight(self, owner: OwnerId | None = None) -> Any:
        async def reading(read: Any, _waits: bool = False, /) -> Any:
            return await read(self)

        async def nothing(*_: Any) -> Any:
            return {}

        found = of_everybody(reading, nothing, nothing)
        return msgspec.structs.replace(found, owner=owner)


def asked() -> Any:
    return asked_of(question_named("everything"), ALL, NOW, UTC)


async def _pages(trail: Trail, chunk: int, owner: OwnerId | None = None) -> list[list[Any]]:
    pages = newest_first(
        *(trail.sight(owner), asked(), "rows", (), lambda row, _names: (row["at"], row["id"]), chunk),
        people=lambda _row: (),
    )
    return [page async for page in pages]


# In the year 4 as well, and tomorrow: clocks may have been wrong.
AGO = st.one_of(st.integers(-30, 24), st.integers(0, 24 * 400), st.integers(0, 24 * 365 * 2_020))


@given(st.lists(AGO, max_size=40), st.integers(1, 12))
async def test_all_is_found_once_and_the_newest_first(hours_ago: list[int], chunk: int) -> None:
    trail = Trail(hours_ago)
    pages = await _pages(trail, chunk)
    assert [row for page in pages for row in page] == trail.done
    assert all(len(page) == chunk for page in pages[:-1])


@given(st.lists(AGO, max_size=40), st.integers(1, 60))
async def test_as_many_are_counted_and_the_newest_of_too_many(hours_ago: list[int], most: int) -> None:
    trail, edges = Trail(hours_ago), [NOW - timedelta(days=days) for days in (700, 30, 7, 1)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "COUNTED_ROWS_MAX", most)
        patch.setattr(paging, "moments_as_text", lambda moments: moments)
        counts = await counted(trail.sight(), asked(), "count", (), edges)
    newest = trail.done[: most + 1]
    wanted = [bisect_left(edges, at + timedelta.resolution) for at, _ in newest]
    assert counts == [wanted.count(bucket) for bucket in range(len(edges) + 1)]


async def test_the_newest_are_looked_for_in_the_last_days() -> None:
    trail = Trail(range(5_000))
    pages = newest_first(
        *(trail.sight(), asked(), "rows", (), lambda row, _names: (row["at"],), 20),
        people=lambda _row: (),
    )
    await anext(pages)
    assert trail.looks == [NOW - FIRST_LOOK_BACK]


async def test_of_one_owner_all_is_read_at_once() -> None:
    trail = Trail([1, 100, 100_000])
    assert len(await _pages(trail, 10, OwnerId(UUID(int=7)))) == 1
    assert trail.looks == [asked().since]


async def test_all_of_one_law_too_of_which_there_is_an_index() -> None:
    trail, law = Trail([1, 100, 100_000]), asked_of(question_named("law"), {**ALL, "law": "UK_1"}, NOW, UTC)
    pages = [page async for page in LAW.pages(trail.sight(), law, 10)]
    assert ([len(page) for page in pages], trail.looks) == ([3], [law.since])
