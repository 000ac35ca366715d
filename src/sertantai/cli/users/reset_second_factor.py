"""``sertantai users reset-second-factor EMAIL``"""

from typing import Annotated

import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say
from sertantai.cli.running import run
from sertantai.process.settings import Settings


def users_reset_second_factor(
    email: Annotated[str, typer.Argument(help="The address they sign in with.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Switch off the second factor of somebody who has lost it and their recovery codes."""
    say(run(_reset(settings_of(data_dir=data_dir, database_url=database_url), email)))


async def _reset(settings: Settings, email: str) -> str:
    from sertantai.cli.accounts import opened_accounts, user_named

    async with opened_accounts(settings) as accounts:
        user = await user_named(accounts, email)
        await accounts.second_factors.disable(user.user_id, None, by_operator=True)
        return f"{user.email} {user.user_id} signs in with the password alone"
