"""What can happen to the machine under the server: its disk."""

import asyncio
import random
import resource
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Final

from sertantai.journal.sqlite_files import FILE
from tests.acceptance.faults.site import POLL_S, RECOVERY_S_MAX, DatabaseSite

HANG_US: Final = 5_000_000


async def journal_has_no_disk(site: DatabaseSite, rng: random.Random) -> None:
    await asyncio.to_thread(_shorten_log, site.server.data_dir / FILE)
    site.journal_disk.fill()
    try:
        await site.unwell()
        await asyncio.sleep(rng.uniform(1, 2))
    finally:
        site.journal_disk.free()


async def journal_cannot_grow(site: DatabaseSite, rng: random.Random) -> None:
    """Writes beyond the first bytes of a file fail with EFBIG, as under a quota."""
    pid = site.server.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        await site.unwell()
        await asyncio.sleep(rng.uniform(1, 2))
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


async def sync_fails(site: DatabaseSite, rng: random.Random) -> None:
    """fsync answers EIO: what was written may or may not be on the disk."""
    async with _system_calls(site, "error=EIO"):
        await site.unwell()
        await asyncio.sleep(rng.uniform(1, 2))


async def disk_hangs(site: DatabaseSite, rng: random.Random) -> None:
    """One fsync takes longer than anybody waits."""
    async with _system_calls(site, f"delay_enter={HANG_US}:when=1"):
        await site.unwell()
        await asyncio.sleep(rng.uniform(1, 2))


def _shorten_log(journal: Path) -> None:
    """Give back the room that the journal's log holds in advance, as any program that looks at it may: the
    next commits need more of the disk."""
    with closing(sqlite3.connect(journal, timeout=5)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@asynccontextmanager
async def _system_calls(site: DatabaseSite, injected: str) -> AsyncIterator[None]:
    """strace makes the syncs of the running server do something else."""
    if shutil.which("strace") is None:
        raise AssertionError("strace is missing. Install it: apt-get install strace")
    calls = "fsync,fdatasync"
    strace = await asyncio.create_subprocess_exec(
        *("strace", "-f", "-qq", "-p", str(site.server.pid), "-e", f"trace={calls}"),
        *("-e", f"inject={calls}:{injected}", "-o", "/dev/null"),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _attached(site.server.pid, strace.pid)
        yield
    finally:
        strace.terminate()
        await strace.wait()


async def _attached(pid: int, tracer: int) -> None:
    """Wait until every thread of the server is traced: before that nothing happens to its calls."""
    async with asyncio.timeout(RECOVERY_S_MAX):
        while not all(_tracer(thread) == tracer for thread in Path(f"/proc/{pid}/task").iterdir()):  # noqa: ASYNC110  # strace does not tell
            await asyncio.sleep(POLL_S)


def _tracer(thread: Path) -> int:
    lines = (thread / "status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("TracerPid:"))


MACHINE_FAULTS: Final[Mapping[str, Callable[[DatabaseSite, random.Random], Awaitable[None]]]] = {
    "journal's disk full": journal_has_no_disk,
    "journal cannot grow": journal_cannot_grow,
    "fsync fails": sync_fails,
    "disk hangs": disk_hangs,
}
