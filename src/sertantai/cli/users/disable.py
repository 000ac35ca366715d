"""``sertantai users disable EMAIL``"""

from typing import Annotated

import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import note, say
from sertantai.cli.running import run
from sertantai.process.settings import Settings


def users_disable(
    email: Annotated[str, typer.Argument(help="The address they sign in with.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Shut somebody out, everywhere and at once. Their lists and their trail stay."""
    say(run(_disable(settings_of(data_dir=data_dir, database_url=database_url), email)))
    note("Their sessions have ended and their tokens no longer work. To undo this: sertantai users enable")


async def _disable(settings: Settings, email: str) -> str:
    from sertantai.cli.accounts import opened_accounts, user_named

    async with opened_accounts(settings) as accounts:
        user = await user_named(accounts, email)
        await accounts.set_disabled(user.user_id, disabled=True)
        return f"{user.email} {user.user_id} is disabled"
