"""Whoever changes the trail in the database, with whatever rights, is found by what was sealed."""

import errno
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import asyncpg
import pytest

from sertantai.audit import verify_seals as verify_seals_module
from sertantai.audit.as_found import tell_as_found
from sertantai.audit.comparing.differences import SealFault, SealVerification
from sertantai.audit.verify_seals import verify_seals
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.clock import ManualClock
from sertantai.core.operations import Annotate, BulkSelect
from sertantai.engine.engine import Engine
from sertantai.postgres import Connection, Database
from sertantai.postgres.roles import Role
from sertantai.sealing import files, sealer
from sertantai.sealing.blinds import Blinds
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import begin, newest_log
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.reached import HistoryDiffers
from sertantai.sealing.sealer import Sealer
from tests.postgres.audit.conftest import Person, add_person

Superuser = "asyncpg.Connection[asyncpg.Record]"
MANY = 40
ADD_MORE = """
INSERT INTO uk_lrt_records (name, title_en)
SELECT 'UK_more_' || n, 'Further law ' || n FROM generate_series(1, 40) n ORDER BY n
"""
NEWEST = "position = (SELECT max(position) FROM audit_leaves)"


class Story(NamedTuple):
    ann: Person
    database: Database
    superuser: "asyncpg.Connection[asyncpg.Record]"
    sealer: Sealer
    notices: Notices
    folder: Path

    async def verified(self, heads: Sequence[str] = ()) -> SealVerification:
        return await verify_seals(self.database, self.folder, self.ann.engine.journal.id, heads)

    async def tell(self, count: int) -> None:
        async with self.database.transaction(Role.SYNC) as connection:
            for number in range(count):
                await self.notices.tell(connection, Kind.CHECKED, body={"number": number})

    async def tamper(self, statement: str, *args: object) -> None:
        """As somebody who may do everything in the database."""
        await self.superuser.execute("SET session_replication_role = replica")
        await self.superuser.execute("ALTER TABLE selection_audit_log DISABLE TRIGGER USER")
        await self.superuser.execute("ALTER TABLE audit_notices DISABLE TRIGGER USER")
        await self.superuser.execute(statement, *args)

    @property
    def files(self) -> TrailFiles:
        return TrailFiles(newest_log(self.folder))


@pytest.fixture
async def story(
    engine: Engine,
    database: Database,
    superuser: "asyncpg.Connection[asyncpg.Record]",
    clock: ManualClock,
    sealer: Sealer,
    notices: Notices,
    tmp_path: Path,
) -> Story:
    """Ticks, a note, forty laws at once, an edit, a list of its own and a clearing: all sealed."""
    await superuser.execute(ADD_MORE)
    ann = await add_person(superuser, engine, clock, "ann@example.org")
    await ann.select(1)
    await ann.select(2)
    await ann.note(1, "as at Leeds")
    await ann.deselect(2)
    await ann.do(BulkSelect, records=pack(bitmap(range(11, 11 + MANY))))
    await ann.do(Annotate, records=pack(bitmap(range(11, 31))), changes={"note": "all alike", "tags": ["a"]})
    site = await ann.make_list("Site")
    await ann.do_note(site, 1, "nothing is ticked here")
    await ann.clear()
    await engine.flush()
    async with database.transaction(Role.SYNC) as connection:
        await notices.tell(connection, Kind.POLICY, by=ann.id, body={"class": "deeds", "months": 84})
    await tell_as_found(database, notices)
    await sealer.seal()
    return Story(ann, database, superuser, sealer, notices, tmp_path)


async def test_what_nobody_touched_is_clean(story: Story) -> None:
    found = await story.verified()
    assert found.differences == []
    assert (found.entries, found.notices, found.waiting, found.before) == (8, 2, 0, 0)
    assert found.size == 10


LEAF, GONE, FORGED = SealFault.LEAF_DIFFERS, SealFault.ROWS_GONE, SealFault.ROW_WITHOUT_LEAF
IN_THE_MIDDLE = (
    "SELECT min(id::text) FROM selection_audit_log WHERE record_no = 20 AND action = 'bulk_select'"
)
CELLS = {
    "the actor": ("SET actor_id = gen_random_uuid() WHERE record_no = 1 AND action = 'select'", LEAF),
    "the month, and so where it is kept": (
        "SET created_at = created_at - interval '40 days' WHERE action = 'deselect'",
        LEAF,
    ),
    "the part": ("SET part = 1 WHERE record_no = 1 AND action = 'select'", FORGED),
    "a note among many": (
        """SET metadata = jsonb_set(metadata, '{changes,note}', '"other"') WHERE record_no = 25
                  AND action = 'annotate'""",
        LEAF,
    ),
    "the name of a law": (
        "SET record_name = 'UK_test_9' WHERE record_no = 20 AND action = 'bulk_select'",
        LEAF,
    ),
    "the address": ("SET ip_address = '198.51.100.9' WHERE record_no = 1 AND action = 'select'", LEAF),
    "the place": ("SET position = 7777 WHERE record_no = 1 AND action = 'select'", FORGED),
    "the journal": ("SET journal_id = gen_random_uuid() WHERE record_no = 1 AND action = 'select'", GONE),
    "its being sealed": (
        "SET journal_id = NULL WHERE record_no = 1 AND action = 'select'",
        SealFault.NOT_SEALED,
    ),
    "one of forty": (
        "SET ip_address = NULL WHERE record_no = 20 AND action = 'bulk_select'",
        SealFault.ROWS_DIFFER,
    ),
}


@pytest.mark.parametrize("cell", CELLS)
async def test_a_changed_cell_is_found(story: Story, cell: str) -> None:
    """By its own name; `test_each_cell.py` changes all others."""
    change, fault = CELLS[cell]
    await story.tamper(f"UPDATE selection_audit_log {change}")
    assert fault in {one.fault for one in (await story.verified()).differences}


@pytest.mark.parametrize(
    "which", ["action = 'select'", "record_no = 20 AND action = 'bulk_select'", "record_no IS NULL"]
)
async def test_a_deleted_row_is_found(story: Story, which: str) -> None:
    await story.tamper(f"DELETE FROM selection_audit_log WHERE {which}")
    assert (await story.verified()).differences


async def test_a_deleted_row_is_named_by_its_list_and_day(story: Story) -> None:
    await story.tamper("DELETE FROM selection_audit_log WHERE record_no = 20 AND action = 'bulk_select'")
    [first, *_] = (await story.verified()).differences
    assert first.fault is LEAF
    assert (first.owner, first.group) == (story.ann.id, story.ann.group)
    assert "bulk_select of 39 laws in the list" in first.said
    assert f"{first.at:%Y-%m-%d}" in first.said


async def test_one_change_is_one_fault(story: Story) -> None:
    """Entries name the one before them; those behind a change are not found to be false with it."""
    await story.tamper(f"UPDATE selection_audit_log {CELLS['the address'][0]}")
    assert len((await story.verified()).differences) == 1


async def test_an_invented_row_is_found(story: Story) -> None:
    await story.tamper(
        """ INSERT INTO selection_audit_log (user_id, actor_id, record_id, record_no, record_name, action,
        group_id, selection_group, operation_id, position, metadata, created_at, journal_id, part) SELECT
        user_id, actor_id, record_id, record_no, record_name, 'annotate', group_id, selection_group,
        gen_random_uuid(), position + 1000, '{"changes": {"note": "I knew"}}', created_at - interval '30
        days', journal_id, 0 FROM selection_audit_log WHERE record_no = 1 AND action = 'select'
        """
    )
    [found] = (await story.verified()).differences
    assert found.fault is FORGED
    assert "was never sealed" in found.said


async def test_a_row_twice_is_found(story: Story) -> None:
    await story.tamper(
        """
        INSERT INTO selection_audit_log
        SELECT (jsonb_populate_record(l, jsonb_build_object('id', gen_random_uuid()))).*
          FROM selection_audit_log l WHERE record_no = 1 AND action = 'select'
        """
    )
    assert {one.fault for one in (await story.verified()).differences} == {LEAF}


async def test_everything_deleted_is_found(story: Story) -> None:
    await story.tamper("DELETE FROM selection_audit_log")
    found = await story.verified()
    assert {one.fault for one in found.differences} == {GONE}
    assert len(found.differences) == 8


async def test_leaves_chains_and_keys_of_the_database_prove_nothing(story: Story) -> None:
    """Whoever fits them to a changed trail is found by the files."""
    await story.tamper(f"UPDATE selection_audit_log {CELLS['the actor'][0]}")
    await story.tamper("DELETE FROM audit_leaves")
    await story.tamper("UPDATE audit_chains SET head = sha256('x')")
    assert {one.fault for one in (await story.verified()).differences} == {LEAF}


async def test_a_changed_or_deleted_notice_is_found(story: Story) -> None:
    await story.tamper(
        "UPDATE audit_notices SET body = jsonb_set(body, '{months}', '1') WHERE kind = 'policy'"
    )
    assert [one.fault for one in (await story.verified()).differences] == [SealFault.NOTICE_DIFFERS]
    await story.tamper("DELETE FROM audit_notices WHERE kind = 'policy'")
    assert [one.fault for one in (await story.verified()).differences] == [SealFault.NOTICE_GONE]


async def test_after_a_start_all_is_sealed_at_once_however_much_was_before(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sealed is passed over in one go, what was committed late is found, and old heads go."""
    for name in ("LISTED_AT_ONCE", "NOTICES_AT_ONCE", "TOLD_BACK"):
        monkeypatch.setattr(sealer, name, 2)
    await story.tell(9)
    await story.sealer.seal()
    heads = newest_log(story.folder) / "heads"
    heads.write_bytes(
        re.sub(rb"^--- .*$", b"--- 2020-01-02T03:04:05Z", heads.read_bytes(), flags=re.MULTILINE)
    )
    assert len(list(story.files.notes())) == 6, "one each time"

    journal = story.ann.engine.journal.id
    again = Sealer(story.database, begin(story.folder, journal, None), journal, macs_in(story.folder))
    async with story.database.transaction(Role.SYNC) as late:
        await story.notices.tell(late, Kind.CHECKED, body={"late": 1})
        await story.tell(1)
        await again.seal()
    await again.seal()
    assert len(set(story.files.notice_lines())) == len(list(story.files.notice_lines())) == 13
    assert len(list(story.files.notes())) == 3, "of the day the last, and two that were signed now"
    found = await story.verified()
    assert (found.differences, found.notices, found.heads) == ([], 13, 3)


async def test_leaves_that_somebody_else_wrote_are_not_sealed(story: Story) -> None:
    await story.ann.select(5)
    await story.ann.engine.flush()
    await story.tamper(f"UPDATE audit_leaves SET leaves = sha256('x') WHERE {NEWEST}")
    with pytest.raises(HistoryDiffers, match="was not written by this server"):
        await story.sealer.seal()
    assert story.files.newest_head().size == 10  # type: ignore[union-attr]  # a head was signed


async def test_a_notice_that_somebody_else_wrote_is_not_sealed(story: Story) -> None:
    await story.tamper(
        "INSERT INTO audit_notices (at, kind, body, mac) VALUES (now(), 'erasure', '{}', sha256('x'))"
    )
    with pytest.raises(HistoryDiffers, match="was not written by this server"):
        await story.sealer.seal()


async def test_what_another_server_on_the_database_told_is_for_its_own_log(
    story: Story, database: Database, clock: ManualClock, tmp_path: Path
) -> None:
    sealed = len(list(story.files.notice_lines()))
    other = tmp_path / "another"
    others = Notices(macs_in(other), Blinds(other), clock)
    await story.tamper(f"INSERT INTO sync_watermarks (journal_id, position) VALUES ('{uuid4()}', 0)")
    for teller in (others, story.notices, story.notices):
        async with database.transaction(Role.SYNC) as connection:
            await teller.tell(connection, Kind.CHECKED, body={"law": 1})
        await story.sealer.seal()
    assert len(list(story.files.notice_lines())) == sealed + 2
    assert (await story.verified()).differences == []


async def test_a_forged_number_makes_nobody_pass_over_what_is_told_later(
    story: Story, database: Database, tmp_path: Path
) -> None:
    """Where there are other servers, what this one did not write may be theirs."""
    sealed = len(list(story.files.notice_lines()))
    await story.tamper(f"INSERT INTO sync_watermarks (journal_id, position) VALUES ('{uuid4()}', 0)")
    async with database.transaction(Role.SYNC) as connection:
        await connection.execute(
            "INSERT INTO audit_notices (told, at, kind, body, mac) OVERRIDING SYSTEM VALUE"
            " SELECT 4611686018427387904 + n, now(), 'access', '{}', sha256('x')"
            "   FROM generate_series(1, 3) AS n"
        )
    await story.sealer.seal()
    async with database.transaction(Role.SYNC) as connection:
        await story.notices.tell(connection, Kind.CHECKED, body={"law": 1})
    await story.sealer.seal()
    assert len(list(story.files.notice_lines())) == sealed + 1


async def test_rows_from_before_the_log_are_as_they_were_found(
    story: Story, superuser: "asyncpg.Connection[asyncpg.Record]"
) -> None:
    await story.tamper("DELETE FROM audit_notices")
    await story.tamper("UPDATE selection_audit_log SET journal_id = NULL WHERE position <= 2")
    assert await tell_as_found(story.database, story.notices)
    assert not await tell_as_found(story.database, story.notices), "it is told once"
    faults = {one.fault for one in (await story.verified()).differences}
    assert SealFault.NOT_SEALED not in faults
    await story.tamper("UPDATE selection_audit_log SET action = 'deselect' WHERE position = 1")
    [changed] = [one for one in (await story.verified()).differences if one.fault is SealFault.NOT_SEALED]
    assert "were changed since" in changed.said


@pytest.mark.parametrize("slowly", [False, True])
async def test_what_is_sealed_while_it_looks_is_not_gone(
    story: Story, monkeypatch: pytest.MonkeyPatch, slowly: bool
) -> None:
    """Rows are of one moment, and the files go on."""
    laws = iter(range(3, 11))

    @asynccontextmanager
    async def busy(database: Database) -> AsyncIterator[Connection]:
        async with whole_trail_now(database) as connection:
            await connection.fetchval("SELECT 1")  # from here on it sees nothing new
            await story.ann.select(next(laws))
            async with story.database.transaction(Role.SYNC) as writing:
                await story.notices.tell(writing, Kind.CHECKED, body={"differences": 0})
            await story.ann.engine.flush()
            await story.sealer.seal()
            yield connection

    async def pause(rows: int) -> None:
        assert rows

    monkeypatch.setattr(verify_seals_module, "whole_trail_now", busy)
    journal = story.ann.engine.journal.id
    found = await verify_seals(story.database, story.folder, journal, pause=pause if slowly else None)
    assert found.differences == []
    assert next(laws) > 3
    await story.tamper("DELETE FROM selection_audit_log WHERE action = 'clear_all'")
    found = await verify_seals(story.database, story.folder, journal, pause=pause if slowly else None)
    assert found.differences


@pytest.mark.parametrize("write", range(12))
async def test_a_disk_that_fails_at_any_write_spoils_nothing(
    story: Story, monkeypatch: pytest.MonkeyPatch, write: int
) -> None:
    """Half of what was to be written is there, and the next turn writes it whole."""
    append, done = files._append, 0

    def failing(path: Path, data: bytes) -> None:
        nonlocal done
        done += 1
        if done == write + 1:
            append(path, data[: len(data) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        append(path, data)

    monkeypatch.setattr(files, "_append", failing)
    for law in range(3, 9):
        await story.ann.select(law)
        async with story.database.transaction(Role.SYNC) as connection:
            await story.notices.tell(connection, Kind.CHECKED, body={"law": law})
        await story.ann.engine.flush()
        with suppress(OSError):
            await story.sealer.seal()
    await story.sealer.seal()
    found = await story.verified()
    assert found.differences == []
    assert (found.entries, found.notices, found.waiting) == (14, 8, 0)
    assert done > write
    story.sealer._opened = False  # as at another start
    await story.sealer.seal()
    assert (await story.verified()).size == found.size == 22
