"""A server with everything that can be taken from it, and the way back to health."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from sertantai.postgres.cluster import dsn
from sertantai.sync.apart.supervised import MODULE
from tests.acceptance.faults.movable_clock import movable_clock
from tests.acceptance.faults.own_postgres import DATABASE, OwnPostgres
from tests.acceptance.faults.small_disk import SmallDisk, small_disk
from tests.acceptance.faults.wire import Cut, Wire
from tests.fixtures.postgres import short_directory
from tests.fixtures.process import ServerProcess
from tests.fixtures.proxy import Proxy

RECOVERY_S_MAX: Final = 60.0
POLL_S: Final = 0.05
SETTINGS: Final = {
    # Sessions that are due for their look are met in every fault, not only in those that last a minute.
    "SERTANTAI_SESSION_RECHECK_S": "1",
    "SERTANTAI_SYNC_BACKOFF_S_MAX": "1",
}
IN_SHORT: Final = {
    # What is waited out in full by `make torture` takes half as long here; see `PACE_IN_SHORT`.
    "SERTANTAI_DATABASE_CONNECT_TIMEOUT_S": "1.5",
    "SERTANTAI_DATABASE_COMMAND_TIMEOUT_S": "2",
}
PACE_IN_SHORT: Final = 0.5


class Site:
    """``pace``: a part of the time that faults usually last, and work before them."""

    def __init__(self, server: ServerProcess, superuser_dsn: str) -> None:
        self.server = server
        self.pace = 1.0
        self.statement_s_max = float(server.settings.get("SERTANTAI_DATABASE_COMMAND_TIMEOUT_S", "4"))
        """How long the server waits for an answer of PostgreSQL."""
        self.superuser_dsn = superuser_dsn
        self._down = False
        self._died_at = -1.0

    @property
    def port(self) -> int:
        return int(self.server.url.rpartition(":")[2])

    def synchroniser(self) -> list[int]:
        """Its process; none while it is being started again."""
        ours = Path(f"/proc/{self.server.pid}/task/{self.server.pid}/children").read_text().split()
        return [int(pid) for pid in ours if MODULE.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()]

    def may_be_cut(self, opened_at: float) -> bool:
        """Whether a connection of that time may have ended: the server has, since or just now."""
        return self._down or opened_at <= self._died_at

    async def restart(self, *, graceful: bool) -> None:
        """Stop the server by SIGTERM or SIGKILL, and start it again."""
        self._down = True
        await self.server.restart_async(graceful=graceful)
        self._died_at = asyncio.get_running_loop().time()
        self._down = False

    async def start_and_kill(self, *, after_s: float) -> None:
        """Kill the server, kill it again while it starts, and start it."""
        self._down = True
        self.server.kill9()
        self.server.launch()
        await asyncio.sleep(after_s)
        await self.restart(graceful=False)

    async def lasts(self, seconds: float) -> None:
        """Let it go on as it is for so long, or for the part of it that there is time for."""
        await asyncio.sleep(self.pace * seconds)

    async def health(self) -> dict[str, Any]:
        wire = Wire(self.port)
        try:
            answer = await wire.ask("GET", "/health/ready")
        finally:
            wire.close()
        found: dict[str, Any] = answer.json()
        return found

    async def unwell(self) -> None:
        """Wait until the server says that something is wrong."""
        await self._until(lambda found: found["status"] != "ok")

    async def recovered(self) -> None:
        """Wait until the server is well by itself."""
        await self._until(lambda found: found["status"] == "ok")

    async def caught_up(self) -> None:
        """Wait until PostgreSQL has everything, for as long as it gets more."""
        reached = -1.0
        while True:
            now = await self._until(partial(_is_further, reached))
            if _waiting(now) == 0:
                return
            reached = _position(now)

    async def _until(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        found: Any = None
        try:
            async with asyncio.timeout(RECOVERY_S_MAX):
                while True:
                    try:
                        found = await self.health()
                    except Cut as cut:
                        found = str(cut)
                    else:
                        if is_so(found):
                            return dict(found)
                    await asyncio.sleep(POLL_S)  # health is asked, it does not call
        except TimeoutError:
            raise AssertionError(f"not so within {RECOVERY_S_MAX:.0f} s: {found}") from None


def _is_further(reached: float, found: dict[str, Any]) -> bool:
    return _waiting(found) == 0 or _position(found) > reached


def _waiting(found: dict[str, Any]) -> float:
    return float(found["checks"]["synchroniser"]["measures"]["waiting_operations"])


def _position(found: dict[str, Any]) -> float:
    return float(found["checks"]["synchroniser"]["measures"]["position"])


class EmbeddedSite(Site):
    """`sertantai serve` as it comes: PostgreSQL is a child of ours, here with a disk of its own. The clock is
    what the test says."""

    def __init__(self, server: ServerProcess, postgres_disk: SmallDisk, clock: Path) -> None:
        self.home = server.data_dir / "postgres"
        super().__init__(server, dsn(self.home / "socket", user="postgres"))
        self.postgres_disk = postgres_disk
        self.clock = clock

    def postmaster(self) -> int:
        return int((self.home / "data" / "postmaster.pid").read_text().split("\n", 1)[0])


class DatabaseSite(Site):
    """A server with `--database-url`: PostgreSQL is somebody else's, beyond a network; the journal has a disk
    of its own."""

    def __init__(
        self, server: ServerProcess, postgres: OwnPostgres, proxy: Proxy, journal_disk: SmallDisk
    ) -> None:
        super().__init__(server, postgres.superuser_dsn)
        self.postgres = postgres
        self.proxy = proxy
        self.journal_disk = journal_disk


@asynccontextmanager
async def embedded_site(
    *, forked: bool = False, pace: float = 1.0, **settings: str
) -> AsyncIterator[EmbeddedSite]:
    with ExitStack() as stack:
        home = stack.enter_context(short_directory())
        disk = stack.enter_context(small_disk(home / "data" / "postgres"))
        clock = home / "clock"
        environment = {**movable_clock(clock), **SETTINGS, **settings}
        server = ServerProcess(home / "data", environment, forked=forked)
        stack.callback(server.sweep)
        await server.start_async()
        site = EmbeddedSite(server, disk, clock)
        site.pace = pace
        yield site


@asynccontextmanager
async def database_site(
    *, forked: bool = False, pace: float = 1.0, **settings: str
) -> AsyncIterator[DatabaseSite]:
    with ExitStack() as stack:
        home = stack.enter_context(short_directory())
        disk = stack.enter_context(small_disk(home / "data"))
        postgres = await _own_postgres(home / "postgres")
        proxy = Proxy(postgres.socket)
        await proxy.listen()
        url = f"postgresql://sertantai@127.0.0.1:{proxy.port}/{DATABASE}"
        environment = {"SERTANTAI_DATABASE_URL": url, **SETTINGS, **settings}
        server = ServerProcess(home / "data", environment, forked=forked)
        stack.callback(server.sweep)
        try:
            await server.start_async()
            site = DatabaseSite(server, postgres, proxy, disk)
            site.pace = pace
            yield site
        finally:
            await asyncio.to_thread(server.kill9)
            proxy.close()
            await postgres.stop()


async def _own_postgres(home: Path) -> OwnPostgres:
    home.mkdir()
    postgres = OwnPostgres(home)
    await postgres.make()
    return postgres
