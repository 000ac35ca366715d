"""Somebody who notes laws, takes them out and puts them back: what a screen that was away may get wrong."""

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.ids import RecordNo
from sertantai.core.operations import Annotate, Deselect, Operation, Select
from tests.simulation.workload import Client

LAWS = 4


class Restless(Client):
    """In the list that is watched, law by law: in, with a note, out, and in again without it."""

    _turn = 0

    async def run(self, steps: int) -> None:
        await super().run(4 * LAWS * max(1, steps // (4 * LAWS)))

    async def _step(self) -> None:
        await self._write(self._operation())

    def _operation(self) -> Operation:
        common = {**self._common(), "group": self._lists[0]}
        law, phase = RecordNo(1 + self._turn // 4 % LAWS), self._turn % 4
        self._turn += 1
        if phase == 1:
            return Annotate(records=pack(bitmap([law])), changes={"note": "kept"}, **common)
        return Deselect(record=law, **common) if phase == 2 else Select(record=law, **common)
