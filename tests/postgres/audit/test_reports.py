"""Answers of reports against a naive evaluation of random histories, on real PostgreSQL."""

import random
from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
import pytest

from sertantai.audit.snapshots import Snapshots
from sertantai.core.ids import UserId
from sertantai.core.operations import UpdateGroup
from sertantai.files.report_rows import Row
from sertantai.postgres import Database, Role
from sertantai.reporting import paging, report
from sertantai.reporting.asked import asked_of
from sertantai.reporting.questions import question_named
from sertantai.reporting.report import Report
from sertantai.reporting.rows import Digest
from sertantai.reporting.service import Reporting
from sertantai.reporting.sight import ListSeen, Sight
from sertantai.sealing.notices import Kind, Notices
from tests.postgres.audit.conftest import Person

ADD_SETTINGS = "UPDATE uk_lrt_records SET family = 'Family ' || (record_no % 3)"
RECORDS = range(1, 11)


@dataclass
class Done:
    """One operation as whoever did it remembers it: which laws came, went and were noted."""

    at: datetime
    operation: UUID
    added: set[int]
    removed: dict[int, str | None]
    noted: dict[int, str] = field(default_factory=dict)


@dataclass
class History:
    """All that was done to one list, without a database."""

    done: list[Done] = field(default_factory=list)
    held: dict[int, str | None] = field(default_factory=dict)
    """Each law with its note."""

    def add(self, at: datetime, operation: UUID, records: Collection[int]) -> None:
        new = set(records) - self.held.keys()
        self.held |= dict.fromkeys(new)
        self._keep(Done(at, operation, new, {}))

    def remove(self, at: datetime, operation: UUID, records: Collection[int]) -> None:
        gone = {one: self.held.pop(one) for one in set(records) & self.held.keys()}
        self._keep(Done(at, operation, set(), gone))

    def note(self, at: datetime, operation: UUID, record: int, text: str) -> None:
        if record in self.held:
            self.held[record] = text
            self._keep(Done(at, operation, set(), {}, {record: text}))

    def _keep(self, done: Done) -> None:
        if done.added or done.removed or done.noted:
            self.done.append(done)

    def applicable(self, at: datetime) -> dict[int, tuple[datetime, str | None]]:
        found: dict[int, tuple[datetime, str | None]] = {}
        for one in self.done:
            if one.at <= at:
                found |= dict.fromkeys(one.added, (one.at, None))
                found = {record: value for record, value in found.items() if record not in one.removed}
                found |= {record: (found[record][0], text) for record, text in one.noted.items()}
        return found


async def random_history(somebody: Person, seed: int, steps: int) -> History:
    chance, history = random.Random(seed), History()
    for step in range(steps):
        records = chance.sample(RECORDS, chance.randint(1, 6))
        kind = chance.choice(["select", "deselect", "bulk", "bulk", "clear", "note", "note"])
        if kind == "select":
            change = await somebody.select(records[0])
            history.add(somebody.clock.now(), change.operation.id, records[:1])
        elif kind == "deselect":
            change = await somebody.deselect(records[0])
            history.remove(somebody.clock.now(), change.operation.id, records[:1])
        elif kind == "bulk":
            change = await somebody.bulk_select(*records, source=chance.choice(["hand", "import"]))
            history.add(somebody.clock.now(), change.operation.id, records)
        elif kind == "clear":
            change = await somebody.clear()
            history.remove(somebody.clock.now(), change.operation.id, RECORDS)
        else:
            change = await somebody.note(records[0], f"=note {step}")
            history.note(somebody.clock.now(), change.operation.id, records[0], f"=note {step}")
        somebody.clock.advance(chance.randint(0, 200_000))
    return history


def sight_of(somebody: Person, reporting: Reporting, *, personal: bool = True) -> Sight:
    async def names(people: Collection[UserId]) -> Mapping[UserId, str]:
        return {one: "Somebody" for one in people if one == somebody.id}

    async def still() -> None: ...

    return Sight(
        owner=somebody.id,
        whose="Mine",
        lists={somebody.group: ListSeen(somebody.group, "My selection", is_default=True)},
        whole=True,
        personal=personal,
        reading=reporting.reading(somebody.id),
        auditing=reporting.auditing(UserId(somebody.id)),
        names=names,
        still=still,
        events_of=UserId(somebody.id),
    )


class Asks:
    """Questions of one person, as rows with names."""

    def __init__(self, somebody: Person, snapshots: Snapshots, database: Database) -> None:
        self._somebody = somebody
        self._reporting = Reporting(snapshots, database, somebody.clock)
        self.personal = True

    def report(self, key: str, **given: str) -> Report:
        question = question_named(key)
        asked = asked_of(question, given, self._somebody.clock.now(), UTC)
        sight = sight_of(self._somebody, self._reporting, personal=self.personal)
        return self._reporting.report(sight, asked)

    async def rows(self, key: str, **given: str) -> list[dict[str, Any]]:
        report = self.report(key, **given)
        names = [column.name for column in report.columns]
        return [dict(zip(names, row, strict=True)) async for row in every(report)]


async def every(report: Report, chunk: int = 3) -> AsyncIterator[Row]:
    """In small pages: what is between them is what goes wrong."""
    async for page in report.pages(chunk):
        assert len(page) <= chunk
        for row in page:
            yield row


@pytest.fixture
async def asks(somebody: Person, snapshots: Snapshots, database: Database) -> Asks:
    return Asks(somebody, snapshots, database)


def name(record: int) -> str:
    return f"UK_test_{record}"


@pytest.mark.parametrize("seed", range(4))
async def test_every_question_is_answered_as_naively(
    somebody: Person, asks: Asks, superuser: Any, seed: int
) -> None:
    await superuser.execute(ADD_SETTINGS)
    history = await random_history(somebody, seed, 40)
    removals = [
        (one.at, name(record), note, str(one.operation))
        for one in history.done
        for record, note in one.removed.items()
    ]
    rows = await asks.rows("removals", period="all")
    found = [(row["at"], row["law"], row["note"], row["operation"]) for row in rows]
    assert sorted(found) == sorted(removals), "each removal once"
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)

    for law in (1, 5):
        rows = await asks.rows("law", law=name(law), period="all")
        touched = [one for one in history.done if law in {*one.added, *one.removed, *one.noted}]
        assert [row["operation"] for row in rows] == [str(one.operation) for one in touched][::-1]

    rows = await asks.rows("mass-changes", period="all", least="3")
    large = [one for one in history.done if len(one.added) + len(one.removed) + len(one.noted) >= 3]
    assert [(row["operation"], row["added"], row["removed"]) for row in rows] == [
        (str(one.operation), len(one.added), len(one.removed)) for one in large
    ][::-1]

    rows = await asks.rows("person", period="all", person=str(somebody.id))
    assert [row["operation"] for row in rows] == [str(one.operation) for one in history.done][::-1]


@pytest.mark.parametrize("seed", [10, 11])
async def test_what_was_applicable_at_a_moment_is_what_was_ticked_and_noted_by_then(
    somebody: Person, asks: Asks, seed: int
) -> None:
    history = await random_history(somebody, seed, 40)
    moments = [one.at for one in history.done[::7]]
    for moment in moments:
        at = moment.isoformat()
        rows = await asks.rows("applicable", list="default", at=at)
        expected = history.applicable(moment)
        assert {row["law"]: (row["since"], row["note"]) for row in rows} == {
            name(record): value for record, value in expected.items()
        }
        assert [row["law"] for row in rows] == sorted(row["law"] for row in rows)
    for before, after in pairwise(moments):
        at, then = before.isoformat(), after.isoformat()
        rows = await asks.rows("differences", list="default", at=at, then=then)
        one, two = history.applicable(before).keys(), history.applicable(after).keys()
        assert {row["law"] for row in rows if row["change"] == "added"} == set(map(name, two - one))
        assert {row["law"] for row in rows if row["change"] == "removed"} == set(map(name, one - two))


async def test_coverage_counts_each_family_of_the_register(
    somebody: Person, asks: Asks, superuser: Any
) -> None:
    await superuser.execute(ADD_SETTINGS + ", created_at = '2020-01-01'")
    await somebody.bulk_select(1, 2, 3, 4)
    await somebody.deselect(4)
    rows = await asks.rows("coverage", list="default")
    found = {row["name"]: (row["in_force"], row["held"], row["considered"], row["never"]) for row in rows}
    assert found == {"Family 0": (3, 1, 1, 2), "Family 1": (4, 1, 2, 2), "Family 2": (3, 1, 1, 2)}
    assert [row["share"] for row in rows] == [33, 25, 33]


async def test_outside_hours_are_nights_weekends_and_nothing_else(somebody: Person, asks: Asks) -> None:
    start = somebody.clock.now()
    expected = []
    for hour in range(0, 24 * 9, 5):  # nine days: each hour of the day on some day
        ahead = (start + timedelta(hours=hour) - somebody.clock.now()).total_seconds()
        somebody.clock.advance(max(0, ahead))
        change = await somebody.bulk_select(1 + hour % 10) if hour % 2 else await somebody.clear()
        at = somebody.clock.now()
        is_outside = at.weekday() >= 5 or not 8 <= at.hour < 18
        if is_outside and (change.added or change.removed):
            expected.append(str(change.operation.id))
    rows = await asks.rows("outside-hours", period="30-days")
    assert [row["operation"] for row in rows] == expected[::-1]
    assert expected


async def test_a_new_address_is_told_once(somebody: Person, asks: Asks) -> None:
    first = await somebody.select(1)
    await somebody.select(2)
    rows = await asks.rows("outside-hours", why="address", period="30-days")
    assert [row["operation"] for row in rows] == [str(first.operation.id)]
    assert [row["address"] for row in rows] == ["192.0.2.7"]


async def test_without_the_right_to_it_nothing_says_from_where(somebody: Person, asks: Asks) -> None:
    await somebody.select(1)
    await somebody.clear()
    asks.personal = False
    [row] = await asks.rows("removals", period="all")
    assert not {"address", "browser"} & row.keys()
    assert "192.0.2.7" not in str(row)
    with pytest.raises(Exception, match="audit_personal"):
        await asks.rows("outside-hours", why="address")


async def test_what_is_shown_ends_with_the_digest_of_its_rows_and_with_all_that_there_are(
    somebody: Person, asks: Asks, monkeypatch: pytest.MonkeyPatch
) -> None:
    for record in RECORDS:
        await somebody.select(record)
    await somebody.clear()
    whole = await asks.report("removals", period="all").shown()
    digest = Digest()
    digest.add(whole.rows)
    assert (whole.ending.rows, whole.ending.sha256, whole.ending.whole) == (10, digest.text, True)
    assert (whole.total, whole.is_counted) == (10, True)
    monkeypatch.setattr(report, "ROWS_SHOWN_MAX", 9)
    part = await asks.report("removals", period="all").shown()
    assert (len(part.rows), part.total, part.is_counted, part.ending.whole) == (9, 10, True, False)
    monkeypatch.setattr(paging, "COUNTED_ROWS_MAX", 9)
    monkeypatch.setattr(report, "COUNTED_ROWS_MAX", 9)
    part = await asks.report("removals", period="all").shown()
    assert (part.total, part.is_counted) == (10, False)
    file = b"".join([piece async for piece in asks.report("removals", period="all").file("ndjson")])
    assert f'"sha256":"{digest.text}"'.encode() in file.splitlines()[-1]


async def test_who_loses_the_right_gets_no_further_page(
    somebody: Person, asks: Asks, snapshots: Snapshots
) -> None:
    for record in RECORDS:
        await somebody.select(record)
    await somebody.clear()
    found = asks.report("removals", period="all")
    asked: list[int] = []

    async def still() -> None:
        asked.append(1)
        if len(asked) > 2:
            raise PermissionError("the right has ended")

    found.sight = msgspec.structs.replace(found.sight, still=still)
    pages = found.pages(3)
    assert [len(await anext(pages)), len(await anext(pages))] == [3, 3]
    with pytest.raises(PermissionError):
        await anext(pages)


async def test_notices_are_told_among_what_was_done_and_only_to_whom_they_concern(
    somebody: Person, another: Person, asks: Asks, database: Database, notices: Notices
) -> None:
    """Commitments are left out, and of the whole installation what names somebody."""

    async def tell(kind: Kind, subject: UUID | None, **body: Any) -> None:
        somebody.clock.advance(1)
        async with database.transaction(Role.ACCOUNTS) as connection:
            await notices.tell(connection, kind, subject=subject, by=UserId(somebody.id), body=body)

    await tell(Kind.RETENTION, None, what="dropped", month="2025-01", owners=[str(another.id)])
    await tell(Kind.ERASURE, another.id, what="erased", rows=3)
    await tell(Kind.ERASURE, somebody.id, what="erased", rows=4, email="ab" * 32)
    await tell(Kind.ACCESS, somebody.group, what="export", form="csv")
    await tell(Kind.ACCESS, another.group, what="export", form="csv")
    await somebody.do(UpdateGroup, metadata={"colour": "teal"})
    await tell(Kind.POLICY, somebody.id, what="set", keep_months=24)

    dropped = [(row["what"], row["details"]) for row in await asks.rows("dropped")]
    assert dropped == [
        ("How long things are stored: set", "keep_months: 24"),
        ("Erasure of a person: erased", "rows: 4"),
        ("History dropped: dropped", "month: 2025-01"),
    ]
    [access] = await asks.rows("access")
    assert (access["what"], access["list"], access["by"]) == ("Access: export", "My selection", "Somebody")
    rules = await asks.rows("rules")
    assert [row["what"] for row in rules] == ["How long things are stored: set", "Changed the list"]
    shown = await asks.report("rules").shown()
    assert (shown.total, sum(shown.counts)) == (2, 2)
