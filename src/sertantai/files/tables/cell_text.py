"""The text of one cell while it comes in pieces, no more of it than a cell may hold."""

from typing import Final

from sertantai.files.tables.gathering import CELL_CHARS_MAX

_KEPT_CHARS: Final = CELL_CHARS_MAX + 1
"""One more tells that something was cut."""


class CellText:
    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._chars = 0

    def add(self, text: str) -> None:
        if self._chars < _KEPT_CHARS:
            self._pieces.append(text)
            self._chars += len(text)

    def new_line(self) -> None:
        """Where there is something above it."""
        if self._pieces and self._pieces[-1] != "\n":
            self.add("\n")

    def taken(self) -> str:
        """All of it; nothing is left."""
        text = "".join(self._pieces)[:_KEPT_CHARS]
        self._pieces.clear()
        self._chars = 0
        return text
