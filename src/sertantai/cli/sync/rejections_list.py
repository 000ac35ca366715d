"""``sertantai sync rejections list``"""

from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say, say_json, say_table
from sertantai.cli.running import opened_database, run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.sync.rejections import RejectedOperation


def rejections_list(
    everything: Annotated[bool, typer.Option("--all", help="Also those retried or dropped.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Operations that PostgreSQL refused for good, and why."""
    found = run(_find(settings_of(data_dir=data_dir, database_url=database_url), everything))
    if as_json:
        say_json(found)
    elif found:
        rows = [(r.id, r.created_at, r.user_id, r.action, r.state, r.reason) for r in found]
        say_table(("id", "refused", "user", "action", "state", "reason"), rows)
    else:
        say("no rejected operations")


async def _find(settings: Settings, everything: bool) -> "list[RejectedOperation]":
    from sertantai.sync.rejections import Rejections

    async with opened_database(settings) as database:
        rejections = Rejections(database)
        return await (rejections.all() if everything else rejections.waiting())
