"""``sertantai users erase EMAIL``"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import note, say, say_json
from sertantai.cli.running import require_directory, run
from sertantai.core.errors import InvalidInput
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.accounts.model import User
    from sertantai.persons.desk import PersonsDesk
    from sertantai.persons.model import Erasure, Plan


def users_erase(
    email: Annotated[str, typer.Argument(help="The address they sign in with.")],
    reason: Annotated[
        str, typer.Option(help="Why: it stays, so name nobody. Not needed with --dry-run or --undo.")
    ] = "",
    days: Annotated[int, typer.Option(help="Until then it can be undone; 0: at once.")] = 14,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would go, and what is in the way.")
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="They stay after all, and may sign in again.")] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Erase somebody: shut out now, out of every table in some days, and never back with any restore.

    What they did stays in the trail under an id that leads to nobody, and every proof stays true.
    """
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    if dry_run:
        _say_plan(run(_plan(settings, email)), email, as_json=as_json)
        return
    try:
        erasure = run(_taken_back(settings, email) if undo else _asked(settings, email, reason, days))
    except InvalidInput as error:
        raise typer.BadParameter(error.message) from None
    if as_json:
        say_json(erasure)
    elif undo:
        say(f"undone: {email} stays, and may sign in again")
    else:
        say(f"{erasure.id}: {email} is shut out, and is erased on {erasure.due_at:%Y-%m-%d %H:%M} UTC")
        note(
            "The server does it when it is due, or at its next start, before all else. What was done: "
            f"sertantai users certificate {erasure.id}. To undo it: sertantai users erase --undo"
        )


def _say_plan(plan: "Plan", email: str, *, as_json: bool) -> None:
    if as_json:
        say_json(plan)
        return
    from sertantai.persons.wording import OPERATOR, sentences

    for what, rows in sorted(plan.went.items()):
        table, _, act = what.partition("/")
        say(f"{rows:>9,}  {table} {act}")
    for refusal in sentences(plan.in_the_way, email, OPERATOR):
        say(f"in the way: {refusal}")
    say("Nothing was done.")


@asynccontextmanager
async def _opened(settings: Settings, email: str) -> "AsyncIterator[tuple[PersonsDesk, User]]":
    from sertantai.cli.accounts import opened_accounts_on, user_named
    from sertantai.cli.running import notices_of, opened_database
    from sertantai.persons.desk import PersonsDesk
    from sertantai.process.system_clock import SystemClock
    from sertantai.process.under_way import UnderWay

    require_directory(settings)
    async with opened_database(settings) as database, opened_accounts_on(settings, database) as accounts:
        user = await user_named(accounts, email)
        told = SystemClock(), notices_of(settings), settings, UnderWay()
        yield PersonsDesk(database, accounts, *told), user


async def _plan(settings: Settings, email: str) -> "Plan":
    async with _opened(settings, email) as (desk, user):
        return await desk.plan(user)


async def _asked(settings: Settings, email: str, reason: str, days: int) -> "Erasure":
    async with _opened(settings, email) as (desk, user):
        return await desk.erase(user, reason, days=days)


async def _taken_back(settings: Settings, email: str) -> "Erasure":
    async with _opened(settings, email) as (desk, user):
        return await desk.undo(user)
