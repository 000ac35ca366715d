"""``sertantai backup restore FILE``"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import DatabaseUrl, DataDir, MigrationUrl, settings_of
from sertantai.cli.output import progress_bar, say
from sertantai.cli.running import run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.backup.manifest import Manifest


def backup_restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A backup.")],
    force: Annotated[
        bool, typer.Option("--force", help="Move what is in the data directory aside first.")
    ] = False,
    keep_journal: Annotated[
        bool,
        typer.Option(
            "--keep-journal",
            help="Keep the journal that is here, and apply what happened after the backup.",
        ),
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    database_migration_url: MigrationUrl = None,
) -> None:
    """Make the data directory what a backup holds. The server must be stopped."""
    settings = settings_of(
        data_dir=data_dir, database_url=database_url, database_migration_url=database_migration_url
    )
    manifest = run(_restore(settings, file.absolute(), force, keep_journal))
    say(
        f"restored {settings.data_path} from {file}, made {manifest.made_at:%Y-%m-%d %H:%M} UTC. "
        "Start it: sertantai serve"
    )


async def _restore(settings: Settings, file: Path, force: bool, keep_journal: bool) -> "Manifest":
    from sertantai.backup.restoring import restore

    with progress_bar("Restoring"):
        return await restore(
            file,
            settings.data_path,
            database_url=settings.database_url,
            migration_url=settings.database_migration_url,
            force=force,
            keep_journal=keep_journal,
        )
