"""What the commands of organizations share: by whom it is done, and who is meant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from sertantai.cli.accounts import opened_accounts_on, user_named
from sertantai.cli.running import opened_database, require_journal
from sertantai.core.ids import OwnerId
from sertantai.process.data_directory import DataDirectoryBusy
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock

if TYPE_CHECKING:
    from sertantai.accounts.model import User
    from sertantai.accounts.service import Accounts
    from sertantai.organizations.operator import Done, Work
    from sertantai.postgres import Database


class MemberRole(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple["Database", "Accounts"]]:
    """Database and accounts; raises `DataDirectoryMissing` where there is nothing yet."""
    require_journal(settings)
    async with opened_database(settings) as database, opened_accounts_on(settings, database) as accounts:
        yield database, accounts


async def done(settings: Settings, work: "Work") -> "Done":
    """By the running server, or here where there is none."""
    from sertantai.backend import Backend
    from sertantai.organizations.operator import Operator, ask_server

    try:
        async with Backend(settings) as backend:
            finished = await Operator(backend.organizations, backend.engine).do(work)
            await backend.engine.flush()
            return finished
    except DataDirectoryBusy as busy:
        if busy.holder is None or busy.holder.purpose != "serve":
            raise
    async with opened_database(settings) as database:
        return await ask_server(database, SystemClock(), work)


async def organization_and_user(settings: Settings, slug: str, email: str) -> tuple[OwnerId, "User"]:
    """Raises `NotFound`."""
    from sertantai.organizations.directory import Directory

    async with opened(settings) as (database, accounts):
        return await Directory(database).find(slug), await user_named(accounts, email)
