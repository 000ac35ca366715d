"""``sertantai sync rejections drop``"""

from typing import Annotated
from uuid import UUID

import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say
from sertantai.cli.running import opened_database, run
from sertantai.settings import Settings


def rejections_drop(
    ids: Annotated[list[UUID] | None, typer.Argument(help="Which; see `sync rejections list`.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that wait.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Give refused operations up. They stay in `sync rejections list --all`."""
    if bool(ids) == everything:
        raise typer.BadParameter("Name rejections by their ids, or give --all.")
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    count = run(_drop(settings, ids))
    say(f"{count} operations dropped")


async def _drop(settings: Settings, ids: list[UUID] | None) -> int:
    from sertantai.selections.rejections import Rejections

    async with opened_database(settings) as database:
        return await Rejections(database).drop(ids or None)
