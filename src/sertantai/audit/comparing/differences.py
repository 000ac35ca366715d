"""What differs between the trail and the sealed log, and how much was compared."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec


class SealFault(StrEnum):
    LEAF_DIFFERS = "leaf_differs"
    """What the rows say is not what was sealed."""
    ROW_WITHOUT_LEAF = "row_without_leaf"
    """Nothing was sealed there: somebody else wrote it."""
    ROWS_GONE = "rows_gone"
    """It was sealed, and no row says it any more."""
    ROWS_DIFFER = "rows_differ"
    """Rows of one operation do not agree."""
    NOT_SEALED = "not_sealed"
    """It claims to be from before the log was sealed, and was not found then."""
    NOTICE_DIFFERS = "notice_differs"
    NOTICE_GONE = "notice_gone"
    NOT_TOLD = "not_told"
    """It is said to have gone, or to have been so before, and the log does not tell of it."""
    STATE_DIFFERS = "state_differs"
    """What stands now is not what the trail and the log lead to."""
    FILE_DAMAGED = "file_damaged"
    """Nothing can be compared with what a file of the log says."""
    HEAD_DIFFERS = "head_differs"
    """The log is not the one that a head was signed for."""


OF_ROWS: Final = frozenset(
    {
        *(SealFault.LEAF_DIFFERS, SealFault.ROW_WITHOUT_LEAF, SealFault.ROWS_GONE),
        *(SealFault.ROWS_DIFFER, SealFault.NOT_SEALED),
    }
)
"""Lines of the trail are not what they were: nothing follows from them."""


class SealDifference(msgspec.Struct, frozen=True):
    """``said``: a sentence. What is not known is None."""

    fault: SealFault
    said: str
    owner: UUID | None = None
    group: UUID | None = None
    position: int | None = None
    operation: UUID | None = None
    at: datetime | None = None


class SealVerification(msgspec.Struct, frozen=True):
    """``log`` is None where there is none in this data directory; then nothing was compared. ``elsewhere``:
    rows of journals whose log is another server's. ``waiting``: operations that are not sealed yet.
    ``unshown``: sentences of what went before the log was told enough of it to show that no more did."""

    log: str | None
    size: int
    rows: int
    entries: int
    notices: int
    heads: int
    waiting: int
    elsewhere: int
    before: int
    differences: list[SealDifference]
    unshown: list[str] = []

    @property
    def clean(self) -> bool:
        return not self.differences

    @property
    def is_cut_short(self) -> bool:
        """Nothing was compared, as files of the log are damaged."""
        return any(one.fault is SealFault.FILE_DAMAGED for one in self.differences)
