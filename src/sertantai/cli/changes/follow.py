"""``sertantai changes follow LIST``"""

import os
from typing import Annotated

import typer

from sertantai.cli.options import DataDir, settings_of
from sertantai.cli.running import require_data_directory, run
from sertantai.core.errors import InvalidInput, NotFound
from sertantai.process.data_directory import served_at
from sertantai.process.settings import Settings

TOKEN = "SERTANTAI_TOKEN"  # noqa: S105  # the name of a variable


def changes_follow(
    list_: Annotated[str, typer.Argument(metavar="LIST", help="Its UUID, or default.")],
    since: Annotated[
        int | None, typer.Option("--since", min=0, help="The version that you have; wants its epoch too.")
    ] = None,
    epoch: Annotated[
        str | None, typer.Option("--epoch", help="Of that version, as the first line of a run told it.")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            "--url", help="The server's address. [default: of the data directory]", show_default=False
        ),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Print what happens to a list, a line of JSON each, until you may see it no more.

    The environment variable SERTANTAI_TOKEN is whose list it is: a token with the scope to read. After a lost
    connection, or a restart of the server, it goes on where it was.
    """
    from sertantai.cli.changes.stream import Known, print_changes

    settings = settings_of(data_dir=data_dir)
    address = (url or _of_the_data_directory(settings)).rstrip("/")
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        raise InvalidInput(f"Set {TOKEN} to a token with the scope to read; an account's page makes one.")
    if not (token.isascii() and token.isprintable()):
        raise InvalidInput(f"What {TOKEN} holds is no token: it has signs that no token has.")
    run(print_changes(address, token, list_, Known(since, epoch)))


def _of_the_data_directory(settings: Settings) -> str:
    require_data_directory(settings)
    found = served_at(settings.data_path)
    if found is None:
        raise NotFound(f"No server runs on {settings.data_path}. Start it, or name one with --url.")
    return found
