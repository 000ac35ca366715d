"""``sertantai users create EMAIL``"""

import getpass
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import run
from sertantai.core.errors import InvalidInput
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.accounts.model import User

PASSWORD_LINE_CHARS_MAX = 10_000


class Role(StrEnum):
    USER = "user"
    ADMIN = "admin"


def users_create(
    email: Annotated[str, typer.Argument(help="The address to sign in with.")],
    role: Annotated[Role, typer.Option(help="What the user may do.")] = Role.USER,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Make a user. The password is read from standard input."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    user = run(_create(settings, email, _password(), role))
    if as_json:
        say_json({"id": user.user_id, "email": user.email, "role": user.role})
    else:
        say(f"{user.email} ({user.role}) {user.user_id}")


async def _create(settings: Settings, email: str, password: str, role: Role) -> "User":
    from sertantai.accounts.administration import create_user
    from sertantai.cli.accounts import opened_accounts

    async with opened_accounts(settings, may_make=True) as accounts:
        return await create_user(accounts, email, password, role.value)


def _password() -> str:
    """Never an argument: arguments are seen by everybody on the machine."""
    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Repeat the password: "):
            raise InvalidInput("The two passwords differ.", field="password")
        return password
    line = sys.stdin.readline(PASSWORD_LINE_CHARS_MAX)
    if not line:
        raise InvalidInput("Give the password on standard input.", field="password")
    return line.removesuffix("\n").removesuffix("\r")
