"""What can be wrong with a journal."""

from sertantai.core.errors import JournalUnavailable


class JournalCorrupt(JournalUnavailable):
    """The file holds something this program did not write, or lost a part of what it did."""

    code = "journal_corrupt"


class JournalFenced(JournalUnavailable):
    """Another server has claimed this shard of the journal: nothing more is written to it here."""

    code = "shard_moved"

    def __init__(
        self,
        message: str = "Another server writes these lists now. Nothing was changed here; try again.",
        *,
        retry_after_s: float | None = 1,
    ) -> None:
        super().__init__(message, retry_after_s=retry_after_s)


class JournalOutcomeUnknown(JournalUnavailable):
    """It ends before there is an answer: whoever opens it next finds what was sent, or does not."""

    code = "outcome_unknown"


class JournalNotReplicated(JournalUnavailable):
    """An answer would stand for one copy, and more are asked for."""

    code = "journal_not_replicated"

    def __init__(
        self,
        message: str = "The journal's PostgreSQL waits for no stand-by, so nothing is accepted.",
        *,
        retry_after_s: float | None = 5,
    ) -> None:
        super().__init__(message, retry_after_s=retry_after_s)
