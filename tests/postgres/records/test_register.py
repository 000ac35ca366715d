"""The register as a service: it follows imports, and goes on without a database."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pyroaring import BitMap

from sertantai.core.errors import DatabaseUnavailable, NotFound
from sertantai.core.ids import RecordId
from sertantai.postgres import Database
from sertantai.records import register as register_module
from sertantai.records import store as store_module
from sertantai.records.building import build
from sertantai.records.catalogue import Catalogue
from sertantai.records.errors import RegisterBehind
from sertantai.records.importing.importing import import_file
from sertantai.records.register import Register
from sertantai.records.showing import shown_everywhere
from sertantai.records.snapshot_file import FILE_NAME

PATIENCE_S = 60.0
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


async def load_laws(database: Database, folder: Path, *names: str, family: str = "") -> int:
    path = folder / "laws.csv"
    path.write_text(
        "name,title_en,family\n" + "".join(f"{n},{n} Act,{family}\n" for n in names), encoding="utf-8"
    )
    return (await import_file(database, path)).revision


def away() -> Database:
    return Database(
        "postgresql://nobody@/nothing?host=/nonexistent",
        pool_size_max=2,
        connect_timeout_s=1,
        command_timeout_s=1,
    )


async def test_an_import_shows_up_in_the_running_register(database: Database, tmp_path: Path) -> None:
    register = Register(database, tmp_path, poll_interval_s=sys.maxsize)
    await load_laws(database, tmp_path, "one")
    await register.start()
    try:
        before = register.catalogue
        assert before.count == 1
        async with asyncio.timeout(PATIENCE_S):
            after = await register.refreshed(await load_laws(database, tmp_path, "one", "two"))
        assert (before.count, after.count) == (1, 2)
    finally:
        await register.stop()


async def test_all_that_match_holds_what_was_imported_before(database: Database, tmp_path: Path) -> None:
    register = Register(database, tmp_path, poll_interval_s=sys.maxsize)
    await register.start()
    try:
        for count in range(1, 6):
            await load_laws(database, tmp_path, *(f"law {number}" for number in range(count)))
            async with asyncio.timeout(PATIENCE_S):
                assert (await register.current(PATIENCE_S)).count == count
    finally:
        await register.stop()


async def test_what_takes_long_to_read_is_refused_rather_than_left_out(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = Register(database, tmp_path, poll_interval_s=sys.maxsize)
    await register.start()
    try:
        reading, go_on = asyncio.Event(), asyncio.Event()

        async def slow(of: Database) -> Catalogue:
            reading.set()
            await go_on.wait()
            return await build(of)

        monkeypatch.setattr(register_module, "build", slow)
        revision = await load_laws(database, tmp_path, "one")
        async with asyncio.timeout(PATIENCE_S):
            await reading.wait()
            with pytest.raises(RegisterBehind):
                await register.current(0.01)
            assert not await shown_everywhere(database, revision, 0.0)
            go_on.set()
            assert await shown_everywhere(database, revision, PATIENCE_S)
            assert (await register.current()).count == 1
    finally:
        go_on.set()
        await register.stop()


async def test_nobody_waits_for_a_server_that_is_gone(database: Database, tmp_path: Path) -> None:
    assert await shown_everywhere(database, 1_000_000, 0.0), "no server runs"
    register = Register(database, tmp_path)
    await register.start()
    async with asyncio.timeout(PATIENCE_S):
        while await shown_everywhere(database, 1_000_000, 0.0):  # noqa: ASYNC110  # nobody tells that it follows
            await asyncio.sleep(0)
        await register.stop()
        assert await shown_everywhere(database, 1_000_000, PATIENCE_S)


async def test_all_that_match_is_known_without_the_database(database: Database, tmp_path: Path) -> None:
    await load_laws(database, tmp_path, "one")
    seen = Register(database, tmp_path)
    await seen.start()
    await seen.stop()
    blind = Register(away(), tmp_path)
    await blind.start()
    try:
        assert (await blind.current()).count == 1
    finally:
        await blind.stop()


async def test_a_lost_notification_is_noticed(database: Database, tmp_path: Path, superuser: Any) -> None:
    register = Register(database, tmp_path, poll_interval_s=0.05)
    await register.start()
    try:
        await superuser.execute("SET session_replication_role = replica")
        await superuser.execute("UPDATE register_revision SET revision = revision + 1")
        async with asyncio.timeout(PATIENCE_S):
            await register.refreshed(1)
    finally:
        await register.stop()


async def test_it_starts_without_the_database_with_what_it_saw_last(
    database: Database, tmp_path: Path
) -> None:
    await load_laws(database, tmp_path, "one", "two")
    seen = Register(database, tmp_path)
    await seen.start()
    await seen.stop()
    blind = Register(away(), tmp_path)
    await blind.start()
    try:
        assert blind.catalogue.count == 2
        assert blind.catalogue.revision == seen.catalogue.revision
    finally:
        await blind.stop()


async def test_without_database_and_file_it_says_so(tmp_path: Path) -> None:
    register = Register(away(), tmp_path)
    await register.start()
    try:
        with pytest.raises(DatabaseUnavailable):
            _ = register.catalogue
    finally:
        await register.stop()


async def test_it_finds_its_way_back_when_the_connection_is_cut(
    database: Database, tmp_path: Path, superuser: Any
) -> None:
    register = Register(database, tmp_path, poll_interval_s=sys.maxsize)
    await register.start()
    try:
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        async with asyncio.timeout(PATIENCE_S):
            revision = await load_laws(database, tmp_path, "one")
            assert (await register.refreshed(revision)).count == 1
    finally:
        await register.stop()


async def test_a_damaged_file_is_built_again(database: Database, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"SERTANTAI CATALOGUE 1\n" + b"\xff" * 100)
    await load_laws(database, tmp_path, "one")
    register = Register(database, tmp_path)
    await register.start()
    await register.stop()
    assert register.catalogue.count == 1


async def test_a_file_of_another_register_is_not_believed(
    database: Database, tmp_path: Path, superuser: Any
) -> None:
    register = Register(database, tmp_path)
    await register.start()
    await register.stop()
    await superuser.execute("UPDATE register_revision SET changed_at = changed_at - interval '1 day'")
    await superuser.execute("ALTER TABLE uk_lrt_records DISABLE TRIGGER USER")
    await superuser.execute("INSERT INTO uk_lrt_records (name, title_en) VALUES ('UK_x_1', 'Other Act')")
    other = Register(database, tmp_path)
    await other.start()
    await other.stop()
    assert other.catalogue.count == 1


async def test_a_record_imported_a_moment_ago_has_its_number(
    database: Database, tmp_path: Path, superuser: Any
) -> None:
    await load_laws(database, tmp_path, "one")
    register = Register(database, tmp_path)
    await register.start()
    await register.stop()  # so that it does not follow
    await load_laws(database, tmp_path, "two")
    new = RecordId(await superuser.fetchval("SELECT id FROM uk_lrt_records WHERE name = 'two'"))
    stranger = RecordId(uuid4())
    number = await register.number_of(new)
    assert await register.numbers_of([new, stranger]) == (BitMap([number]), [stranger])
    assert (await register.whole_record(new))["title_en"] == "two Act"
    with pytest.raises(NotFound):
        await register.number_of(stranger)
    with pytest.raises(NotFound):
        await register.whole_record(stranger)


async def test_what_imports_changed_can_be_asked_for(database: Database, tmp_path: Path) -> None:
    first = await load_laws(database, tmp_path, "one", "two")
    second = await load_laws(database, tmp_path, "one", family="💙 FIRE")
    store = Register(database, tmp_path).store
    assert await store.revision() == (second, (await store.revision())[1])
    changed = await store.changed_records(first)
    assert len(changed) == 1
    assert await store.changed_records(second) == BitMap()
    (change,) = await store.changes(changed, LONG_AGO)
    assert (change.revision, change.fields["family"].old, change.fields["family"].new) == (
        second,
        None,
        "💙 FIRE",
    )
    assert await store.changes(changed, change.changed_at) == []


async def test_changes_are_asked_for_a_part_at_a_time_and_only_of_what_ever_changed(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "NUMBERS_AT_ONCE", 4)
    monkeypatch.setattr(store_module, "CHANGES_AT_ONCE", 3)
    names = [f"law{at}" for at in range(5)]
    await load_laws(database, tmp_path, *names, "same")
    register = Register(database, tmp_path)
    assert await register.changes(BitMap(range(100)), LONG_AGO) == []
    await load_laws(database, tmp_path, *names, family="💙 FIRE")
    asked = BitMap(range(100))
    changes = await register.changes(asked, LONG_AGO)
    numbers = [change.record_no for change in changes]
    assert len(numbers) == 5
    assert numbers == sorted(numbers)
    assert await register.changes(asked - BitMap(numbers), LONG_AGO) == []
    assert [one.record_no for one in await register.store.changes(asked, LONG_AGO, 3)] == numbers[:3]
    await load_laws(database, tmp_path, *names, family="💚 WASTE")
    twice = [(one.record_no, one.fields["family"].new) for one in await register.changes(asked, LONG_AGO)]
    assert twice == [(number, new) for number in numbers for new in ("💙 FIRE", "💚 WASTE")]
    assert len(await register.changes(asked, LONG_AGO, 7)) == 7
