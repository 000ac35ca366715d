"""Accounts for a command: without the listening and caching that a server needs them to do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sertantai.accounts.service import Accounts
from sertantai.cli.running import opened_database
from sertantai.core.clock import SystemClock
from sertantai.core.security_events import NoSecurityEvents
from sertantai.settings import Settings


@asynccontextmanager
async def opened_accounts(settings: Settings) -> AsyncIterator[Accounts]:
    async with opened_database(settings) as database:
        accounts = Accounts(database, settings, SystemClock(), NoSecurityEvents())
        await accounts.start()
        try:
            yield accounts
        finally:
            await accounts.stop()
