"""PostgreSQL for a command: the one given, the running server's, or one started for as long as it takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sertantai.core.errors import Unavailable
from sertantai.postgres.cluster import Cluster, dsn
from sertantai.postgres.embedded import EmbeddedPostgres
from sertantai.process.data_directory import (
    DataDirectory,
    DataDirectoryBusy,
    DataDirectoryMissing,
    read_holder,
    require_whole,
)

LOCK_WAIT_S = 60.0
READY_WAIT_S = 30.0
READY_POLL_S = 0.05


def find_running(data_dir: Path) -> str | None:
    """The DSN of the embedded server that accepts connections on ``data_dir``, if there is one.

    Right only while somebody holds the data directory: a killed server leaves its pid file behind.
    """
    socket_dir = Cluster(data_dir).running_socket_dir()
    return dsn(socket_dir) if socket_dir else None


@asynccontextmanager
async def postgres_for_command(
    data_dir: Path, database_url: str | None = None, *, may_make: bool = False
) -> AsyncIterator[str]:
    """Yields a DSN. Beside a running server it is the server's; else PostgreSQL runs until the block ends.

    Commands on one directory that find no server take turns. Raises `DataDirectoryBusy` after `LOCK_WAIT_S`,
    and, unless the command ``may_make`` a new one, `DataDirectoryMissing` where nobody has made one yet.
    """
    require_whole(data_dir)
    if database_url is not None:
        yield database_url
        return
    if not may_make:
        require_made(data_dir)
    directory = DataDirectory(data_dir, purpose="command")
    try:
        await directory.lock_within(LOCK_WAIT_S)
    except DataDirectoryBusy as busy:
        if busy.holder is None or busy.holder.purpose != "serve":
            raise
        yield await _server_dsn(data_dir)
        return
    server = EmbeddedPostgres(directory)
    try:
        if not may_make and not Cluster(data_dir).is_made:  # whoever held the directory has made nothing
            raise DataDirectoryMissing(data_dir)
        await server.start()
        yield server.dsn
    finally:
        await server.stop()
        directory.unlock()


def require_made(data_dir: Path) -> None:
    """Raises `DataDirectoryMissing`. Whoever holds the directory may be about to make a database in it."""
    if not Cluster(data_dir).is_made and read_holder(data_dir) is None:
        raise DataDirectoryMissing(data_dir)


async def _server_dsn(data_dir: Path) -> str:
    """A server that has just been started, or is restarting its PostgreSQL, needs a moment."""
    deadline = asyncio.get_running_loop().time() + READY_WAIT_S
    while (found := find_running(data_dir)) is None:
        if asyncio.get_running_loop().time() >= deadline:
            raise Unavailable(
                f"The server on {data_dir} has no running PostgreSQL. If it was started with --database-url, "
                "give the same to this command."
            )
        await asyncio.sleep(READY_POLL_S)  # a pid file tells nobody when it changes
    return found
