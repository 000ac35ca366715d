"""Has the last head of each day stamped with the time by an authority (RFC 3161): a time that is not ours.

Nothing waits for it. While it is away the head is stamped later, as it is asked every ten minutes; a day
later its silence is told.
"""

import asyncio
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from sertantai.core.errors import InvalidInput
from sertantai.core.sealing.notes import NotANote, parse_head, parse_note
from sertantai.process.background import BackgroundService
from sertantai.process.logs import logger
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.outside.heard import SILENT_S, Heard
from sertantai.sealing.outside.outgoing import NoAnswer, Outgoing
from sertantai.sealing.outside.stamped import Stamped, Stamping
from sertantai.sealing.outside.tokens import NOT_INSTALLED, QUERY, can_stamp, query_for, require_answer

log = logger(__name__)

LOOK_AROUND_S: Final = 10.0
AGAIN_S: Final = 600.0
URL_CHARACTERS_MAX: Final = 2_000
SETTING: Final = "audit_tsa_url"
_URL: Final = re.compile(r"https?://[^\s/?#@]+(/[^\s#]*)?")


def require_tsa_url(url: str) -> str:
    """Raises `InvalidInput`."""
    if len(url) > URL_CHARACTERS_MAX or not url.isascii() or not _URL.fullmatch(url):
        raise InvalidInput(
            f"{SETTING}: the address of an authority begins with https:// or http://.", field=SETTING
        )
    return url


class TimeStamps(BackgroundService):
    """``on_silent`` is told once of an authority that has been silent for a day, and again only after an
    answer."""

    task_name = "time-stamps"

    def __init__(
        self,
        files: TrailFiles,
        url: str,
        on_silent: Callable[[str, str], None] | None = None,
        now: Callable[[], float] = time.time,
        outgoing: Outgoing | None = None,
    ) -> None:
        self._files = files
        self._url = require_tsa_url(url)
        self._name = urlsplit(url).netloc
        self._on_silent = on_silent
        self._now = now
        self._outgoing = outgoing or Outgoing()
        self._stamped = Stamped(files)
        self._problem: str | None = None
        self._told = False
        self._asked_at = float("-inf")
        self._done: datetime | None = None
        """The day of which nothing is left to be stamped."""

    @property
    def heard(self) -> Heard:
        state = self._stamped.state
        return Heard(self._name, state.size, state.answered_at, self._problem, self._is_silent())

    async def start(self) -> None:
        if not can_stamp():
            log.warning("time_stamps_cannot_be_asked_for", reason=NOT_INSTALLED)
        await super().start()

    async def stop(self) -> None:
        await super().stop()
        await self._outgoing.close()

    async def _run(self) -> None:
        while True:
            try:
                await self.stamp_what_is_due()
            except Exception:  # it is asked for as long as the server runs
                log.exception("the authority cannot be asked for a time stamp now")
            await asyncio.sleep(LOOK_AROUND_S)

    async def stamp_what_is_due(self) -> bool:
        """Whether something was stamped: the last head of the days before, and the first one ever."""
        today = datetime.fromtimestamp(self._now(), UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        state = self._stamped.state
        if (state.size and self._done == today) or self._now() - self._asked_at < AGAIN_S:
            return False
        note = await asyncio.to_thread(_due, self._files, today if state.size else None, state.size)
        if note is None:
            self._done = today if state.size else None
            return False
        self._asked_at = self._now()
        try:
            token = await self._token(note)
        except NoAnswer as error:
            self._missed(f"{error}")
            return False
        await asyncio.to_thread(self._stamped.keep, note, token, self._now())
        self._problem, self._told, self._asked_at = None, False, float("-inf")
        return True

    async def _token(self, note: str) -> bytes:
        if not can_stamp():
            raise NoAnswer(NOT_INSTALLED.removesuffix("."))
        query = query_for(note.encode())
        answer = await self._outgoing.post(self._url, query.body, QUERY)
        if answer.status != 200:
            raise NoAnswer(f"it answers {answer.status}")
        require_answer(query, answer.body)
        return answer.body

    def _missed(self, reason: str) -> None:
        self._problem, state = reason, self._stamped.state
        log.info("time_stamp_missed", authority=self._name, reason=reason)
        if state.in_vain_since is None:
            self._stamped.save(Stamping(self._now(), state.answered_at, state.size))
        if self._is_silent() and not self._told:
            self._told = True
            log.warning("authority_silent_for_a_day", authority=self._name, reason=reason)
            if self._on_silent is not None:
                self._on_silent(self._name, reason)

    def _is_silent(self) -> bool:
        since = self._stamped.state.in_vain_since
        return since is not None and self._now() - since >= SILENT_S


def _due(files: TrailFiles, before: datetime | None, stamped: int) -> str | None:
    """The last head that was signed before then (None: ever), if it is larger than what was stamped."""
    note = files.last_note() if before is None else files.last_note_before(before)
    try:
        return None if note is None or parse_head(parse_note(note).text).size <= stamped else note
    except NotANote:  # damaged, which others see to
        return None
