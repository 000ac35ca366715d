"""What can be wrong with a journal."""

from sertantai.core.errors import JournalUnavailable


class JournalCorrupt(JournalUnavailable):
    """The file holds something this program did not write, or lost a part of what it did."""

    code = "journal_corrupt"


class JournalFenced(JournalUnavailable):
    """Another server has claimed this shard of the journal: nothing more is written to it here."""

    code = "shard_moved"

    def __init__(self) -> None:
        super().__init__(
            "Another server writes these lists now. Nothing was changed here; try again.", retry_after_s=1
        )


class JournalNotReplicated(JournalUnavailable):
    """An answer would stand for one copy, and more are asked for."""

    code = "journal_not_replicated"

    def __init__(self) -> None:
        super().__init__(
            "The journal's PostgreSQL waits for no stand-by (synchronous_standby_names is empty), so nothing "
            "is accepted.",
            retry_after_s=5,
        )
