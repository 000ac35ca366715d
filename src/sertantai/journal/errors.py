"""What can be wrong with a journal."""

from sertantai.core.errors import JournalUnavailable


class JournalCorrupt(JournalUnavailable):
    """The file holds something this program did not write, or lost a part of what it did."""

    code = "journal_corrupt"
