"""Accounts for a command: without the listening and caching that a server needs them to do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from sertantai.accounts.service import Accounts
from sertantai.cli.running import opened_database
from sertantai.core.clock import SystemClock
from sertantai.core.errors import NotFound
from sertantai.security.recording import EventRecorder
from sertantai.security.store import SecurityEventStore
from sertantai.settings import Settings

if TYPE_CHECKING:
    from sertantai.accounts.model import User

EVENTS_WAITING_MAX = 1_000


@asynccontextmanager
async def opened_accounts(settings: Settings) -> AsyncIterator[Accounts]:
    """What is done here is a security event as it would be in the server."""
    async with opened_database(settings) as database:
        clock = SystemClock()
        events = EventRecorder(
            SecurityEventStore(database), clock, waiting_max=EVENTS_WAITING_MAX, retention_days=0
        )
        accounts = Accounts(database, settings, clock, events)
        await accounts.start()
        try:
            yield accounts
        finally:
            await accounts.stop()
            await events.stop()


async def user_named(accounts: Accounts, email: str) -> "User":
    """Raises `NotFound`."""
    user = await accounts.credentials.find(email)
    if user is None:
        raise NotFound(f"Nobody has the e-mail address {email!r}.")
    return user
