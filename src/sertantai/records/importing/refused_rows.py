"""What an import could not take, for the person who has to mend the file."""

import csv
from pathlib import Path
from typing import TextIO

import msgspec

from sertantai.core.text_cells import guarded

REFUSED_ROWS_KEPT_MAX = 1_000
"""How many refused_rows a report carries; the file beside the import has them all."""


class RefusedRow(msgspec.Struct, frozen=True):
    line: int
    reason: str


class RefusedRows:
    """``FILE.rejected.csv``: line, reason and row. Appears only when the import is committed."""

    def __init__(self, imported: Path) -> None:
        self.path = imported.with_name(imported.name + ".rejected.csv")
        self._part = imported.with_name(imported.name + ".rejected.part")
        self._file: TextIO | None = None
        self._writable = True
        self.kept: list[RefusedRow] = []
        self.count = 0

    def add(self, line: int, reason: str, row: str) -> None:
        self.count += 1
        if len(self.kept) < REFUSED_ROWS_KEPT_MAX:
            self.kept.append(RefusedRow(line, reason))
        if self._file is None and self._writable:
            self._open()
        if self._file is not None:
            csv.writer(self._file).writerow([line, reason, guarded(row.rstrip("\r\n"))])

    def publish(self) -> Path | None:
        """Where the refused_rows are; ``None`` without any, or where the folder cannot be written to."""
        if self._file is None:
            if self._writable:
                self._forget_earlier()
            return None
        self._file.close()
        self._file = None
        self._part.replace(self.path)
        return self.path

    def discard(self) -> None:
        """Leaves no trace of an import that did not happen."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._part.unlink(missing_ok=True)

    def _forget_earlier(self) -> None:
        """The file of an earlier import would mislead; a folder that cannot be written to has none."""
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            self._writable = False

    def _open(self) -> None:
        try:
            self._file = self._part.open("w", encoding="utf-8", errors="backslashreplace", newline="")
        except OSError:
            self._writable = False
            return
        csv.writer(self._file).writerow(["line", "reason", "row"])
