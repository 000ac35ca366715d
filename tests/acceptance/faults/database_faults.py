"""What can happen between a server and a PostgreSQL that somebody else runs."""

import asyncio
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import asyncpg

from tests.acceptance.faults.own_postgres import CONNECTIONS_MAX
from tests.acceptance.faults.site import DatabaseSite

OUR_NAME: Final = "sertantai"
END_OURS: Final = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1"
NO_MORE: Final = "ALTER ROLE sertantai CONNECTION LIMIT 0"
AS_MANY_AS_WANTED: Final = "ALTER ROLE sertantai CONNECTION LIMIT -1"
READ_ONLY: Final = "ALTER SYSTEM SET default_transaction_read_only = on"
WRITABLE: Final = "ALTER SYSTEM RESET default_transaction_read_only"
RELOAD: Final = "SELECT pg_reload_conf()"


async def postgres_refuses(site: DatabaseSite, rng: random.Random) -> None:
    """Nobody listens where it was."""
    site.proxy.refuse()
    await site.lasts(rng.uniform(1, 2))
    await site.proxy.listen()


async def network_is_silent(site: DatabaseSite, rng: random.Random) -> None:
    """Packets vanish, for longer than any statement may take; then connections are dead or go on."""
    site.proxy.swallow()
    await asyncio.sleep(site.statement_s_max * rng.uniform(1.2, 2))
    if rng.random() < 0.5:
        site.proxy.reset()
    site.proxy.deliver()


async def connections_are_reset(site: DatabaseSite, rng: random.Random) -> None:
    """Again and again, in the middle of whatever is under way."""
    for _ in range(5):
        await asyncio.sleep(rng.uniform(0.05, 0.4))
        site.proxy.reset()


async def network_is_slow(site: DatabaseSite, rng: random.Random) -> None:
    site.proxy.delay_s = rng.uniform(0.05, 0.2)
    await site.lasts(rng.uniform(2, 3))
    site.proxy.delay_s = 0.0


async def postgres_is_restarted(site: DatabaseSite, rng: random.Random) -> None:
    await site.postgres.stop(rng.choice((signal.SIGINT, signal.SIGQUIT, signal.SIGKILL)))
    await site.lasts(rng.uniform(0, 1.5))
    await site.postgres.start()


async def connections_are_used_up(site: DatabaseSite, rng: random.Random) -> None:
    """Others hold every connection that PostgreSQL allows."""
    async with AsyncExitStack() as others:
        connection = await others.enter_async_context(_superuser(site))
        await connection.execute(END_OURS, OUR_NAME)
        for _ in range(CONNECTIONS_MAX):
            try:
                await others.enter_async_context(_superuser(site))
            except asyncpg.TooManyConnectionsError:
                await connection.execute(END_OURS, OUR_NAME)  # whoever was quicker than we
        await site.lasts(rng.uniform(1, 2))


async def role_has_no_connections(site: DatabaseSite, rng: random.Random) -> None:
    """The connection limit of our login is reached."""
    async with _superuser(site) as connection:
        await connection.execute(NO_MORE)
        try:
            await connection.execute(END_OURS, OUR_NAME)
            await site.lasts(rng.uniform(1, 2))
        finally:
            await connection.execute(AS_MANY_AS_WANTED)


async def postgres_is_read_only(site: DatabaseSite, rng: random.Random) -> None:
    """As after a failover to a standby that is not yet the primary."""
    async with _superuser(site) as connection:
        await connection.execute(READ_ONLY)
        await connection.execute(RELOAD)
        try:
            await site.lasts(rng.uniform(1, 2))
        finally:
            await connection.execute(WRITABLE)
            await connection.execute(RELOAD)


async def server_is_killed_with_postgres_away(site: DatabaseSite, rng: random.Random) -> None:
    """Changes are made, the server dies and comes back, more are made, and only then the database returns."""
    site.proxy.refuse()
    await site.lasts(rng.uniform(0.5, 1))
    await site.restart(graceful=False)
    await site.lasts(rng.uniform(0.5, 1))
    await site.proxy.listen()


async def postgres_is_away_for_long(site: DatabaseSite, rng: random.Random) -> None:
    """Unreachable for a minute or more: sessions fall due, and a backlog gathers."""
    site.proxy.refuse()
    await site.lasts(rng.uniform(60, 90))
    await site.proxy.listen()


@asynccontextmanager
async def _superuser(site: DatabaseSite) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """Past the proxy, as an operator connects."""
    connection = await asyncpg.connect(site.superuser_dsn, timeout=5)
    try:
        yield connection
    finally:
        await connection.close()


DATABASE_FAULTS: Final[Mapping[str, Callable[[DatabaseSite, random.Random], Awaitable[None]]]] = {
    "PostgreSQL refuses connections": postgres_refuses,
    "network silent": network_is_silent,
    "connections reset": connections_are_reset,
    "network slow": network_is_slow,
    "PostgreSQL restarted": postgres_is_restarted,
    "out of connections": connections_are_used_up,
    "role without connections": role_has_no_connections,
    "PostgreSQL read-only": postgres_is_read_only,
}

CROSSED_FAULTS: Final[Mapping[str, Callable[[DatabaseSite, random.Random], Awaitable[None]]]] = {
    "server killed, PostgreSQL away": server_is_killed_with_postgres_away,
}
"""Two at once. The server does not live through them, so that they tell nothing of its memory."""

LONG_FAULTS: Final[Mapping[str, Callable[[DatabaseSite, random.Random], Awaitable[None]]]] = {
    "PostgreSQL away for long": postgres_is_away_for_long,
}
