"""Exports under way, so that whoever waits for one can be told how far it is.

Held in memory for as long as a file is being made; an export is stopped by hanging up.
"""

from collections.abc import AsyncIterator

import msgspec

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import OwnerId
from sertantai.files.rows import ExportRow
from sertantai.lists.exporting.queue import ExportQueue

KEY_CHARS_MAX = 64


class ExportProgress(msgspec.Struct):
    """``rows`` of ``total`` are made."""

    total: int
    rows: int = 0

    async def counting(self, rows: AsyncIterator[ExportRow]) -> AsyncIterator[ExportRow]:
        async for row in rows:
            self.rows += 1
            yield row


class RunningExports:
    def __init__(self) -> None:
        self._running: dict[tuple[OwnerId, str], ExportProgress] = {}
        self.queue = ExportQueue()

    async def watched(
        self, owner: OwnerId, key: str, progress: ExportProgress, file: AsyncIterator[bytes]
    ) -> AsyncIterator[bytes]:
        """The file, known under ``key`` to its owner until it ends, however it ends."""
        self._running[owner, key] = progress
        try:
            async for piece in file:
                yield piece
        finally:
            # Another may have taken the key in the moment between its check and this.
            if self._running.get((owner, key)) is progress:
                del self._running[owner, key]

    def progress(self, owner: OwnerId, key: str) -> ExportProgress | None:
        """None for an export that is not of this owner, not begun, or over."""
        return self._running.get((owner, key))

    def check_key(self, owner: OwnerId, key: str) -> None:
        """Raises `InvalidInput` for a key that cannot be used."""
        if not 0 < len(key) <= KEY_CHARS_MAX:
            raise InvalidInput(f"progress: 1 to {KEY_CHARS_MAX} characters.", field="progress")
        if (owner, key) in self._running:
            raise InvalidInput("progress: another export already has this key.", field="progress")
