"""What can be wrong with a journal, and how it is said."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec

from sertantai.process.new_ids import new_id

RANGES_SHOWN: Final = 20

Range = tuple[int, int]
"""The first and the last of consecutive positions."""


class Damage(msgspec.Struct, frozen=True):
    """``missing`` are positions whose entries the journal ought to hold and does not.

    ``unbounded``: newer ones may be missing too, and nothing says which. ``watermark`` is what PostgreSQL had
    when it was asked; what is up to there is not lost. None: it has not been asked yet. ``kept`` are files in
    which the journal was kept as it was found.
    """

    id: UUID
    found_at: datetime
    what: str
    missing: list[Range] = []
    unbounded: bool = False
    kept: list[str] = []
    watermark: int | None = None

    @property
    def lost(self) -> list[Range]:
        """Positions that neither the journal nor, as far as is known, PostgreSQL has."""
        return beyond(self.missing, self.watermark or 0)

    @property
    def is_loss(self) -> bool:
        """Whether something that was acknowledged is lost, or may be."""
        return self.unbounded or bool(self.lost)

    @property
    def text(self) -> str:
        """What is wrong and what it means, for an operator."""
        if self.lost:
            known = "" if self.watermark is not None else "; PostgreSQL has not been asked yet"
            meaning = f"Missing: operations {shown(self.lost)}{known}."
        elif self.unbounded:
            meaning = "It cannot be told which operations are missing."
        elif self.missing:
            meaning = f"Nothing is lost: PostgreSQL has operations {shown(self.missing)}."
        else:
            meaning = "Nothing is missing."
        kept = f" Kept as it was found: {', '.join(self.kept)}." if self.kept else ""
        return f"{self.what} {meaning}{kept}"


def found(
    what: str, missing: Sequence[Range] = (), *, unbounded: bool = False, kept: Sequence[str] = ()
) -> Damage:
    return Damage(new_id(), datetime.now(UTC), what, list(missing), unbounded, list(kept))


def beyond(ranges: Iterable[Range], position: int) -> list[Range]:
    """The parts of ``ranges`` after ``position``."""
    return [(max(first, position + 1), last) for first, last in ranges if last > position]


def shown(ranges: Sequence[Range]) -> str:
    parts = [f"{first:,}" if first == last else f"{first:,} to {last:,}" for first, last in ranges]
    more = len(parts) - RANGES_SHOWN
    return ", ".join(parts[:RANGES_SHOWN]) + (f" and {more} more" if more > 0 else "")
