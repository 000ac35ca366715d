"""Accounts for a command: without the listening and caching that a server needs them to do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sertantai.cli.running import events_of, opened_database, require_directory
from sertantai.core.errors import NotFound
from sertantai.process.data_directory import DataDirectoryMissing
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock

if TYPE_CHECKING:
    from sertantai.accounts.model import User
    from sertantai.accounts.service import Accounts
    from sertantai.postgres import Database

EVENTS_WAITING_MAX = 1_000


@asynccontextmanager
async def opened_accounts(settings: Settings, *, may_make: bool = False) -> AsyncIterator["Accounts"]:
    """What is done here is a security event as it would be in the server."""
    if not may_make:
        require_directory(settings)
    from sertantai.accounts.service import KEYS_FOLDER

    if not may_make and not (settings.data_path / KEYS_FOLDER).is_dir():
        raise DataDirectoryMissing(settings.data_path)
    async with (
        opened_database(settings, may_make=may_make) as database,
        opened_accounts_on(settings, database) as accounts,
    ):
        yield accounts


@asynccontextmanager
async def opened_accounts_on(settings: Settings, database: "Database") -> AsyncIterator["Accounts"]:
    """The same, on a database that is open already."""
    from sertantai.accounts.service import Accounts
    from sertantai.security.recording import EventRecorder

    clock = SystemClock()
    events = EventRecorder(events_of(settings, database), clock, waiting_max=EVENTS_WAITING_MAX)
    accounts = Accounts(database, settings, clock, events)
    await accounts.start()
    try:
        yield accounts
    finally:
        await accounts.stop()
        await events.stop()


async def user_named(accounts: "Accounts", email: str) -> "User":
    """Raises `NotFound`."""
    user = await accounts.credentials.find(email)
    if user is None:
        raise NotFound(f"Nobody has the e-mail address {email!r}.")
    return user
