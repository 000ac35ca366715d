"""``sertantai users list``"""

from typing import TYPE_CHECKING

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say_json, say_table
from sertantai.cli.running import run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.accounts.model import User


def users_list(
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Everybody who may sign in, oldest first."""
    users = run(_users(settings_of(data_dir=data_dir, database_url=database_url)))
    if as_json:
        say_json([_row(user) for user in users])
    else:
        rows = [(u.email, u.role, u.created_at, u.disabled_at, u.user_id) for u in users]
        say_table(("email", "role", "created", "disabled", "id"), rows)


async def _users(settings: Settings) -> "list[User]":
    from sertantai.accounts.administration import list_users
    from sertantai.cli.accounts import opened_accounts

    async with opened_accounts(settings) as accounts:
        return [user async for user in list_users(accounts)]


def _row(user: "User") -> dict[str, object]:
    return {
        "id": user.user_id,
        "email": user.email,
        "role": user.role,
        "created_at": user.created_at,
        "confirmed_at": user.confirmed_at,
        "disabled_at": user.disabled_at,
    }
