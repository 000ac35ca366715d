"""The rows of the register as they are shown, in one block of memory, without a Python object each."""

from datetime import date
from uuid import UUID

import msgspec
import numpy as np
import numpy.typing as npt

from sertantai.core.errors import NotFound
from sertantai.core.ids import RecordId, RecordNo

LINK_PREFIX = "https://www.legislation.gov.uk/id/"


class RecordRow(msgspec.Struct, frozen=True):
    """One line of a list."""

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
            raise NotFound(f"There is no record number {number}.")
        return RecordId(UUID(bytes=bytes(self.ids[16 * number : 16 * number + 16])))


class Identities:
    """From UUIDs to record numbers: sorted halves instead of a dictionary of a million UUID objects."""

    def __init__(self, rows: Rows) -> None:
        halves = np.frombuffer(rows.ids, dtype=">u8").astype(np.uint64).reshape(-1, 2)
        present = np.flatnonzero(rows.lengths)
        order = np.lexsort((halves[present, 1], halves[present, 0]))
        self._numbers = present[order].astype(np.uint32)
        self._high = np.ascontiguousarray(halves[self._numbers, 0])
        self._low = np.ascontiguousarray(halves[self._numbers, 1])

    def find(self, record_id: UUID) -> RecordNo | None:
        high, low = np.uint64(record_id.int >> 64), np.uint64(record_id.int & 0xFFFF_FFFF_FFFF_FFFF)
        at = int(np.searchsorted(self._high, high))
        while at < len(self._high) and self._high[at] == high:
            if self._low[at] == low:
                return RecordNo(int(self._numbers[at]))
            at += 1
        return None
