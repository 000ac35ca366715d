"""What is written a second time, because the database was restored or its stand-by took over, must be what
was sealed at first: the same operation gives the same leaf, or the history was rewritten."""

import asyncio
from typing import Final

from sertantai.core.ids import Position
from sertantai.core.sealing.tree import HASH_BYTES
from sertantai.sealing.alarm import Alarm
from sertantai.sealing.deeds import SealedBatch
from sertantai.sealing.files import PLACE, TrailFiles

NOWHERE: Final = (0, 0)
Place = tuple[int, int]


class WrittenAgain:
    """Compares leaves that are written with those in the files, where they go over what is sealed."""

    def __init__(self, files: TrailFiles, alarm: Alarm) -> None:
        self._files = files
        self._alarm = alarm
        self._upto: Place | None = None

    @property
    def sealed_upto(self) -> Position:
        """The last operation that was sealed before this process began, or written by it since."""
        return Position(self._reached()[0])

    def _reached(self) -> Place:
        if self._upto is None:
            self._upto = self._files.last_place()
        return self._upto

    async def check(self, made: SealedBatch) -> None:
        """Of a batch that is about to be committed: what differs is told, and kept all the same."""
        reached = self._reached()
        if (made.position, made.part) <= reached:
            for said in await asyncio.to_thread(_differing, self._files, made):
                self._alarm.tell(said)
        self._upto = max(reached, _last(made))


def _last(made: SealedBatch) -> Place:
    position, part = PLACE.unpack(made.places[-PLACE.size :])
    return position, part


def _differing(files: TrailFiles, made: SealedBatch) -> list[str]:
    sealed, said = files.last_place(), []
    for number, (position, part) in enumerate(PLACE.iter_unpack(made.places)):
        if (position, part) > sealed:
            break
        at = files.index_of(position, part)
        again = f"Operation {position} was written again after the database was restored"
        if at is None:
            said.append(f"{again}, and nothing was sealed there.")
        elif files.leaf(at) != made.leaves[number * HASH_BYTES : (number + 1) * HASH_BYTES]:
            said.append(
                f"{again}, and is not what was sealed (entry {at:,} of the log): history was rewritten."
            )
    return said
