"""A disk rebuilt from the system calls of a process: what was synced is there, the rest may be or not.

`strace` tells every write and sync in their order. At any point of it the power may fail: a file then holds
its content as of its last sync and any part of what was written since, a write torn in the middle included;
a file made or removed since the last sync of its folder may be there or not.
"""

import random
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

_CALL = re.compile(r"^(?P<thread>\d+)\s+(?P<name>\w+)\((?P<rest>.*)$")
_RESUMED = re.compile(r"^(?P<thread>\d+)\s+<\.\.\. (?P<name>\w+) resumed>")
_WRITE = re.compile(r'^\d+<(?P<path>[^>]*)>, "(?P<data>[^"]*)", \d+(?:, (?P<offset>\d+))?')
_TRUNCATE = re.compile(r"^\d+<(?P<path>[^>]*)>, (?P<size>\d+)")
_FILE = re.compile(r"^\d+<(?P<path>[^>]*)>")
_NAMED = re.compile(r'"(?P<path>[^"]*)"')
_TRACED = "openat,pwrite64,write,fsync,fdatasync,ftruncate,unlink"


class Event(NamedTuple):
    kind: str
    path: str
    data: bytes = b""
    offset: int = 0


def record(folder: Path, acks: Path, trace: Path) -> list[Event]:
    """Run the writer on ``folder`` and return what it asked of the disk."""
    command = [sys.executable, "-m", "tests.conformance.power_cut_writer", str(folder / "journal"), str(acks)]
    strace = ["strace", "-f", "-y", "-xx", "-s", "1000000", "-e", f"trace={_TRACED}", "-o", str(trace)]
    root = Path(__file__).parents[2]
    subprocess.run([*strace, *command], check=True, cwd=root, timeout=280)
    return [event for event in parse(trace.read_text()) if event.path.startswith((str(folder), str(acks)))]


def parse(trace: str) -> list[Event]:
    """The calls in order; one that another thread interrupted counts when it began, a sync when it ended.

    What is written to a file that was opened with ``O_DSYNC`` is synced when the write ends.
    """
    events: list[Event] = []
    unfinished: dict[str, Event] = {}
    opened_synced: set[str] = set()
    for line in trace.splitlines():
        resumed = _RESUMED.match(line)
        if resumed:
            event = unfinished.pop(resumed["thread"] + resumed["name"], None)
            if event is not None:
                events.append(event)
            continue
        call = _CALL.match(line)
        made = _event(call["name"], call["rest"]) if call else None
        if made is None or call is None:
            continue
        if made.kind == "make" and "O_DSYNC" in line:
            opened_synced.add(made.path)
        if made.kind == "write" and made.path in opened_synced:
            events.append(made)
            made = Event("sync", made.path)
        if made.kind == "sync" and "<unfinished" in line:
            unfinished[call["thread"] + call["name"]] = made
        else:
            events.append(made)
    return events


def _event(name: str, rest: str) -> Event | None:
    if name in {"pwrite64", "write"}:
        found = _WRITE.match(rest)
        if found is None:
            return None
        return Event("write", _path(found["path"]), _bytes(found["data"]), int(found["offset"] or -1))
    if name in {"fsync", "fdatasync"}:
        found = _FILE.match(rest)
        return Event("sync", _path(found["path"])) if found else None
    if name == "ftruncate":
        found = _TRUNCATE.match(rest)
        return Event("truncate", _path(found["path"]), offset=int(found["size"])) if found else None
    if name == "unlink" or "O_CREAT" in rest:
        found = _NAMED.search(rest)
        kind = "remove" if name == "unlink" else "make"
        return Event(kind, _path(found["path"])) if found else None
    return None


def _path(shown: str) -> str:
    """Depending on its version strace shows the path of a descriptor escaped or plain."""
    return _bytes(shown).decode() if shown.startswith("\\x") else shown


def _bytes(escaped: str) -> bytes:
    return bytes.fromhex(escaped.replace("\\x", ""))


class _File:
    def __init__(self) -> None:
        self.synced = b""
        self.unsynced: list[Event] = []

    def content(self, rng: random.Random) -> bytes:
        """One of the contents that it may have after the power came back."""
        kept = _kept(self.unsynced, rng)
        content = bytearray(self.synced)
        for event in kept:
            _apply(content, event)
        return bytes(content)

    def sync(self) -> None:
        content = bytearray(self.synced)
        for event in self.unsynced:
            _apply(content, event)
        self.synced, self.unsynced = bytes(content), []


def _kept(events: list[Event], rng: random.Random) -> list[Event]:
    mode = rng.choice(("none", "all", "some", "torn"))
    if mode == "none":
        return []
    if mode == "some":
        return [event for event in events if rng.random() < 0.5]
    if mode == "torn" and events:
        cut = rng.randrange(len(events))
        torn = events[cut]
        return [*events[:cut], torn._replace(data=torn.data[: rng.randint(0, len(torn.data))])]
    return events


def _apply(content: bytearray, event: Event) -> None:
    if event.kind == "truncate":
        del content[event.offset :]
        content.extend(bytes(event.offset - len(content)))
        return
    end = event.offset + len(event.data)
    content.extend(bytes(max(0, end - len(content))))
    content[event.offset : end] = event.data


def after_power_cut(events: list[Event], folder: Path, into: Path, rng: random.Random) -> None:
    """Write into ``into`` what ``folder`` may hold when the power fails after ``events``."""
    files: dict[str, _File] = {}
    entries: dict[str, bool] = {}
    """Files whose making or removal is not synced: whether they were there before."""
    for event in events:
        if event.kind == "sync" and event.path == str(folder):
            entries.clear()
        elif event.kind == "make" and event.path not in files:
            files[event.path] = _File()
            entries.setdefault(event.path, False)
        elif event.kind == "remove":
            entries.setdefault(event.path, True)
            files.pop(event.path, None)
        elif event.path in files:
            if event.kind == "sync":
                files[event.path].sync()
            elif event.kind in {"write", "truncate"}:
                files[event.path].unsynced.append(event)
    for path, file in files.items():
        if path.endswith("-shm") or (entries.get(path) is False and rng.random() < 0.5):
            continue  # shared memory is rebuilt; an entry of the folder may not have been written
        (into / Path(path).name).write_bytes(file.content(rng))
