"""The sessions in memory, kept in a file: after a start without PostgreSQL people are still known.

What is read back is only a fallback. It is looked up in PostgreSQL before it is believed, and goes on only
while that is away, as every session that this server remembers does. The file holds hashes of tokens, never
tokens. When a session is ended, the file goes at once and is written anew without it.
"""

import asyncio
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from sertantai.accounts.live_sessions import LiveSession, LiveSessions
from sertantai.core.clock import Clock
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.process.summed_files import FileDamaged, read_summed, summed

log = logger(__name__)

SAVE_INTERVAL_S: Final = 5.0
REWRITE_PAUSE_S: Final = 0.5
"""Sessions that end together are written once."""
GOOD_FOR: Final = timedelta(hours=24)
"""A file that is older knows too little of what has ended since."""
RENEW_S: Final = 3600.0
"""How often an unchanged file is written, so that it does not grow old."""
SIGN_IN_AGAIN: Final = "Without PostgreSQL nobody is known after this start; it is written again."


class KeptFile(Struct, frozen=True):
    saved_at: datetime
    sessions: list[tuple[bytes, LiveSession]]


class KeptSessions(BackgroundService):
    """Background service over one file. A file that cannot be read or written costs nobody anything now."""

    task_name = "kept-sessions"

    def __init__(self, path: Path, live: LiveSessions, clock: Clock) -> None:
        self._path = path
        self._live = live
        self._clock = clock
        self._ended = asyncio.Event()
        self._saved_at = 0.0

    async def start(self) -> None:
        self._live.restore(await asyncio.to_thread(_read, self._path, self._clock.now()))
        self._live.on_ended = self._forget
        await super().start()

    async def stop(self) -> None:
        if self.is_running:
            await super().stop()
            await self.save()

    async def save(self) -> None:
        """Write the sessions as they are now."""
        self._live.is_changed = False
        self._saved_at = self._clock.monotonic()
        kept = KeptFile(self._clock.now(), self._live.all())
        try:
            await asyncio.to_thread(_write, self._path, kept)
        except OSError as error:
            self._live.is_changed = True
            log.warning("sessions_not_kept", reason=str(error))

    def _forget(self) -> None:
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            log.warning("sessions_not_forgotten", reason=str(error))
        self._live.is_changed = True
        self._ended.set()

    async def _run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(SAVE_INTERVAL_S):
                    await self._ended.wait()
                await asyncio.sleep(REWRITE_PAUSE_S)
            except TimeoutError:
                pass
            self._ended.clear()
            if self._live.is_changed or self._clock.monotonic() - self._saved_at > RENEW_S:
                await self.save()


def _read(path: Path, now: datetime) -> list[tuple[bytes, LiveSession]]:
    try:
        kept = msgspec.msgpack.decode(read_summed(path, SIGN_IN_AGAIN), type=KeptFile)
    except FileNotFoundError:
        return []
    except (OSError, FileDamaged, msgspec.MsgspecError) as error:
        log.warning("kept_sessions_unreadable", path=str(path), reason=str(error))
        return []
    return kept.sessions if now - kept.saved_at < GOOD_FOR else []


def _write(path: Path, kept: KeptFile) -> None:
    """Whole or not at all. Not synced: losing it in a power cut is no loss."""
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(summed(msgspec.msgpack.encode(kept)))
    draft.replace(path)
