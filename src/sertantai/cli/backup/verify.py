"""``sertantai backup verify FILE``"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from sertantai.cli.options import AsJson
from sertantai.cli.output import complain, progress_bar, say, say_json
from sertantai.cli.running import opened_database, run

if TYPE_CHECKING:
    from sertantai.audit.verify import Verification
    from sertantai.backup.manifest import Manifest


def backup_verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A backup.")],
    restore: Annotated[
        bool, typer.Option("--restore", help="Also restore it to a temporary place, and check every list.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check that a backup is whole and can be restored. Exit 1 if not."""
    manifest, found = run(_verify(file.absolute(), restore))
    if as_json:
        say_json({**msgspec.structs.asdict(manifest), "lists_clean": found.clean if found else None})
    else:
        say(
            f"whole: made {manifest.made_at:%Y-%m-%d %H:%M} UTC by Sertantai {manifest.sertantai}, database "
            f"up to operation {manifest.watermark}, journal {manifest.journal_first} to "
            f"{manifest.journal_last}"
        )
        if found is not None and found.clean:
            say(f"restored and clean: {found.lists} lists with {found.rows} selections")
    if found is not None and not found.clean:
        complain(f"the restored lists differ from their trail in {len(found.differences)} places")
        raise typer.Exit(1)


async def _verify(file: Path, restored: bool) -> "tuple[Manifest, Verification | None]":
    from sertantai.backup.verifying import verify

    with progress_bar("Checking"):
        manifest = await verify(file)
    return manifest, await _restored(file) if restored else None


async def _restored(file: Path) -> "Verification":
    from sertantai.audit.verify import verify
    from sertantai.backup.restoring import restore
    from sertantai.process.settings import Settings
    from sertantai.process.working_folder import working_folder

    # Short: a Unix socket has to fit below it.
    with (
        working_folder(Path(tempfile.gettempdir()), "sertantai-verify-") as folder,
        progress_bar("Restoring"),
    ):
        data = folder / "data"
        await restore(file, data)
        async with opened_database(Settings(data_dir=str(data))) as database:
            return await verify(database)
