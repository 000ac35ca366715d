"""Connections to whichever of the named hosts is the primary now.

Each host has a time of its own to answer: under one time for all of them the first that is frozen would use
it up (asyncpg #1155).
"""

import asyncio
import itertools
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeAlias
from urllib.parse import SplitResult, urlsplit

import asyncpg

from sertantai.core.errors import InvalidInput, JournalUnavailable
from sertantai.journal.shared import sql

HOST_WAITS_S: Final = (0.7, 5.0)
"""For each host to answer, in turn: a frozen one must not keep us from the primary, nor a busy machine."""
HOSTS_MAX: Final = 16
RETRY_AFTER_S: Final = 1.0
SCHEMES: Final = ("postgresql", "postgres")
BROKEN: Final = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    OSError,
    TimeoutError,
)
"""Whatever may come of a statement: then nothing is known of the connection, and another one is made."""
Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
Record = asyncpg.Record
Warned = Callable[[str], None]
"""Told of each warning, by its SQLSTATE."""


def hosts_of(url: str) -> list[str]:
    """One address for each host that ``url`` names, as in ``postgresql://user@one,two:5433/name``. Raises
    `InvalidInput`."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise InvalidInput(f"journal_url is no address: {error}.", field="journal_url") from None
    if parts.scheme not in SCHEMES:
        raise InvalidInput("journal_url begins with postgresql://.", field="journal_url")
    login, at, places = parts.netloc.rpartition("@")
    hosts = places.split(",")
    if len(hosts) > HOSTS_MAX:
        raise InvalidInput(f"journal_url names more than {HOSTS_MAX} hosts.", field="journal_url")
    return [_with(parts, f"{login}{at}{host}") for host in hosts]


def _with(parts: SplitResult, netloc: str) -> str:
    return parts._replace(netloc=netloc).geturl()


class Primaries:
    def __init__(self, url: str) -> None:
        """Raises `InvalidInput`."""
        self._hosts = hosts_of(url)

    async def connect(self, warned: Warned | None = None) -> Connection:
        """To the first that says that it is the primary. Raises `JournalUnavailable`."""
        said: list[str] = []
        for wait_s, host in itertools.product(HOST_WAITS_S, self._hosts):
            try:
                async with asyncio.timeout(wait_s):
                    connection = await _opened(host, wait_s)
            except BROKEN as error:
                said.append(str(error) or type(error).__name__)
                continue
            if connection is None:
                said.append("it is a stand-by")
                continue
            if warned is not None:
                connection.add_log_listener(lambda _, message: warned(message.sqlstate))
            return connection
        said = list(dict.fromkeys(said))
        raise JournalUnavailable(
            f"No primary of the journal's PostgreSQL answers ({'; '.join(said)}).",
            retry_after_s=RETRY_AFTER_S,
        )


async def _opened(host: str, wait_s: float) -> "Connection | None":
    # In the words of the session, whatever the server's or the role's own are: an answer is another's copy.
    connection = await asyncpg.connect(
        host, timeout=wait_s, server_settings={"synchronous_commit": "on", "application_name": "journal"}
    )
    if await connection.fetchval(sql.IS_PRIMARY):
        return connection
    await ended(connection)
    return None


async def ended(connection: Connection) -> None:
    """It is gone, whatever it was doing; nobody waits for what it still says."""
    with suppress(*BROKEN):
        connection.terminate()
