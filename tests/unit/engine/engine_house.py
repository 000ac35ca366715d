"""The real engine on a real journal, with a simulated database, for tests of what it does at its bounds."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sertantai.audit.effects import Effects
from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OperationId, OwnerId, UserId
from sertantai.core.operations import Amend, Annotation, Origin
from sertantai.core.state import GroupState
from sertantai.engine.bounds import Bounds
from sertantai.engine.engine import Engine
from sertantai.engine.repeats import AskedBefore
from sertantai.journal.sqlite import SqliteJournal
from sertantai.process.new_ids import new_id
from sertantai.process.system_clock import SystemClock
from tests.simulation.database import Database, SimulatedStore
from tests.simulation.effects import SimulatedEffects
from tests.simulation.faults import Chaos, Faults

ANN, BEN = OwnerId(UUID(int=1)), OwnerId(UUID(int=2))
LIST_OF = {ANN: GroupId(UUID(int=11)), BEN: GroupId(UUID(int=12))}
AT = datetime(2026, 1, 1, tzinfo=UTC)
NOTHING = pack(bitmap(()))


class House:
    """Two owners, one engine; it may be stopped and started again."""

    def __init__(self, folder: Path, bounds: Bounds) -> None:
        self._path = folder / "journal.sqlite"
        self._dice = random.Random(1)  # a test that can be repeated
        self._bounds = bounds
        self.database = Database(self._dice)
        for owner, group in LIST_OF.items():
            self.database.add_user(owner, group)

    async def open(self) -> None:
        self.journal = SqliteJournal(self._path, sync=False)
        store = SimulatedStore(self.database, Chaos(self._dice, Faults(set())))
        self.asked = AskedBefore()
        self.engine = Engine(self.journal, store, SystemClock(), self._bounds, heard=self.asked.note)
        self.effects = Effects(self.engine, SimulatedEffects(store))
        await self.engine.start()

    async def close(self) -> None:
        await self.engine.stop()

    async def lose_database(self) -> None:
        """From here on; both owners are in memory."""
        for owner in LIST_OF:
            await self.engine.state(owner)
        self.database.down = True

    async def add(
        self, owner: OwnerId, notes: Mapping[int, Annotation], group: GroupId | None = None
    ) -> Change:
        """Select records with their notes."""
        add = pack(bitmap(notes))
        return await self.engine.perform(
            Amend(add=add, remove=NOTHING, annotations=dict(notes), **by(owner, group or LIST_OF[owner]))
        )

    async def list(self, owner: OwnerId) -> GroupState:
        return (await self.engine.state(owner)).groups[LIST_OF[owner]]


def by(owner: OwnerId, group: GroupId) -> dict[str, Any]:
    return {
        "id": OperationId(new_id()),
        "owner": owner,
        "group": group,
        "at": AT,
        "origin": Origin(UserId(owner)),
    }


def noted(first: int, count: int, characters: int) -> dict[int, Annotation]:
    """So many records with a note of that length each."""
    return {number: {"note": f"{number}".ljust(characters, "x")} for number in range(first, first + count)}
