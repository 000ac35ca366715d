"""The line by which a row of a report is hashed, and what each report ends with. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from sertantai.files.report_rows import Cell, ReportEnd, plain

_encoder: Final = msgspec.json.Encoder()


def canonical_line(row: Sequence[Cell]) -> bytes:
    """A JSON array without spaces, and a line feed: equal rows have equal lines, others have others."""
    return _encoder.encode([plain(cell) for cell in row]) + b"\n"


class Digest:
    """SHA-256 of the canonical lines of all rows, in their order."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.rows = 0

    def add(self, rows: Iterable[Sequence[Cell]]) -> None:
        for row in rows:
            self._hash.update(canonical_line(row))
            self.rows += 1

    @property
    def text(self) -> str:
        return self._hash.hexdigest()


class Ending(msgspec.Struct, frozen=True):
    """What each report ends with, in whatever form it is. ``whole``: there are no further rows that it was
    too long for. ``head``: of the sealed log, where there is one. ``notes``: what one must know beside it,
    such as that the trail of a part of the time is gone."""

    question: str
    title: str
    about: str
    since: datetime | None
    until: datetime
    made_at: datetime
    rows: int
    sha256: str
    whole: bool = True
    head: str = ""
    notes: tuple[str, ...] = ()

    @property
    def end(self) -> ReportEnd:
        """As files write it."""
        said: dict[str, Any] = msgspec.to_builtins(self)
        return ReportEnd(tuple(self.in_words), said)

    @property
    def in_words(self) -> list[tuple[str, str]]:
        span = f"until {_said(self.until)}" if self.since is None else _span(self.since, self.until)
        more = "" if self.whole else ", and there are more"
        lines = [
            ("Question", self.title),
            ("About", self.about),
            ("Time", span),
            ("Rows", f"{self.rows}{more}"),
            ("SHA-256 of the rows", self.sha256),
            ("Made", _said(self.made_at)),
        ]
        if self.head:
            lines.append(("Head of the sealed log", self.head))
        return lines + [("Note", note) for note in self.notes]


def _span(since: datetime, until: datetime) -> str:
    return f"{_said(since)} to {_said(until)}"


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
