"""``sertantai users reset-link EMAIL``"""

from typing import Annotated

import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say
from sertantai.cli.running import run
from sertantai.process.settings import Settings


def users_reset_link(
    email: Annotated[str, typer.Argument(help="The address they sign in with.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print a link with which somebody sets a new password, where no mail can reach them."""
    say(run(_link(settings_of(data_dir=data_dir, database_url=database_url), email)))


async def _link(settings: Settings, email: str) -> str:
    from sertantai.cli.accounts import opened_accounts, user_named

    async with opened_accounts(settings) as accounts:
        return await accounts.reset_link(await user_named(accounts, email))
