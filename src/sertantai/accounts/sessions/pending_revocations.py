"""Sessions that were ended while PostgreSQL was away: on disk before anybody is told, in PostgreSQL as soon
as that is back. Until then nobody is let in with one here, not even after a restart.

Other servers learn of it when PostgreSQL does; they cannot be told without it.
"""

import asyncio
import errno
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from sertantai.accounts.store import AccountStore
from sertantai.core.errors import SertantaiError, Unavailable
from sertantai.core.ids import SessionId, UserId
from sertantai.process.background import BackgroundService, Failures
from sertantai.process.logs import logger
from sertantai.process.private_files import sync_directory, write_whole

log = logger(__name__)

PENDING_MAX: Final = 10_000
RETRY_MIN_S: Final = 1.0
RETRY_MAX_S: Final = 15.0
DONE_LINES_MAX: Final = 1_000
"""So many lines of what PostgreSQL has by now, and as many more as still wait, may stand in the file."""


class Revocation(Struct, frozen=True):
    """Of a session that is known, or of one that only its cookie names."""

    at: datetime
    session_id: SessionId | None = None
    user_id: UserId | None = None
    token_hash: bytes | None = None


class PendingRevocations(BackgroundService):
    """Background service over one file, a line for each; a line cut off by a crash was promised to nobody.

    Lines are only added: those that PostgreSQL has by now go all together, with the file when nothing waits.
    One that is read again after a crash is written again, which changes nothing.
    """

    task_name = "pending-revocations"

    def __init__(self, path: Path, store: AccountStore) -> None:
        self._path = path
        self._store = store
        self._pending: dict[int, Revocation] = {}
        """By the number of their coming."""
        self._next = 0
        self._lines = 0
        """In the file."""
        self._ended: Counter[SessionId | bytes] = Counter()
        self._writing = asyncio.Lock()
        self._wake = asyncio.Event()
        self.settled = asyncio.Event()
        """Set while nothing waits."""

    def ended(self, session_id: SessionId | None, token_hash: bytes) -> bool:
        """Whether somebody has signed out of it."""
        return bool(self._ended) and (session_id in self._ended or token_hash in self._ended)

    def __len__(self) -> int:
        return len(self._pending)

    async def start(self) -> None:
        for one in await asyncio.to_thread(_read, self._path):
            self._keep(one)
        (self._wake if self._pending else self.settled).set()
        await super().start()

    async def add(self, revocation: Revocation) -> None:
        """Return once it is on disk; raises `Unavailable` when that is not possible."""
        if len(self._pending) >= PENDING_MAX:
            raise Unavailable("Too many sign-outs are waiting for the database.", retry_after_s=5)
        self.settled.clear()
        try:
            async with self._writing:
                await asyncio.to_thread(_append, self._path, revocation)
                self._keep(revocation)
        except OSError as error:
            log.exception("revocation_not_kept", session_id=str(revocation.session_id))
            raise Unavailable(
                "You could not be signed out, because neither the database nor the disk is available.",
                retry_after_s=5,
            ) from error
        self._wake.set()

    async def write_all(self) -> None:
        """Into PostgreSQL, and out of the file. One that fails keeps no other waiting, and is raised."""
        failures, refused = Failures(), None
        for number, one in tuple(self._pending.items()):
            try:
                await self._write(number, one)
            except SertantaiError as error:
                refused = error
                failures.failed(error)
            else:
                failures.passed()
        await self._shorten()
        if refused is not None:
            raise refused
        if not self._pending:
            self.settled.set()

    def _keep(self, one: Revocation) -> None:
        self._pending[self._next] = one
        self._next += 1
        self._lines += 1
        self._ended.update(_names(one))

    async def _write(self, number: int, one: Revocation) -> None:
        if one.token_hash is not None:
            await self._store.revoke_token(one.token_hash, one.at)
        if one.session_id is not None and one.user_id is not None:
            await self._store.revoke_session(one.user_id, one.session_id, one.at)
        if self._pending.pop(number, None) is not None:
            self._ended -= Counter(_names(one))

    async def _shorten(self) -> None:
        """Take what is done out of the file, once that is much of it: so each line is written twice or so."""
        async with self._writing:
            done = self._lines - len(self._pending)
            if not done or (self._pending and done <= len(self._pending) + DONE_LINES_MAX):
                return
            await asyncio.to_thread(_replace, self._path, tuple(self._pending.values()))
            self._lines = len(self._pending)

    async def _run(self) -> None:
        pause_s = RETRY_MIN_S
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.write_all()
                pause_s = RETRY_MIN_S
            except (SertantaiError, OSError) as error:
                log.info("revocations_wait", waiting=len(self._pending), reason=str(error))
                self._wake.set()
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, RETRY_MAX_S)


def _names(one: Revocation) -> Iterator[SessionId | bytes]:
    if one.session_id is not None:
        yield one.session_id
    if one.token_hash is not None:
        yield one.token_hash


def _read(path: Path) -> list[Revocation]:
    found = []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        if not line:
            continue
        try:
            found.append(msgspec.json.decode(line, type=Revocation))
        except msgspec.DecodeError:
            log.warning("revocation_unreadable", line=line[:200].decode("utf-8", "replace"))
    return found


def _append(path: Path, revocation: Revocation) -> None:
    """Begins with a line end: the line before may have been cut off."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        line = b"\n" + msgspec.json.encode(revocation) + b"\n"
        if os.write(descriptor, line) != len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    sync_directory(path.parent)


def _replace(path: Path, revocations: Iterable[Revocation]) -> None:
    body = b"".join(msgspec.json.encode(one) + b"\n" for one in revocations)
    if not body:
        path.unlink(missing_ok=True)
        return
    write_whole(path, body)
