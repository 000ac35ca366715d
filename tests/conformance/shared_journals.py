"""Journals in one database that tests share: a shard for each."""

from pathlib import Path

from sertantai.core.ids import JournalId
from sertantai.journal.keyed import JournalKey, make_key, read_key
from sertantai.journal.shared.hub import Durability, Hub
from sertantai.journal.shared.journal import SharedJournal
from sertantai.journal.shared.primaries import Primaries
from sertantai.process.new_ids import new_id

where: list[str] = []
"""The address of the database, once it is there."""


def hub(durability: Durability = Durability.SINGLE) -> Hub:
    return Hub(Primaries(where[0]), new_id(), durability)


def shared_journal(folder: Path, shard: int, of: Hub | None = None) -> SharedJournal:
    def key_of(journal: JournalId, last: int) -> JournalKey:
        return read_key(folder, journal) or make_key(folder, journal, last + 1)

    return SharedJournal(of or hub(), shard, key_of, folder / "journal-shared")
