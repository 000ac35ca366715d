"""What a killed server leaves behind: processes that still run on its data, pid files, sockets."""

import asyncio
import os
import signal
from pathlib import Path

from sertantai.core.errors import Unavailable
from sertantai.process import logs

log = logs.logger(__name__)

# How a postmaster is asked to end, in the order in which to lose patience: fast, immediate, killed. Its
# children follow it; once it is gone they are only asked the second way and the third.
STOPPING = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
PROGRAMS = ("postgres", "initdb")


class LeftoverProcesses(Unavailable):
    code = "leftover_processes"


async def clear_leftovers(home: Path) -> None:
    """Ends every PostgreSQL process that works below ``home``, then removes stale pid files and sockets.

    Only for the holder of the data directory's lock. Processes are found by where they work, not by the pid
    file: the number in it may by now belong to somebody else (in a container, to ourselves).
    """
    _wake(processes_below(home))
    for signal_number, patience_s in STOPPING:
        processes = processes_below(home)
        if not processes:
            break
        if signal_number == signal.SIGINT:
            processes = [pid for pid in processes if pid == _postmaster(home)]
        log.info("stopping a PostgreSQL left from an earlier run", pids=processes, signal=signal_number)
        await _signal_and_wait(processes, signal_number, patience_s)
    remaining = processes_below(home)
    if remaining:
        raise LeftoverProcesses(f"PostgreSQL processes on {home} cannot be stopped: {remaining}.")
    # Nobody is left who could own these.
    for path in (home / "data" / "postmaster.pid", *_socket_files(home)):
        path.unlink(missing_ok=True)


def processes_below(home: Path) -> list[int]:
    """Every process of a PostgreSQL server has the data directory as its working directory."""
    resolved = str(home.resolve())
    return [
        int(entry.name)
        for entry in Path("/proc").iterdir()
        if entry.name.isdigit() and _works_below(entry, resolved)
    ]


def _postmaster(home: Path) -> int | None:
    try:
        return int((home / "data" / "postmaster.pid").read_text("utf-8").split("\n", 1)[0])
    except (OSError, ValueError):
        return None


def _works_below(process: Path, home: str) -> bool:
    try:
        if (process / "comm").read_text().strip() not in PROGRAMS:
            return False
        working_directory = str((process / "cwd").readlink()).removesuffix(" (deleted)")
        zombie = (process / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:  # it ended meanwhile, or belongs to somebody else
        return False
    return not zombie and (working_directory == home or working_directory.startswith(f"{home}/"))


def _socket_files(home: Path) -> list[Path]:
    return [path for path in (home / "socket").glob(".s.PGSQL.*") if path.exists() or path.is_socket()]


def _wake(pids: list[int]) -> None:
    """A process that was paused hears nothing else."""
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        try:
            signal.pidfd_send_signal(descriptor, signal.SIGCONT)
        except ProcessLookupError:
            continue
        finally:
            os.close(descriptor)


async def _signal_and_wait(pids: list[int], signal_number: signal.Signals, patience_s: float) -> None:
    async with asyncio.TaskGroup() as group:
        for pid in pids:
            group.create_task(_signal_one(pid, signal_number, patience_s))


async def _signal_one(pid: int, signal_number: signal.Signals, patience_s: float) -> None:
    """Through a pidfd, so that the signal cannot hit a later process with the same number."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop.add_reader(descriptor, ended.set)
    try:
        signal.pidfd_send_signal(descriptor, signal_number)
        async with asyncio.timeout(patience_s):
            await ended.wait()
    except (ProcessLookupError, TimeoutError):
        return
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
