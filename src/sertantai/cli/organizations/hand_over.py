"""``sertantai organizations hand-over SLUG EMAIL LIST``"""

from typing import Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.organizations.doing import moved, said_of_move
from sertantai.cli.output import say, say_json
from sertantai.cli.running import run


def organizations_hand_over(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, or its UUID.")],
    email: Annotated[str, typer.Argument(help="The address of a member.")],
    list_: Annotated[str, typer.Argument(metavar="LIST", help="The list: its name or UUID.")],
    with_history: Annotated[
        bool,
        typer.Option("--with-history", help="Let who reads the list see what was done to it before, too."),
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Hand a list of a member over to an organisation, in their name, if they may create lists there."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    finished, user = run(moved(settings, slug, email, list_, with_history=with_history, back=False))
    said = said_of_move(finished, user, back=False)
    if as_json:
        say_json(said)
    else:
        say(f"{said['name']} {said['id']} is now a list of {finished.slug}")
