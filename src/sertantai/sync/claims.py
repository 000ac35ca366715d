"""Which server brings a journal's operations to the database: the one that claimed the journal last.

A data directory is locked, but a copy of it on another machine is not. Two servers with the same journal
would give out the same positions, and each would take what the other wrote for its own. So a server claims
the journal before it reads how far the database is, and writes only while its claim is the newest.
"""

from uuid import UUID

import msgspec

from sertantai.core.errors import JournalUnavailable


class Claim(msgspec.Struct, frozen=True):
    """``number`` only grows; 0: nothing is claimed yet."""

    number: int
    holder: UUID | None


class Overtaken(JournalUnavailable):
    """A server with a copy of this data directory writes to the same database, and began later."""

    code = "journal_overtaken"

    def __init__(self) -> None:
        super().__init__(
            "Another server with a copy of this data directory has taken over: it writes the same journal to "
            "the same database. Nothing is accepted here any more. Stop one of the two.",
            retry_after_s=60,
        )


class JournalInUse(JournalUnavailable):
    """A server that writes this journal runs, and whoever asks is none that takes it over."""

    code = "journal_in_use"

    def __init__(self) -> None:
        super().__init__(
            "A server that writes this journal to this database runs, on another copy of the data directory. "
            "Stop it first; nothing was done.",
            retry_after_s=60,
        )


def claimed(mine: Claim, found: Claim) -> Claim:
    """The claim that is to stand in the database, where ``found`` stands now. Raises `Overtaken`."""
    if found.holder == mine.holder:
        return found
    if mine.number == 0:
        return Claim(found.number + 1, mine.holder)
    if found.number < mine.number:  # the database has lost its newest transactions
        return mine
    raise Overtaken
