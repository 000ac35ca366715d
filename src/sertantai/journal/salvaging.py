"""What a journal's file, whole or damaged, tells of operations that are lost; nothing here changes it."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec

from sertantai.core.ids import JournalId, Position
from sertantai.journal.anchor import anchor_path, read_anchor
from sertantai.journal.carving import Found, carve, carve_identity
from sertantai.journal.damage import Range
from sertantai.journal.errors import JournalCorrupt
from sertantai.journal.mending import choose, in_anchor
from sertantai.journal.protocol import Entry
from sertantai.journal.survey import readable, survey

_bodies: Final = msgspec.msgpack.Decoder(list[bytes])


class SqliteSalvage(msgspec.Struct, frozen=True):
    """``id``: which journal it was; None where nothing says so. ``batches`` are in order, none twice."""

    id: JournalId | None
    batches: list[Found]

    @property
    def ranges(self) -> list[Range]:
        """The positions that can be read."""
        return joined((batch.link.first, batch.link.last) for batch in self.batches)

    def entries(self, wanted: Iterable[Range]) -> list[Entry]:
        """Those in ``wanted``, in order."""
        ranges = list(wanted)
        found: list[Entry] = []
        for link, body in self.batches:
            if any(first <= link.last and link.first <= last for first, last in ranges):
                found += [
                    Entry(Position(position), entry)
                    for position, entry in enumerate(_bodies.decode(body), link.first)
                    if any(first <= position <= last for first, last in ranges)
                ]
        return found


def salvage(path: Path) -> SqliteSalvage:
    """Raises `JournalCorrupt` where there is no such file."""
    if not path.exists():
        raise JournalCorrupt(f"There is no journal {path}.")
    looked = survey(path, checkpoints=False)
    anchor = read_anchor(anchor_path(path))
    end = anchor.newest.end if anchor is not None and anchor.newest is not None else None
    found = [*readable(path), *carve(path), *in_anchor(anchor)]
    batches = choose([batch for batch in found if _is_readable(batch)], 0, looked.trimmed_chain, end)
    return SqliteSalvage(looked.id if looked.is_sealed else carve_identity(path), batches)


def _is_readable(batch: Found) -> bool:
    try:
        return len(_bodies.decode(batch.body)) == batch.link.last - batch.link.first + 1
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
