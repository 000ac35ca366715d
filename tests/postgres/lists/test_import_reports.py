"""Reports of imports: each owner's own, the newest as far as there is room, and none without its list."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.errors import Forbidden, NotFound
from sertantai.core.ids import GroupId, OperationId, OwnerId, RecordId, UserId
from sertantai.core.operations import Origin
from sertantai.core.state import GroupState, OwnerState
from sertantai.lists.access import Allowed
from sertantai.lists.importing import kept_reports
from sertantai.lists.importing.kept_reports import ImportReports, ReportTooLong
from sertantai.lists.importing.reports import OUTCOMES, PackedReport, ReportLine, packed, unpacked
from sertantai.postgres import Database, Role
from sertantai.process.new_ids import new_id
from tests.fixtures.postgres import made_user

LINES = [
    ReportLine(1, "Noise Act 1996", "imported", RecordId(UUID(int=1)), "by title"),
    ReportLine(2, "House rules", "missing"),
]


class Hot:
    """An owner in memory, as far as reports ask."""

    dropped = False

    def __init__(self, state: OwnerState) -> None:
        self.state = state


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def reports(database: Database, clock: ManualClock) -> ImportReports:
    return ImportReports(database, clock)


async def somebody(database: Database) -> OwnerId:
    return OwnerId(await made_user(database))


def lists_of(owner: OwnerId, clock: ManualClock, count: int = 1) -> list[Allowed]:
    """Lists that are not in PostgreSQL yet, as those that were made a moment ago."""
    at = clock.now()
    groups = [GroupState(GroupId(new_id()), f"List {number}", at, at) for number in range(count)]
    hot: Any = Hot(OwnerState(owner, {group.id: group for group in groups}))
    by = Origin(UserId(owner))
    return [Allowed(by, None, owner, hot, lambda: at, None, group=group) for group in groups]


async def imported(
    reports: ImportReports, found: Allowed, clock: ManualClock, report: PackedReport | None = None
) -> UUID:
    """An import in one request, a minute after whatever was before."""
    clock.advance(60)
    id = new_id()
    await reports.keep(found, id, OperationId(new_id()), report or packed(LINES))
    return id


async def test_an_import_is_kept_read_and_removed(
    database: Database, reports: ImportReports, clock: ManualClock
) -> None:
    (found,) = lists_of(await somebody(database), clock)
    id = await imported(reports, found, clock)
    (kept,) = await reports.of_list(found)
    assert (kept.id, kept.actor_id, kept.lines) == (id, found.actor, 2)
    assert kept.outcomes == {**dict.fromkeys(OUTCOMES, 0), "imported": 1, "missing": 1}
    assert kept.imported_at == clock.now()
    (part,) = await reports.parts(found, id)
    assert part.not_found == 1
    assert unpacked(await reports.report(found, id, part)) == LINES
    await reports.remove(found, id)
    assert await reports.of_list(found) == []
    for gone in (
        reports.remove(found, id),
        reports.parts(found, id),
        reports.report(found, id, part),
    ):
        with pytest.raises(NotFound):
            await gone


async def test_parts_are_one_import_and_sent_again_they_are_the_same(
    database: Database, reports: ImportReports, clock: ManualClock
) -> None:
    (found,) = lists_of(await somebody(database), clock)
    id, first, second = new_id(), OperationId(new_id()), OperationId(new_id())
    for operation in (first, second, first):
        clock.advance(1)
        await reports.keep(found, id, operation, packed(LINES))
    (kept,) = await reports.of_list(found)
    assert (kept.lines, kept.outcomes["missing"]) == (4, 2)
    assert [part.operation for part in await reports.parts(found, id)] == [first, second]


async def test_a_list_has_its_own_newest_first(
    database: Database, reports: ImportReports, clock: ManualClock
) -> None:
    one, other = lists_of(await somebody(database), clock, 2)
    first = await imported(reports, one, clock)
    beside = await imported(reports, other, clock)
    second = await imported(reports, one, clock)
    assert [kept.id for kept in await reports.of_list(one)] == [second, first]
    assert [kept.id for kept in await reports.of_list(other)] == [beside]
    with pytest.raises(NotFound):
        await reports.remove(one, beside)


async def test_nobody_reads_or_removes_anothers(
    database: Database, reports: ImportReports, clock: ManualClock
) -> None:
    (found,) = lists_of(await somebody(database), clock)
    (other,) = lists_of(await somebody(database), clock)
    id = await imported(reports, found, clock)
    as_theirs = Allowed(other.by, None, other.owner, other.hot, other.now, None, group=found.group)
    assert await reports.of_list(as_theirs) == []
    with pytest.raises(NotFound):
        await reports.remove(as_theirs, id)
    assert len(await reports.of_list(found)) == 1


PLANTED = """
INSERT INTO import_reports
  SELECT $1, group_id, import_id, gen_random_uuid(), actor_id, imported_at, 0, 0, 0, 0, 0, 0, 0, report
    FROM import_reports LIMIT 1
"""


@pytest.mark.parametrize(
    "statement", [PLANTED, "UPDATE import_reports SET user_id = $1", "UPDATE import_reports SET missing = 0"]
)
async def test_row_security_holds_for_writing_too_and_nothing_is_rewritten(
    database: Database, reports: ImportReports, clock: ManualClock, statement: str
) -> None:
    owner, (other,) = await somebody(database), lists_of(await somebody(database), clock)
    await imported(reports, other, clock)
    with pytest.raises(Forbidden):
        async with database.transaction(Role.APP, other.owner) as connection:
            await connection.execute(statement, *([owner] if "$1" in statement else []))


async def test_without_somebodys_id_there_is_nothing(
    database: Database, reports: ImportReports, clock: ManualClock
) -> None:
    (found,) = lists_of(await somebody(database), clock)
    await imported(reports, found, clock)
    async with database.transaction(Role.APP) as connection:
        assert await connection.fetch("SELECT import_id FROM import_reports") == []
        assert await connection.execute("DELETE FROM import_reports") == "DELETE 0"


def filler(size: int) -> PackedReport:
    return PackedReport(dict.fromkeys(OUTCOMES, 0), size, b"x" * size)


async def test_the_oldest_of_a_list_goes_and_other_lists_keep_theirs(
    database: Database, reports: ImportReports, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_reports, "IMPORTS_OF_LIST_MAX", 2)
    found, other = lists_of(await somebody(database), clock, 2)
    beside = await imported(reports, other, clock)
    ids = [await imported(reports, found, clock) for _ in range(3)]
    assert [kept.id for kept in await reports.of_list(found)] == [ids[2], ids[1]]
    assert [kept.id for kept in await reports.of_list(other)] == [beside]


async def test_a_list_holds_so_many_bytes(
    database: Database, reports: ImportReports, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_reports, "LIST_BYTES_MAX", 100)
    found, other = lists_of(await somebody(database), clock, 2)
    beside = await imported(reports, other, clock, filler(90))
    whole = [await imported(reports, found, clock, filler(50)) for _ in range(2)]
    assert [kept.id for kept in await reports.of_list(found)] == whole[::-1], "as much as there may be"
    more = await imported(reports, found, clock, filler(1))
    assert [kept.id for kept in await reports.of_list(found)] == [more, whole[1]]
    assert [kept.id for kept in await reports.of_list(other)] == [beside]


@pytest.mark.parametrize(("bound", "most"), [("IMPORTS_OF_OWNER_MAX", 2), ("OWNER_BYTES_MAX", 100)])
async def test_the_oldest_of_an_owner_goes_and_other_people_keep_theirs(
    database: Database,
    reports: ImportReports,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
    most: int,
) -> None:
    monkeypatch.setattr(kept_reports, bound, most)
    lists = lists_of(await somebody(database), clock, 3)
    (stranger,) = lists_of(await somebody(database), clock)
    await imported(reports, stranger, clock, filler(50))
    for found in lists:
        await imported(reports, found, clock, filler(50))
    assert [len(await reports.of_list(found)) for found in lists] == [0, 1, 1]
    assert len(await reports.of_list(stranger)) == 1


@pytest.mark.parametrize(
    ("bound", "most"), [("PARTS_MAX", 2), ("IMPORT_BYTES_MAX", 100), ("PLAIN_BYTES_MAX", 100)]
)
async def test_an_import_has_so_much_of_a_report_and_what_is_kept_stays(
    database: Database,
    reports: ImportReports,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    bound: str,
    most: int,
) -> None:
    monkeypatch.setattr(kept_reports, bound, most)
    (found,) = lists_of(await somebody(database), clock)
    id, operations = new_id(), [OperationId(new_id()) for _ in range(3)]
    for operation in operations[:2]:
        await reports.keep(found, id, operation, filler(50))
    with pytest.raises(ReportTooLong):
        await reports.keep(found, id, operations[2], filler(1))
    await reports.keep(found, id, operations[1], filler(50))  # sent again, it takes no room
    assert len(await reports.parts(found, id)) == 2


async def test_the_table_takes_what_an_import_may_have(
    database: Database, reports: ImportReports, clock: ManualClock
) -> None:
    (found,) = lists_of(await somebody(database), clock)
    await imported(reports, found, clock, filler(kept_reports.IMPORT_BYTES_MAX))
    assert len(await reports.of_list(found)) == 1


async def test_they_go_with_their_list_in_the_same_transaction(
    database: Database, reports: ImportReports, clock: ManualClock
) -> None:
    owner = await somebody(database)
    found, other = lists_of(owner, clock, 2)
    for one in (found, other):
        await imported(reports, one, clock)
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute(
            "INSERT INTO user_selection_groups (user_id, id, name) VALUES ($1, $2, 'Ended')",
            owner,
            found.group.id,
        )
    assert len(await reports.of_list(found)) == 1
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute(
            "DELETE FROM user_selection_groups WHERE (user_id, id) = ($1, $2)", owner, found.group.id
        )
    assert (await reports.of_list(found), len(await reports.of_list(other))) == ([], 1)


async def test_what_is_left_of_a_list_that_never_came_to_the_database_goes_with_the_next(
    database: Database, reports: ImportReports, clock: ManualClock
) -> None:
    """Made, imported into and ended between two of the synchroniser's batches."""
    gone, found = lists_of(await somebody(database), clock, 2)
    await imported(reports, gone, clock)
    hot: Any = gone.hot
    hot.state = OwnerState(found.owner, {found.group.id: found.group})
    hot.dropped = True
    await imported(reports, found, clock)
    assert len(await reports.of_list(gone)) == 1, "what is not in memory is not known to be gone"
    hot.dropped = False
    await imported(reports, found, clock)
    assert (await reports.of_list(gone), len(await reports.of_list(found))) == ([], 2)


async def test_they_go_with_their_user(
    database: Database,
    reports: ImportReports,
    clock: ManualClock,
    superuser: "asyncpg.Connection[asyncpg.Record]",
) -> None:
    (found,) = lists_of(await somebody(database), clock)
    await imported(reports, found, clock)
    async with database.transaction(Role.ACCOUNTS) as connection:
        await connection.execute("DELETE FROM users WHERE id = $1", found.owner)
    assert await superuser.fetchval("SELECT count(*) FROM import_reports") == 0


async def test_the_newest_stays_whenever_it_was_imported(
    database: Database, reports: ImportReports, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part that comes late makes its whole import new."""
    monkeypatch.setattr(kept_reports, "IMPORTS_OF_LIST_MAX", 1)
    (found,) = lists_of(await somebody(database), clock)
    long = await imported(reports, found, clock)
    await imported(reports, found, clock)
    assert [kept.id for kept in await reports.of_list(found)] != [long]
    clock.advance(timedelta(minutes=1).total_seconds())
    await reports.keep(found, long, OperationId(new_id()), packed(LINES))
    assert [kept.id for kept in await reports.of_list(found)] == [long]
