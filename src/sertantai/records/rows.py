"""The rows of the register as they are shown, in one block of memory, without a Python object each."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
import numpy as np
import numpy.typing as npt

from sertantai.core.errors import NotFound
from sertantai.core.ids import RecordId, RecordNo

LINK_PREFIX = "https://www.legislation.gov.uk/id/"


class RecordRow(msgspec.Struct, frozen=True):
    """One line of a list: what the table shows of a law, and what the API says of it.

    Beside the first two, a name is that of a column that is kept in memory, or of something in `ShownText`.
    """

    id: RecordId
    name: str
    title_en: str | None
    year: int | None
    number: str | None
    type_code: str | None
    family: str | None
    live: str | None
    md_date: date | None
    leg_gov_uk_url: str | None


class ShownText(msgspec.Struct, frozen=True, array_like=True):
    """The texts of a row. A link that follows from the name is ``True``."""

    name: str
    title_en: str | None
    number: str | None
    link: str | bool | None

    @property
    def leg_gov_uk_url(self) -> str | None:
        if self.link is True:
            return LINK_PREFIX + self.name[3:].replace("_", "/")
        return self.link or None


_decoder = msgspec.json.Decoder(ShownText)


class Rows(msgspec.Struct, frozen=True):
    """Indexed by record number; ``ids`` are 16 bytes a record, a record that is not there has length 0."""

    texts: bytes | memoryview
    offsets: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int32]
    ids: bytes | memoryview

    def text(self, number: int) -> ShownText:
        start = self.offsets[number]
        return _decoder.decode(memoryview(self.texts)[start : start + self.lengths[number]])

    def record_id(self, number: int) -> RecordId:
        if not 0 <= number < len(self.lengths) or not self.lengths[number]:
            raise NotFound(f"There is no law number {number}.")
        return RecordId(UUID(bytes=bytes(self.ids[16 * number : 16 * number + 16])))


class Identities:
    """From UUIDs to record numbers: sorted halves instead of a dictionary of a million UUID objects."""

    def __init__(self, rows: Rows) -> None:
        halves = np.frombuffer(rows.ids, dtype=">u8").astype(np.uint64).reshape(-1, 2)
        present = np.flatnonzero(rows.lengths)
        order = np.lexsort((halves[present, 1], halves[present, 0]))
        self._numbers = present[order].astype(np.int64)
        self._high = np.ascontiguousarray(halves[self._numbers, 0])
        self._low = np.ascontiguousarray(halves[self._numbers, 1])
        # Python reads single items of a memoryview faster than numpy does: ticks come one by one.
        self._high_items, self._low_items = self._high.data, self._low.data

    def find(self, record_id: UUID) -> RecordNo | None:
        high, low = record_id.int >> 64, record_id.int & 0xFFFF_FFFF_FFFF_FFFF
        at = bisect_left(self._high_items, high)
        while at < len(self._high_items) and self._high_items[at] == high:
            if self._low_items[at] == low:
                return RecordNo(int(self._numbers[at]))
            at += 1  # time-ordered UUIDs may share their first half
        return None

    def find_all(self, record_ids: Sequence[UUID]) -> list[int]:
        """The number of each, or -1."""
        if not len(self._numbers):
            return [-1] * len(record_ids)
        wanted = np.frombuffer(b"".join(r.bytes for r in record_ids), dtype=">u8").astype(np.uint64)
        high, low = wanted[0::2], wanted[1::2]
        at = np.searchsorted(self._high, high)
        at[at == len(self._high)] = 0
        same_high = self._high[at] == high
        same = same_high & (self._low[at] == low)
        numbers: list[int] = np.where(same, self._numbers[at], -1).tolist()
        for index in np.flatnonzero(same_high & ~same).tolist():
            number = self.find(record_ids[index])
            numbers[index] = -1 if number is None else number
        return numbers
