"""Backups of the real thing: the whole backend on an embedded PostgreSQL, while it goes on working."""

import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from sertantai.audit.verify import verify as verify_trail
from sertantai.backend import Backend
from sertantai.backup.creating import create
from sertantai.backup.manifest import BackupDamaged, Manifest, RestoreRefused
from sertantai.backup.restoring import restore
from sertantai.backup.verifying import verify
from sertantai.core.bitmaps import numbers
from sertantai.core.ids import OperationId, OwnerId, RecordNo, UserId
from sertantai.core.operations import Origin, Select
from sertantai.lists.access import of_the_house
from sertantai.lists.importing.kept_reports import ImportReports
from sertantai.lists.importing.reports import ReportLine, packed, unpacked
from sertantai.postgres import Role
from sertantai.process.new_ids import new_id
from sertantai.process.settings import Settings
from tests.fixtures.postgres import short_directory
from tests.fixtures.prepared import copy_prepared

ADD_USER = "INSERT INTO users (id, email, created_at) VALUES ($1, 'a@example.org', now())"


@pytest.fixture
def home() -> Iterator[Path]:
    """With a data directory that was started once and has no keys yet."""
    with short_directory() as path:
        shutil.rmtree(copy_prepared(path / "data") / "keys")
        yield path


def settings(home: Path, *, keep: int = 100_000) -> Settings:
    return Settings(data_dir=str(home / "data"), journal_keep_operations=keep)


def backend(home: Path) -> Backend:
    return Backend(settings(home), durable=False)


async def add_user(running: Backend) -> OwnerId:
    user = OwnerId(new_id())
    async with running.database.transaction(Role.ACCOUNTS, user) as connection:
        await connection.execute(ADD_USER, user)
    return user


async def select(running: Backend, owner: OwnerId, *records: int) -> None:
    for record in records:
        group = (await running.engine.state(owner)).default_group()
        assert group is not None
        await running.engine.perform(
            Select(
                id=OperationId(new_id()),
                owner=owner,
                group=group.id,
                at=running.clock.now(),
                origin=Origin(UserId(owner)),
                record=RecordNo(record),
            )
        )


async def selected(running: Backend, owner: OwnerId) -> list[int]:
    group = (await running.engine.state(owner)).default_group()
    assert group is not None
    return numbers(group.records)


async def back_up(running: Backend, home: Path) -> Manifest:
    data = running.settings.data_path
    return await create(running.database, running.journal_files, data / "keys", home / "file.backup")


async def test_a_backup_of_a_running_server_restores_all_that_was_acknowledged(home: Path) -> None:
    (home / "data" / "keys").mkdir(parents=True)
    (home / "data" / "keys" / "a.key").write_text("secret")
    (home / "data" / "keys" / "a.key").chmod(0o600)
    async with backend(home) as running:
        owner = await add_user(running)
        await select(running, owner, 1, 2, 3)  # perhaps still waiting for PostgreSQL
        manifest = await back_up(running, home)
        await select(running, owner, 4)

    assert stat.S_IMODE((home / "file.backup").stat().st_mode) == 0o600
    assert (manifest.journal_last, manifest.watermark <= 3) == (3, True)
    await verify(home / "file.backup")
    await restore(home / "file.backup", home / "new" / "data")

    assert (home / "new" / "data" / "keys" / "a.key").read_text() == "secret"
    assert stat.S_IMODE((home / "new" / "data" / "keys" / "a.key").stat().st_mode) == 0o600
    async with backend(home / "new") as restored:
        assert await selected(restored, owner) == [1, 2, 3]
        await restored.engine.flush()
        found = await verify_trail(restored.database)
        assert found.clean
        assert (found.rows, found.trail_rows) == (3, 3)
        await select(restored, owner, 9)


async def test_a_backup_holds_the_reports_of_imports_which_end_with_their_list_as_before(home: Path) -> None:
    id, lines = new_id(), [ReportLine(1, "House rules", "missing")]
    async with backend(home) as running:
        owner = await add_user(running)
        found = (await of_the_house(running.engine, owner, "import")).named("default")
        reports = ImportReports(running.database, running.clock)
        await reports.keep(found, id, OperationId(new_id()), packed(lines))
        await back_up(running, home)

    await restore(home / "file.backup", home / "new" / "data")

    async with backend(home / "new") as restored:
        reports = ImportReports(restored.database, restored.clock)
        (part,) = await reports.parts(found, id)
        assert unpacked(await reports.report(found, id, part)) == lines
        async with restored.database.transaction(Role.ACCOUNTS) as connection:
            await connection.execute("DELETE FROM users WHERE id = $1", owner)
        assert await reports.of_list(found) == []


async def test_an_older_database_catches_up_from_the_journal_that_is_kept(home: Path) -> None:
    sealing = home / "data" / "keys" / "sealing"
    sealing.mkdir(parents=True)
    (sealing / "old.key").write_text("sealed what the backup holds")
    async with backend(home) as running:
        owner = await add_user(running)
        await select(running, owner, 1)
        await back_up(running, home)
        await select(running, owner, 2, 3)
    (sealing / "old.key").rename(sealing / "new.key")

    await restore(home / "file.backup", home / "data", keep_journal=True)

    assert {path.name for path in sealing.iterdir()} == {"old.key", "new.key"}
    async with backend(home) as restored:
        assert await selected(restored, owner) == [1, 2, 3]
        await restored.engine.flush()
        assert (await verify_trail(restored.database)).rows == 3


async def test_a_journal_that_does_not_reach_back_to_the_backup_is_refused(home: Path) -> None:
    async with backend(home) as running:
        owner = await add_user(running)
        await select(running, owner, 1)
        await back_up(running, home)
        await select(running, owner, 2, 3)
        await running.engine.flush()
        await running.journal.trim(running.journal.last, {})

    with pytest.raises(RestoreRefused, match="would be lost"):
        await restore(home / "file.backup", home / "data", keep_journal=True)

    async with backend(home) as running:
        assert await selected(running, owner) == [1, 2, 3], "nothing was changed"


async def test_a_directory_in_use_or_not_empty_is_left_alone(home: Path) -> None:
    async with backend(home) as running:
        owner = await add_user(running)
        await back_up(running, home)
        with pytest.raises(Exception, match="in use"):
            await restore(home / "file.backup", home / "data", force=True)

    with pytest.raises(RestoreRefused, match="not empty"):
        await restore(home / "file.backup", home / "data")

    await restore(home / "file.backup", home / "data", force=True)
    aside = list((home / "data").glob("before-restore-*"))
    assert [(path / "postgres").is_dir() for path in aside] == [True]
    async with backend(home) as restored:
        assert await selected(restored, owner) == []


async def test_every_damage_is_found(home: Path) -> None:
    async with backend(home) as running:
        await select(running, await add_user(running), 1, 2)
        await back_up(running, home)
    whole = (home / "file.backup").read_bytes()
    damaged = home / "damaged.backup"

    for place in range(2_000, len(whole) - 20_000, len(whole) // 7):
        flipped = bytearray(whole)
        flipped[place] ^= 0xFF
        damaged.write_bytes(flipped)
        with pytest.raises(BackupDamaged):
            await verify(damaged)
    damaged.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(BackupDamaged):
        await verify(damaged)
    await verify(home / "file.backup")


async def test_the_journal_is_inspected_beside_its_writer(home: Path) -> None:
    async with backend(home) as running:
        await select(running, await add_user(running), 1, 2)
        report = running.journal_files.inspect()
        assert report is not None
        assert (report.id, report.first, report.last) == (running.journal.id, 1, 2)
        assert running.journal_files.check().last == 2
