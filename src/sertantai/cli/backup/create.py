"""``sertantai backup create FILE``"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, MigrationUrl, settings_of
from sertantai.cli.output import progress_bar, say, say_json
from sertantai.cli.running import opened_database, require_journal, run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.backup.manifest import Manifest


def backup_create(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="The file to write.")],
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    database_migration_url: MigrationUrl = None,
    as_json: AsJson = False,
) -> None:
    """Back up journal, database and keys into one file, also while the server runs.

    The file holds password hashes and signing keys: keep it where only you can read it.
    """
    settings = settings_of(
        data_dir=data_dir, database_url=database_url, database_migration_url=database_migration_url
    )
    manifest = run(_create(settings, file.absolute(), force))
    if as_json:
        say_json(manifest)
    else:
        say(f"{file}: {file.stat().st_size:,} bytes, up to operation {manifest.journal_last}")


async def _create(settings: Settings, file: Path, force: bool) -> "Manifest":
    from sertantai.backup.creating import create
    from sertantai.backup.manifest import KEYS_FOLDER
    from sertantai.journal.chosen import journal_of

    require_journal(settings)
    data = settings.data_path
    async with opened_database(settings) as database:
        with progress_bar("Backing up"):
            return await create(
                database,
                journal_of(settings),
                data / KEYS_FOLDER,
                file,
                replace=force,
                migration_url=settings.database_migration_url,
            )
