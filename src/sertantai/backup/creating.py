"""Making a backup, while the server runs.

The snapshot of the database is opened first and the journal copied after it, so the journal that is kept
reaches at least as far as the database; a restore replays what is beyond. Everything acknowledged before the
backup began is in it.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from sertantai.backup import archive, dumping, sql
from sertantai.backup.manifest import (
    DATABASE_NAME,
    FORMAT,
    KEYS_FOLDER,
    NEVER_KEPT,
    TRAIL_FOLDER,
    BackupFailed,
    Manifest,
)
from sertantai.core.ids import Position
from sertantai.journal.protocol import JournalFiles, JournalReport
from sertantai.postgres import Connection, Database, Role
from sertantai.postgres.logins import migrating
from sertantai.process.private_files import DRAFT, make_private_folder
from sertantai.process.working_folder import working_folder

HEADS_FIRST = ("checkpoint", "heads")
ATTEMPTS_MAX = 5
"""Between snapshot and copy the server may have trimmed the journal beyond; then both are taken anew."""


class _Snapshot(NamedTuple):
    id: str
    postgres: int
    schema_revision: str
    watermark: Position
    journal: JournalReport | None


async def create(
    database: Database,
    journal: JournalFiles,
    keys: Path,
    target: Path,
    *,
    replace: bool = False,
    migration_url: str | None = None,
) -> Manifest:
    """Writes ``target`` (mode 0600), whole or not at all. Only who migrates reads all there is: passwords and
    the trail. Raises `BackupFailed`, `DatabaseUnavailable`."""
    dumps = migrating(database.dsn, migration_url)
    if not replace:
        archive.require_free(target)
    if not target.parent.is_dir():
        raise BackupFailed(f"There is no directory {target.parent}.")
    with working_folder(target.parent, ".backup-") as folder:
        # Before the snapshot: what the log lacks is sealed after a restore, what it had more would be gone.
        await asyncio.to_thread(_copy_trail, keys.with_name(TRAIL_FOLDER), folder / TRAIL_FOLDER)
        async with _consistent(database, journal, folder) as snapshot:
            await dumping.dump(dumps, snapshot.postgres, snapshot.id, folder / DATABASE_NAME)
        await asyncio.to_thread(_copy_keys, keys, folder / KEYS_FOLDER)
        manifest = await asyncio.to_thread(_manifest, snapshot, folder)
        await asyncio.to_thread(archive.write, target, manifest, folder, replace=replace)
    return manifest


@asynccontextmanager
async def _consistent(database: Database, journal: JournalFiles, folder: Path) -> AsyncIterator[_Snapshot]:
    """A snapshot, open while the block runs, and a copy of the journal in ``folder`` that covers it."""
    for _ in range(ATTEMPTS_MAX):
        async with (
            database.session(Role.AUDITOR) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            await connection.execute(sql.LOCK_TRAIL)
            snapshot = await _take(connection, journal, folder)
            held = snapshot.journal
            if held is None or snapshot.watermark + 1 >= held.first:
                yield snapshot
                return
    raise BackupFailed(
        "The journal changes faster than it can be copied. Try again when the server is less busy."
    )


async def _take(connection: Connection, journal: JournalFiles, folder: Path) -> _Snapshot:
    hidden = [row["relname"] for row in await connection.fetch(sql.HIDDEN_TABLES)]
    if hidden:
        raise BackupFailed(f"Row level security would hide rows of {', '.join(hidden)} from the backup.")
    snapshot = await connection.fetchval(sql.EXPORT_SNAPSHOT)
    version = await connection.fetchval(sql.SERVER_VERSION)
    revision = await connection.fetchval(sql.SCHEMA_REVISION)
    held = await asyncio.to_thread(journal.copy, folder)
    watermark = await connection.fetchval(sql.WATERMARK, held.id) if held else None
    return _Snapshot(snapshot, version // 10_000, revision, Position(watermark or 0), held)


def _copy_keys(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns(*NEVER_KEPT))


def _copy_trail(source: Path, target: Path) -> None:
    """Heads first: what they are of is in the files already, which only grow. Without files that take
    another's place in a moment."""
    for path in sorted(source.rglob("*"), key=lambda path: (path.name not in HEADS_FIRST, path)):
        if path.is_file() and path.suffix != DRAFT:
            copy = target / path.relative_to(source)
            make_private_folder(copy.parent)
            shutil.copy2(path, copy)


def _manifest(snapshot: _Snapshot, folder: Path) -> Manifest:
    parts = [
        archive.part_of(path, path.relative_to(folder).as_posix()) for path in archive.files_below(folder)
    ]
    journal = snapshot.journal
    return Manifest(
        format=FORMAT,
        made_at=datetime.now(UTC),
        sertantai=metadata.version("sertantai"),
        postgres=snapshot.postgres,
        schema_revision=snapshot.schema_revision,
        journal_id=journal.id if journal else None,
        journal_first=journal.first if journal else Position(1),
        journal_last=journal.last if journal else Position(0),
        watermark=snapshot.watermark,
        parts=parts,
    )
