"""Sends every entry of the sealed log to a collector elsewhere, such as a SIEM, as soon as it is sealed.

Nothing waits for it: an entry waits in the database for a week, its hash in the log for ever, and one piece
of the log is in memory. What was accepted last is on the disk, so after a failure or a restart it goes on
there; a piece that was accepted and not noted comes twice, with the same numbers. A collector that has
accepted nothing for a day is told of.
"""

import asyncio
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

import msgspec

from sertantai.core.errors import DatabaseUnavailable, InvalidInput
from sertantai.core.sealing.notes import Head, head_in_words
from sertantai.core.sealing.tree import ZERO
from sertantai.postgres import Database
from sertantai.postgres.lanes import Lane
from sertantai.postgres.roles import Role
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.process.summed_files import FileDamaged, read_summed, write_summed
from sertantai.sealing import sql
from sertantai.sealing.files import NOTICE, PLACE, TrailFiles
from sertantai.sealing.log import SealedLog
from sertantai.sealing.outside.heard import SILENT_S, Heard
from sertantai.sealing.outside.outgoing import NoAnswer, Outgoing
from sertantai.sealing.outside.stream_lines import (
    BYTES_AT_ONCE_MAX,
    LINES_AT_ONCE,
    Lines,
    Piece,
    Place,
    lines_of,
)

log = logger(__name__)

LOOK_AROUND_S: Final = 1.0
PAUSE_MIN_S: Final = 5.0
PAUSE_MAX_S: Final = 300.0
URL_CHARACTERS_MAX: Final = 2_000
SETTING: Final = "audit_stream_url"
STREAMING_FILE: Final = "streaming"
SENT_ANEW: Final = "Entries are sent from the first one on again, which writes it again."
SHOWN_NAME: Final = "the collector of the stream"
"""To everybody, also to who may not know where it stands in the operator's network."""
NDJSON: Final = "application/x-ndjson"
_URL: Final = re.compile(r"(https://[^\s/?#@]+|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)(/[^\s#]*)?")


class Streaming(msgspec.Struct, frozen=True):
    """``next``: the first entry that was not accepted. Times in seconds since 1970."""

    next: int = 0
    in_vain_since: float | None = None
    answered_at: float | None = None


class Sealed(Protocol):
    """What is sealed here, as the sealer has it."""

    @property
    def files(self) -> TrailFiles: ...

    @property
    def head(self) -> Head | None: ...

    @property
    def log(self) -> SealedLog: ...


def require_stream_url(url: str) -> str:
    """Raises `InvalidInput`."""
    if len(url) > URL_CHARACTERS_MAX or not url.isascii() or not _URL.fullmatch(url):
        raise InvalidInput(
            f"{SETTING}: the address begins with https://, or with http:// on this machine.", field=SETTING
        )
    return url


class Stream(BackgroundService):
    """``on_silent`` is told once of a collector that has accepted nothing for a day, and again only after it
    has."""

    task_name = "stream"

    def __init__(
        self,
        sealed: Sealed,
        database: Database,
        url: str,
        authorization: str | None = None,
        on_silent: Callable[[str, str], None] | None = None,
        now: Callable[[], float] = time.time,
        outgoing: Outgoing | None = None,
    ) -> None:
        self._sealed = sealed
        self._database = database
        self._url = require_stream_url(url)
        self._headers = {} if authorization is None else {"authorization": authorization}
        self._name = urlsplit(url).netloc
        self._on_silent = on_silent
        self._now = now
        self._outgoing = outgoing or Outgoing()
        self._path = sealed.files.folder / STREAMING_FILE
        self._state = streaming_in(sealed.files.folder)
        self._notices_end: int | None = None
        """Where in their file those before the next entry end; None: that has to be found."""
        self._rewritten = 0
        self._problem: str | None = None
        self._told = False
        self._pause_s = PAUSE_MIN_S

    @property
    def heard(self) -> Heard:
        state = self._state
        return Heard(SHOWN_NAME, state.next, state.answered_at, self._problem, self._is_silent())

    async def stop(self) -> None:
        await super().stop()
        await self._outgoing.close()

    async def _run(self) -> None:
        while True:
            pause_s = LOOK_AROUND_S
            try:
                while await self.send_some():
                    self._pause_s = PAUSE_MIN_S
            except NoAnswer as error:
                await self._missed(f"{error}")
                pause_s, self._pause_s = self._pause_s, min(PAUSE_MAX_S, 2 * self._pause_s)
            except DatabaseUnavailable as error:
                log.debug("nothing can be streamed now", reason=error.message)
            except Exception:  # it is tried for as long as the server runs
                log.exception("the sealed log cannot be streamed now")
                pause_s = PAUSE_MAX_S
            await asyncio.sleep(pause_s)

    async def send_some(self) -> bool:
        """Whether there was something, which was accepted. Raises `NoAnswer`, `DatabaseUnavailable`."""
        head = self._sealed.head
        if head is None or self._state.next >= head.size:
            return False
        piece, end = await asyncio.to_thread(self._piece, min(head.size, self._state.next + LINES_AT_ONCE))
        entries = await self._entries([place for place in piece.places if place[1] != NOTICE])
        lines = await asyncio.to_thread(
            lines_of, piece, entries, head_in_words(head), self._sealed.log.signer
        )
        answer = await self._outgoing.post(self._url, lines.body, NDJSON, self._headers)
        if not 200 <= answer.status < 300:
            raise NoAnswer(f"it answers {answer.status}")
        await self._accepted(piece, lines, end)
        return True

    def _piece(self, upto: int) -> tuple[Piece, int]:
        """And where its notices begin in their file."""
        files, begin = self._sealed.files, self._state.next
        places = list(files.places(begin, upto))
        wanted = sum(part == NOTICE for _, part in places)
        while True:
            if self._notices_end is None or self._rewritten != files.rewritten:
                self._rewritten = files.rewritten
                self._notices_end = files.end_of_notices(files.notices_before(begin))
            notices = files.notices_from(self._notices_end, wanted)
            if self._rewritten == files.rewritten:
                break
        hashes = files.leaves(begin - 1, upto) if begin else ZERO + files.leaves(0, upto)
        return Piece(begin, hashes, places, notices), self._notices_end

    async def _entries(self, wanted: Sequence[Place]) -> dict[Place, bytes]:
        """Those that are kept, as much as goes at once."""
        found: dict[Place, bytes] = {}
        if not wanted:
            return found
        journals, size = list(self._sealed.log.journals), 0
        async with self._database.transaction(Role.SYNC, readonly=True, lane=Lane.LISTS) as connection:
            first = await connection.fetchrow(sql.ENTRIES_BEGIN, journals, *wanted[0])
            begin = wanted[0] if first is None else (first["position"], first["part"])
            async for row in connection.cursor(sql.ENTRIES_FROM, journals, *begin, *wanted[-1], prefetch=10):
                if row["entries"] is not None:
                    found.update(
                        zip(PLACE.iter_unpack(row["places"]), row["entries"].split(b"\n"), strict=False)
                    )
                    size += len(row["entries"])
                if size > 2 * BYTES_AT_ONCE_MAX:
                    break
        return found

    async def _accepted(self, piece: Piece, lines: Lines, notices_begin: int) -> None:
        told = piece.notices[: lines.notices]
        self._notices_end = notices_begin + sum(len(line) + 1 for line in told)
        self._problem, self._told = None, False
        self._state = Streaming(piece.begin + lines.entries, None, self._now())
        await asyncio.to_thread(write_summed, self._path, msgspec.json.encode(self._state))

    async def _missed(self, reason: str) -> None:
        self._problem, state = reason, self._state
        log.info("stream_refused", collector=self._name, reason=reason)
        if state.in_vain_since is None:
            self._state = Streaming(state.next, self._now(), state.answered_at)
            await asyncio.to_thread(write_summed, self._path, msgspec.json.encode(self._state))
        if self._is_silent() and not self._told:
            self._told = True
            log.warning("collector_silent_for_a_day", collector=self._name, reason=reason)
            if self._on_silent is not None:
                self._on_silent(self._name, reason)

    def _is_silent(self) -> bool:
        since = self._state.in_vain_since
        return since is not None and self._now() - since >= SILENT_S


def streaming_in(folder: Path) -> Streaming:
    """Of the log in ``folder``; from its beginning where nothing can be read."""
    try:
        return msgspec.json.decode(read_summed(folder / STREAMING_FILE, SENT_ANEW), type=Streaming)
    except (FileNotFoundError, FileDamaged, msgspec.DecodeError):
        return Streaming()
