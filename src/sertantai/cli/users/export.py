"""``sertantai users export EMAIL``"""

from pathlib import Path
from typing import Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import notices_of, require_directory, run
from sertantai.process.settings import Settings


def users_export(
    email: Annotated[str, typer.Argument(help="The address they sign in with.")],
    output: Annotated[Path, typer.Option(help="The ZIP file to write; it must not be there yet.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Write all that is held about somebody into a ZIP, for themselves: a page to read, and JSON."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    if output.exists() or not output.absolute().parent.is_dir():
        raise typer.BadParameter(f"{output}: name a new file in a directory that is there.")
    counts = run(_export(settings, email, output.absolute()))
    if as_json:
        say_json(counts)
    else:
        say(f"{output}: {sum(counts.values()):,} rows in {len(counts)} files")


async def _export(settings: Settings, email: str, output: Path) -> dict[str, int]:
    from sertantai.cli.accounts import opened_accounts_on, user_named
    from sertantai.cli.running import opened_database
    from sertantai.persons.held import export_to
    from sertantai.process.system_clock import SystemClock

    require_directory(settings)
    async with opened_database(settings) as database, opened_accounts_on(settings, database) as accounts:
        user = await user_named(accounts, email)
        return await export_to(output, database, user.user_id, SystemClock(), notices_of(settings), settings)
