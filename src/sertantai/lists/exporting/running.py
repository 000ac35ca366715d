"""Exports under way, so that whoever waits for one can be told how far it is.

Held in memory for as long as a file is being made; an export is stopped by hanging up.
"""

from collections.abc import AsyncIterator
from uuid import UUID

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import UserId
from sertantai.files.rows import ExportRow
from sertantai.lists.exporting.queue import ExportQueue
from sertantai.process.under_way import Piece, UnderWay, WorkKind

KEY_CHARS_MAX = 64
ROWS_A_WORD = 1_000
"""After so many it says how far it is."""


class ExportProgress(msgspec.Struct):
    """``rows`` of ``total`` are made."""

    total: int
    rows: int = 0
    piece: Piece | None = None

    async def counting(self, rows: AsyncIterator[ExportRow]) -> AsyncIterator[ExportRow]:
        async for row in rows:
            self.rows += 1
            if self.piece is not None and not self.rows % ROWS_A_WORD:
                self.piece.runs(self.rows, self.total)
            yield row


class RunningExports:
    def __init__(self, under_way: UnderWay) -> None:
        self._running: dict[tuple[UserId, str], ExportProgress] = {}
        self._under_way = under_way
        self.queue = ExportQueue()

    def piece(self, who: UserId, key: str | None, list: UUID | None, name: str) -> Piece:
        """Of an export that needs a turn; ``key`` as its owner calls it."""
        return self._under_way.piece(who, WorkKind.EXPORT, id=key, list=list, name=name)

    async def watched(
        self, who: UserId, key: str, progress: ExportProgress, file: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        """The file, known under ``key`` to whoever asked for it until it ends, however it ends."""
        self._running[who, key] = progress
        try:
            async for piece in file:
                yield piece
        finally:
            # Another may have taken the key in the moment between its check and this.
            if self._running.get((who, key)) is progress:
                del self._running[who, key]

    def progress(self, who: UserId, key: str) -> ExportProgress | None:
        """None for an export that is not of this person, not begun, or over."""
        return self._running.get((who, key))

    def check_key(self, who: UserId, key: str) -> None:
        """Raises `InvalidInput` for a key that cannot be used."""
        if not 0 < len(key) <= KEY_CHARS_MAX:
            raise InvalidInput(f"progress: 1 to {KEY_CHARS_MAX} characters.", field="progress")
        if (who, key) in self._running:
            raise InvalidInput("progress: another export already has this key.", field="progress")
