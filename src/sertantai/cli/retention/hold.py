"""``sertantai retention hold``, ``release`` and ``holds``"""

from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say, say_json, say_table
from sertantai.cli.running import notices_of, opened_database, run
from sertantai.core.errors import InvalidInput
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.retention.holds import Hold

Reason = Annotated[str, typer.Option(help="Why: it is shown to anyone who asks in years to come.")]


def retention_hold(
    scope: Annotated[
        str, typer.Argument(help="What is held: installation, organisation, list, law or person.")
    ],
    reason: Reason,
    target: Annotated[
        str | None,
        typer.Argument(
            help="Its id; of an organisation its slug, of a law its name, of a person an address."
        ),
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Keep what is about it, whoever's time is over, until it is released."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    try:
        id = run(_place(settings, scope, target, reason))
    except InvalidInput as error:
        raise typer.BadParameter(error.message) from None
    if as_json:
        say_json({"id": id})
    else:
        say(f"held: {id}")


async def _place(settings: Settings, scope: str, target: str | None, reason: str) -> UUID:
    from sertantai.retention.holds import Holds
    from sertantai.retention.notices import tell_with

    async with opened_database(settings) as database:
        return await Holds(database, tell_with(notices_of(settings))).place(scope, target, reason, None)


def retention_release(
    hold: Annotated[UUID, typer.Argument(help="The id of the hold.")],
    reason: Reason,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Release a hold: what it kept goes with the next turn, where its time is over."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    try:
        run(_release(settings, hold, reason))
    except InvalidInput as error:
        raise typer.BadParameter(error.message) from None
    say(f"released: {hold}")


async def _release(settings: Settings, hold: UUID, reason: str) -> None:
    from sertantai.retention.holds import Holds
    from sertantai.retention.notices import tell_with

    async with opened_database(settings) as database:
        await Holds(database, tell_with(notices_of(settings))).release(hold, reason, None)


def retention_holds(
    data_dir: DataDir = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """All holds, those that hold first."""
    found = run(_all(settings_of(data_dir=data_dir, database_url=database_url)))
    if as_json:
        say_json(found)
    elif not found:
        say("nothing is held")
    else:
        rows = [
            (one.id, one.scope, one.called or one.target, one.placed_at, one.released_at, one.reason)
            for one in found
        ]
        say_table(("id", "scope", "what", "placed", "released", "reason"), rows)


async def _all(settings: Settings) -> "list[Hold]":
    from sertantai.retention.holds import Holds

    async with opened_database(settings) as database:
        return await Holds(database).all()
