"""Files on their way in: how many at once, how large, how slowly. Nothing of one is left once it is read."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial
from math import ceil
from pathlib import Path
from time import monotonic
from typing import IO, Final

from sertantai.core.errors import InvalidInput, RateLimited, TooLarge, Unavailable
from sertantai.core.ids import UserId
from sertantai.files.tables.bound_process import encoded_tables_of_clipboard, encoded_tables_of_file
from sertantai.lists.importing.turns import Turns
from sertantai.process.under_way import UnderWay, WorkKind

UPLOAD_BYTES_MAX: Final = 20 * 1024 * 1024
"""A workbook of 20,000 laws with their notes has one or two million."""
UPLOADS_MAX: Final = 8
"""At once, whether they are arriving, waiting or being read."""
READ_AT_ONCE_MAX: Final = 2
ARRIVES_WITHIN_S_MAX: Final = 180.0
WRITTEN_BYTES: Final = 256 * 1024
NAME_CHARACTERS_MAX: Final = 100
"""Of a file, where it is told that it is read."""
RETRY_AFTER_S: Final = 10
LONG_S: Final = 10.0
"""Hardly any register is read for longer, even on a busy machine."""
RESTS_TIMES: Final = 4
"""Whoever had a file read for so long waits so many times as long: there are two places, for everybody."""

TOO_LARGE: Final = (
    f"The file is larger than {UPLOAD_BYTES_MAX // 1024**2} MB. Remove pictures and sheets that are not "
    "needed, or divide it."
)


class OneUploadAtATime(RateLimited):
    code = "one_upload_at_a_time"


class UploadsFull(Unavailable):
    code = "too_many_uploads"


class Uploads:
    """All that is under way."""

    def __init__(self, under_way: UnderWay, clock: Callable[[], float] = monotonic) -> None:
        self._under_way = under_way
        self._clock = clock
        self._people: set[UserId] = set()
        self._resting: dict[UserId, float] = {}
        """Until when; no more than are read for long within some minutes."""
        self._turns = Turns(READ_AT_ONCE_MAX)

    @contextmanager
    def place(self, who: UserId) -> Iterator["Upload"]:
        """A place among those under way, for one person one. Raises `OneUploadAtATime`, `UploadsFull`."""
        if who in self._people:
            raise OneUploadAtATime(
                "Another file of yours is being read. Wait for it.", retry_after_s=RETRY_AFTER_S
            )
        self._resting = {one: until for one, until in self._resting.items() if until > self._clock()}
        if who in self._resting:
            raise OneUploadAtATime(
                "Your last file took long to be read. Wait a little before you bring another one.",
                retry_after_s=ceil(self._resting[who] - self._clock()),
            )
        if len(self._people) >= UPLOADS_MAX:
            raise UploadsFull(
                "Too many files are being read. Nothing was changed; try again in a moment.",
                retry_after_s=RETRY_AFTER_S,
            )
        self._people.add(who)
        try:
            with tempfile.NamedTemporaryFile(prefix="sertantai-import-", buffering=0) as file:
                yield Upload(file, partial(self._turn, who))
        finally:
            self._people.discard(who)

    @asynccontextmanager
    async def _turn(self, who: UserId, name: str | None) -> AsyncIterator[None]:
        piece = self._under_way.piece(who, WorkKind.IMPORT, name=name)
        async with self._turns.turn(piece):
            piece.runs()
            began = self._clock()
            try:
                yield
            finally:
                took_s = self._clock() - began
                if took_s > LONG_S:
                    self._resting[who] = self._clock() + RESTS_TIMES * took_s


TurnOf = Callable[[str | None], AbstractAsyncContextManager[None]]
"""A turn for the file that is called so."""


class Upload:
    """One file, on disk from its first byte to the end of its place."""

    def __init__(
        self, file: IO[bytes], turn: Callable[[str | None], AbstractAsyncContextManager[None]]
    ) -> None:
        self._file = file
        self._turn = turn

    async def arrive(self, pieces: AsyncIterator[bytes]) -> None:
        """All of the file. Raises `TooLarge`, and `InvalidInput` for one that is empty or too slow."""
        waiting, size = bytearray(), 0
        try:
            async with asyncio.timeout(ARRIVES_WITHIN_S_MAX):
                async for piece in pieces:
                    size += len(piece)
                    if size > UPLOAD_BYTES_MAX:
                        raise TooLarge(TOO_LARGE, field="file")
                    waiting += piece
                    if len(waiting) >= WRITTEN_BYTES:
                        await asyncio.to_thread(self._file.write, bytes(waiting))
                        waiting.clear()
        except TimeoutError:
            raise InvalidInput("The file did not arrive in time. Try again.", field="file") from None
        await asyncio.to_thread(self._file.write, bytes(waiting))
        if not size:
            raise InvalidInput("No file was sent: it is the body of the request.", field="file")

    async def tables(self, name: str) -> bytes:
        """The tables of the file, which its owner calls ``name``, as JSON."""
        async with self._turn(name[:NAME_CHARACTERS_MAX] or None):
            return await encoded_tables_of_file(Path(self._file.name), name)

    async def pasted_tables(self) -> bytes:
        """The tables of what was pasted, which the file holds as JSON."""
        async with self._turn(None):
            return await encoded_tables_of_clipboard(Path(self._file.name))
