"""What a journal's file, whole or damaged, tells of operations that are lost; nothing here changes it."""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from sertantai.core.ids import JournalId, Position
from sertantai.journal.anchor import anchor_path, read_anchor
from sertantai.journal.carving import Found, carve, carve_identity
from sertantai.journal.damage import Range
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.keyed import entries_in, read_key
from sertantai.journal.mending import allowed, choose, in_anchor
from sertantai.journal.protocol import Entry
from sertantai.journal.survey import readable, survey


class SqliteSalvage(msgspec.Struct, frozen=True):
    """``id``: which journal it was; None where nothing says so. ``batches`` are in order, none twice.
    ``changed``: positions of which somebody else wrote what stands there; they are not among them.
    ``forged``: what was written there."""

    id: JournalId | None
    batches: list[Found]
    changed: list[Range] = []
    forged: list[Found] = []

    @property
    def ranges(self) -> list[Range]:
        """The positions that can be read."""
        return joined((batch.link.first, batch.link.last) for batch in self.batches)

    @property
    def strange(self) -> list[Entry]:
        return [
            Entry(Position(position), entry)
            for link, body in self.forged
            for position, entry in enumerate(entries_in(body), link.first)
        ]

    def entries(self, wanted: Iterable[Range]) -> list[Entry]:
        """Those in ``wanted``, in order."""
        ranges = list(wanted)
        found: list[Entry] = []
        for link, body in self.batches:
            if any(first <= link.last and link.first <= last for first, last in ranges):
                found += [
                    Entry(Position(position), entry)
                    for position, entry in enumerate(entries_in(body), link.first)
                    if any(first <= position <= last for first, last in ranges)
                ]
        return found


def salvage(path: Path, folder: Path) -> SqliteSalvage:
    """``folder``: the data directory, with the journal's key. Raises `JournalCorrupt` where there is no such
    file."""
    if not path.exists():
        raise JournalCorrupt(f"There is no journal {path}.")
    looked = survey(path, checkpoints=False, folder=folder)
    anchor = read_anchor(anchor_path(path))
    end = anchor.newest.end if anchor is not None and anchor.newest is not None else None
    identity = looked.id if looked.is_sealed else carve_identity(path)
    whole = readable(path)
    found = [*whole, *carve(path), *in_anchor(anchor)]
    ours = allowed([batch for batch in found if _is_readable(batch)], read_key(folder, identity))
    batches = choose(ours, 0, looked.trimmed_chain, end)
    there = {position for batch in batches for position in range(batch.link.first, batch.link.last + 1)}
    changed = [(first, last) for first, last in looked.forged if not there.issuperset(range(first, last + 1))]
    strange = {*looked.forged}
    forged = [one for one in whole if (one.link.first, one.link.last) in strange and _is_readable(one)]
    return SqliteSalvage(identity, batches, joined(changed), forged)


def _is_readable(batch: Found) -> bool:
    try:
        return len(entries_in(batch.body)) == batch.link.last - batch.link.first + 1
    except msgspec.DecodeError:
        return False


def joined(ranges: Iterable[Range]) -> list[Range]:
    """The same positions in as few ranges as can be, in order."""
    found: list[Range] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
