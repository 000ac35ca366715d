"""``sertantai users erasures`` and ``certificate``"""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say, say_json, say_table
from sertantai.cli.running import opened_database, run
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock

if TYPE_CHECKING:
    from sertantai.persons.model import Erasure


def users_erasures(
    data_dir: DataDir = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Who is to be erased and who was, by their ids; the newest first."""
    found = run(_all(settings_of(data_dir=data_dir, database_url=database_url)))
    if as_json:
        say_json(found)
    elif not found:
        say("nobody is or was to be erased")
    else:
        rows = [(one.id, one.person, one.state, one.asked_at, one.due_at, one.done_at) for one in found]
        say_table(("id", "person", "state", "asked", "due", "done"), rows)


def users_certificate(
    erasure: Annotated[UUID, typer.Argument(help="The id of the erasure.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """What was erased, what was kept and why, with the newest head of the sealed log."""
    from sertantai.persons.certificate import as_text
    from sertantai.sealing.files import TrailFiles
    from sertantai.sealing.log import newest_log

    settings = settings_of(data_dir=data_dir, database_url=database_url)
    found = run(_one(settings, erasure))
    head = TrailFiles(newest_log(settings.data_path)).newest_note()
    kept_days = settings.backup_kept_days or None
    if as_json:
        say_json({"erasure": found, "head": head, "backup_kept_days": kept_days})
    else:
        say(as_text(found, head, kept_days))


async def _all(settings: Settings) -> "list[Erasure]":
    from sertantai.persons.asking import Erasures

    async with opened_database(settings) as database:
        return await Erasures(database, SystemClock()).all()


async def _one(settings: Settings, erasure: UUID) -> "Erasure":
    from sertantai.persons.asking import Erasures

    async with opened_database(settings) as database:
        return await Erasures(database, SystemClock()).of(erasure)
