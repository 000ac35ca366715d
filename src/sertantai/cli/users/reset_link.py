"""``sertantai users reset-link EMAIL``"""

from typing import Annotated

import msgspec
import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import note, say
from sertantai.cli.running import run
from sertantai.process.data_directory import served_at
from sertantai.process.settings import Settings


def users_reset_link(
    email: Annotated[str, typer.Argument(help="The address they sign in with.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print a link with which somebody sets a new password, where no mail can reach them."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    if settings.public_url is None:
        settings = msgspec.structs.replace(settings, public_url=served_at(settings.data_path))
    say(run(_link(settings, email)))
    if settings.public_url is None:
        note(
            f"No server runs on {settings.data_path}: whether people reach one at this address is not known. "
            "SERTANTAI_PUBLIC_URL says where they do."
        )


async def _link(settings: Settings, email: str) -> str:
    from sertantai.cli.accounts import opened_accounts, user_named

    async with opened_accounts(settings) as accounts:
        return await accounts.reset_link(await user_named(accounts, email))
