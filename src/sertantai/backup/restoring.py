"""Restoring a backup: into an empty data directory, or after moving what is there aside.

The directory is marked before the first change and unmarked after the last one, each on the disk. While the
mark is there, only a restore takes the directory: one that was cut off is never served as what it is not.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from sertantai.backup import archive, dumping, sql
from sertantai.backup.manifest import DATABASE_NAME, KEYS_FOLDER, TRAIL_FOLDER, Manifest, RestoreRefused
from sertantai.backup.verifying import verify
from sertantai.journal.chosen import journal_in
from sertantai.journal.protocol import JournalFiles
from sertantai.postgres import Database, Role
from sertantai.postgres.embedded import EmbeddedPostgres
from sertantai.postgres.leftovers import clear_leftovers
from sertantai.postgres.logins import migrating
from sertantai.postgres.migrations import migrate, prepare_roles
from sertantai.process.data_directory import (
    ERASED_FILE,
    LOCK_FILE,
    RESTORING_FILE,
    DataDirectory,
    Restoring,
    read_restoring,
)
from sertantai.process.private_files import sync_directory

ASIDE_PREFIX = "before-restore-"


async def restore(
    path: Path,
    data_dir: Path,
    *,
    database_url: str | None = None,
    migration_url: str | None = None,
    force: bool = False,
    keep_journal: bool = False,
) -> Manifest:
    """Makes ``data_dir`` (and the empty database at ``database_url``, if given) what the backup holds.

    ``force`` moves what is in the directory into a folder beside it. ``keep_journal`` keeps the journal that
    is there, so that what happened since the backup is done again at the next start; refused when it does
    not reach back to the backup. One that was cut off is done again from the beginning; what was in the
    directory before it is still aside. Raises `RestoreRefused`, `BackupDamaged`; then nothing was changed.
    """
    manifest = await verify(path)
    directory = DataDirectory(data_dir, purpose="restore")
    with directory:
        if database_url is not None:
            await _server_version(database_url, migration_url)
        cut_off = read_restoring(directory.path)
        if keep_journal:
            _require_kept(manifest, _journal_before(directory.path, cut_off))
        begun = cut_off or _begin(directory.path, path, force=force or keep_journal)
        aside = await _clear(directory, msgspec.structs.replace(begun, backup=str(path)))
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=directory.path) as name:
            folder = Path(name)
            await asyncio.to_thread(archive.extract, path, manifest, folder)
            async with _empty_database(directory, database_url) as dsn:
                await _fill(dsn, migration_url, folder / DATABASE_NAME)
            if keep_journal and aside is not None:
                _keep(folder, aside, directory.path)
            else:
                _place(folder, directory.path)
        await asyncio.to_thread(_sync_placed, directory.path)
        directory.note_restored()
    return manifest


def _journal_before(data_dir: Path, cut_off: Restoring | None) -> JournalFiles:
    """The journal from before the restore."""
    if cut_off is not None and cut_off.aside is not None:
        moved = journal_in(data_dir / cut_off.aside)
        if cut_off.emptied or moved.exists:
            return moved
    return journal_in(data_dir)


def _require_kept(manifest: Manifest, journal: JournalFiles) -> None:
    """Raises `RestoreRefused` where the journal that is here does not go on from the backup."""
    report = journal.inspect()
    if report is None:
        raise RestoreRefused(f"There is no journal {journal.path} to keep. Leave out --keep-journal.")
    if report.id != manifest.journal_id:
        raise RestoreRefused(
            "The journal here is not the backup's. Leave out --keep-journal: the backup has its own."
        )
    if manifest.watermark + 1 < report.first:
        raise RestoreRefused(
            f"The backup's database ends at operation {manifest.watermark}, but the journal here "
            f"begins at {report.first}: what lies between would be lost. Restore a newer backup, or leave "
            "out --keep-journal to go back to the backup's own journal."
        )


def _begin(data_dir: Path, backup: Path, *, force: bool) -> Restoring:
    """What is to be done with what is there; raises `RestoreRefused`."""
    if not _contents(data_dir):
        return Restoring(str(backup), None)
    if not force:
        raise RestoreRefused(
            f"{data_dir} is not empty. Choose another --data-dir, or use --force to move it aside."
        )
    return Restoring(str(backup), f"{ASIDE_PREFIX}{datetime.now(UTC):%Y%m%dT%H%M%S}")


async def _clear(directory: DataDirectory, restoring: Restoring) -> Path | None:
    """An empty directory; returns where its contents went. Goes on where an earlier restore was cut off."""
    directory.note_restoring(restoring)
    await clear_leftovers(directory.path / "postgres")
    aside = directory.path / restoring.aside if restoring.aside else None
    if restoring.emptied:  # all that is here was made by the restore that was cut off
        await asyncio.to_thread(_remove, _contents(directory.path))
        return aside
    if aside is not None:
        aside.mkdir(mode=0o700, exist_ok=True)
        for path in _contents(directory.path):
            path.rename(aside / path.name)
        sync_directory(aside)
    directory.note_restoring(msgspec.structs.replace(restoring, emptied=True))
    return aside


def _contents(data_dir: Path) -> list[Path]:
    """All that a restore takes the place of."""
    found = [path for path in data_dir.iterdir() if path.name not in (LOCK_FILE, ERASED_FILE)]
    return [path for path in found if not path.name.startswith((ASIDE_PREFIX, RESTORING_FILE))]


def _remove(paths: list[Path]) -> None:
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


@asynccontextmanager
async def _empty_database(directory: DataDirectory, database_url: str | None) -> AsyncIterator[str]:
    if database_url is not None:
        yield database_url
        return
    server = EmbeddedPostgres(directory)
    try:
        await server.start()
        yield server.dsn
    finally:
        await server.stop()


async def _fill(dsn: str, migration_url: str | None, dump: Path) -> None:
    version = await _server_version(dsn, migration_url)
    await dumping.restore(migrating(dsn, migration_url), version, dump)
    await migrate(dsn, migration_url)


async def _server_version(dsn: str, migration_url: str | None) -> int:
    """The major version of the server, whose database must be empty; raises `RestoreRefused`."""
    await prepare_roles(dsn, migration_url)
    database = Database(dsn, pool_size_max=2, connect_timeout_s=10, command_timeout_s=60)
    await database.start()
    try:
        async with database.transaction(Role.APP, readonly=True) as connection:
            if await connection.fetchval(sql.IN_USE):
                raise RestoreRefused(
                    "The database is not empty. Create an empty one and name it with --database-url."
                )
            version = await connection.fetchval(sql.SERVER_VERSION)
    finally:
        await database.stop()
    return int(version) // 10_000


def _place(folder: Path, data_dir: Path) -> None:
    for path in journal_in(folder).all():
        path.rename(data_dir / path.name)
    for name in (KEYS_FOLDER, TRAIL_FOLDER):
        if (folder / name).is_dir():
            (folder / name).rename(data_dir / name)
    journal_in(data_dir).vouch()


def _keep(folder: Path, aside: Path, data_dir: Path) -> None:
    """Journal and keys that were here go on being used; copies of them stay aside.

    The backup's keys come beside them: what its database holds is sealed with those of its time.
    """
    for path in journal_in(aside).all():
        shutil.copy2(path, data_dir / path.name)
    for keys in (folder / KEYS_FOLDER, aside / KEYS_FOLDER):
        if keys.is_dir():
            shutil.copytree(keys, data_dir / KEYS_FOLDER, dirs_exist_ok=True)
    for trail in (aside / TRAIL_FOLDER, folder / TRAIL_FOLDER):  # which only grows: that of here has more
        if trail.is_dir():
            shutil.copytree(trail, data_dir / TRAIL_FOLDER)
            break


def _sync_placed(data_dir: Path) -> None:
    """Journal and keys are on the disk, copies too; PostgreSQL has synced its own files when it stopped."""
    keys = data_dir / KEYS_FOLDER
    trail = data_dir / TRAIL_FOLDER
    for path in [*journal_in(data_dir).all(), *archive.files_below(keys), *archive.files_below(trail)]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    for folder in (keys, trail, *(path for top in (keys, trail) for path in top.rglob("*") if path.is_dir())):
        if folder.is_dir():
            sync_directory(folder)
    sync_directory(data_dir)
