"""``sertantai users enable EMAIL``"""

from typing import Annotated

import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say
from sertantai.cli.running import run
from sertantai.process.settings import Settings


def users_enable(
    email: Annotated[str, typer.Argument(help="The address they sign in with.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Let somebody in again who was disabled; they sign in anew."""
    say(run(_enable(settings_of(data_dir=data_dir, database_url=database_url), email)))


async def _enable(settings: Settings, email: str) -> str:
    from sertantai.cli.accounts import opened_accounts, user_named

    async with opened_accounts(settings) as accounts:
        user = await user_named(accounts, email)
        await accounts.set_disabled(user.user_id, disabled=False)
        return f"{user.email} {user.user_id} is enabled"
