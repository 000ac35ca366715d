"""One owner takes all that can be had, while others tick and things break: a hundredth of the real bounds."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

from sertantai.core.bitmaps import bitmap, pack
from sertantai.core.errors import SertantaiError
from sertantai.core.ids import GroupId, OperationId, OwnerId, RecordNo, UserId
from sertantai.core.notes import notes_bytes
from sertantai.core.operations import (
    Amend,
    Annotate,
    Annotation,
    BulkSelect,
    ClearAll,
    CreateGroup,
    DeleteGroup,
    Deselect,
    Operation,
    Origin,
    RestoreGroup,
    Select,
    UpdateGroup,
)
from sertantai.core.state import weight_bytes
from sertantai.engine.bounds import Bounds
from sertantai.engine.engine import Engine
from tests.simulation.faults import Faults
from tests.simulation.model import Violation
from tests.simulation.scenario import check_at_rest, clean_up, heal, quiet, until_broken
from tests.simulation.virtual_loop import VirtualLoop
from tests.simulation.world import Crashed, World

BOUNDS = Bounds(
    list_bytes_max=320_000,
    owner_bytes_max=1_000_000,
    operation_bytes_max=400_000,
    owner_waiting_bytes_max=640_000,
    hot_tier_bytes_max=5_000_000,
    journal_bytes_max=10_000_000,
    journal_keep_operations=0,
    waiting_bytes_max=1_000_000,
    group_bytes_max=80_000,
    sync_bytes_max=40_000,
    trim_interval_s=0.2,
    checkpoint_whole_bytes_max=10_000,
)
FAULTS = ("down", "crash", "disk_slow", "database_slow", "connection_lost", "answer_lost", "serialization")
"""None of them refuses a change by itself, but for those of who is not in memory."""
FORGIVEN = frozenset({"database_unavailable"})
NOTHING = pack(bitmap(()))
TEXT = "x" * 12_000


class Person:
    def __init__(self, world: World, owner: OwnerId) -> None:
        self.world = world
        self.rng = world.rng
        self.owner = owner
        self.lists = [world.model.defaults[owner]]

    def common(self, group: GroupId | None = None) -> dict[str, Any]:
        return {
            "id": OperationId(self.world.new_uuid()),
            "owner": self.owner,
            "group": group or self.rng.choice(self.lists),
            "at": self.world.clock.now(),
            "origin": Origin(UserId(self.owner), "session", "127.0.0.1"),
        }

    def some(self, most: int) -> bytes:
        return pack(bitmap(self.rng.sample(range(1, 400), self.rng.randint(1, most))))

    async def ask(self, operation: Operation) -> SertantaiError | None:
        try:
            await self.world.ask(lambda engine: engine.perform(operation))
        except SertantaiError as error:
            return error
        except Crashed:
            return None
        return None


class Greedy(Person):
    """Everything that was ever found to grow, as fast as it is answered."""

    refused = 0

    async def run(self, steps: int) -> None:
        for _ in range(steps):
            wishes = [self._wish() for _ in range(self.rng.choice((1, 1, 4)))]
            answers = await asyncio.gather(*map(self.ask, wishes))
            self.refused += sum(answer is not None for answer in answers)
            await asyncio.sleep(self.rng.choice((0, 0, 0.05)))

    def _wish(self) -> Operation:
        makers: list[Callable[[], Operation]] = [
            self._import,
            self._import,
            lambda: Annotate(records=self.some(300), changes={"note": TEXT}, **self.common()),
            lambda: BulkSelect(records=self.some(300), **self.common()),
            lambda: Amend(add=self.some(300), remove=NOTHING, notes_of=tuple(self.lists), **self.common()),
            lambda: Amend(add=NOTHING, remove=NOTHING, annotate=self._notes(), **self.common()),
            lambda: UpdateGroup(description="d" * 5_000, **self.common()),
            lambda: DeleteGroup(**self.common()),
            lambda: RestoreGroup(records=self.some(30), annotations=self._notes(), **self.common()),
            lambda: ClearAll(**self.common()),
            self._new_list,
        ]
        return self.rng.choice(makers)()

    def _notes(self) -> dict[int, Annotation]:
        return {self.rng.randrange(1, 400): {"note": TEXT} for _ in range(self.rng.randint(1, 25))}

    def _import(self) -> Operation:
        notes = self._notes()
        return Amend(add=pack(bitmap(notes)), remove=NOTHING, annotations=notes, **self.common())

    def _new_list(self) -> Operation:
        group = GroupId(self.world.new_uuid())
        self.lists.append(group)
        return CreateGroup(name=f"list {len(self.lists)}", **self.common(group))


class Bystander(Person):
    """Somebody who does a little, now and then, and must never hear of the other."""

    async def run(self, until: asyncio.Event) -> None:
        try:
            while not until.is_set():
                error = await self.ask(self._wish())
                if error is not None and error.code not in FORGIVEN:
                    raise Violation(f"somebody else was refused: {error.code}: {error.message}")
                await asyncio.sleep(self.rng.random() * 0.05)
        except Exception as error:  # noqa: BLE001  # it ends the story, not only this person
            self.world.violate(error)

    def _wish(self) -> Operation:
        record = RecordNo(self.rng.randrange(1, 400))
        dice = self.rng.random()
        if dice < 0.5:
            return Select(record=record, **self.common())
        if dice < 0.7:
            return Deselect(record=record, **self.common())
        if dice < 0.9:
            return BulkSelect(records=self.some(300), **self.common())
        return Annotate(records=self.some(3), changes={"note": "short"}, **self.common())


def simulate_greed(seed: int, steps: int = 25) -> int:
    """Run one seed; how often the greedy owner was refused. Raises `Violation` when it cost anybody else."""
    rng = random.Random(seed)
    loop = VirtualLoop(rng, unfair=rng.random() < 0.5)
    faults = Faults({name for name in FAULTS if rng.random() < 0.4})
    with quiet():
        asyncio.set_event_loop(None)
        try:
            world = World(loop, rng, faults, BOUNDS)
            for _ in range(3):
                world.add_owner()
            greedy = Greedy(world, OwnerId(world.owners[0]))
            loop.run_until_complete(until_broken(world, _story(world, greedy, steps)))
            return greedy.refused
        finally:
            clean_up(loop)


async def _story(world: World, greedy: Greedy, steps: int) -> None:
    await world.live()
    ended = asyncio.Event()
    others = [asyncio.create_task(Bystander(world, OwnerId(owner)).run(ended)) for owner in world.owners[1:]]
    weather = asyncio.create_task(_weather(world))
    watch = asyncio.create_task(_watch(world))
    await greedy.run(steps)
    ended.set()
    await asyncio.gather(*others)
    weather.cancel()
    watch.cancel()
    heal(world)
    await check_at_rest(world)
    await _check_trimmed(world)


async def _check_trimmed(world: World) -> None:
    """Soon nothing is held any more that PostgreSQL has."""
    assert world.life is not None
    journal = world.life.engine.journal
    for _ in range(100):
        if journal.first > journal.last:
            return
        await asyncio.sleep(BOUNDS.trim_interval_s)
    raise Violation(f"the journal is not trimmed: it begins at {journal.first} and ends at {journal.last}")


async def _weather(world: World) -> None:
    while True:
        await asyncio.sleep(world.rng.random())
        if world.chaos.has("crash") and world.rng.random() < 0.2:
            world.crash()
        world.database.down = world.chaos.has("down") and world.rng.random() < 0.5


async def _watch(world: World) -> None:
    """Nothing is ever beyond its bound."""
    try:
        while True:
            if world.life is not None and not world.life.dead:
                _check_bounds(world.life.engine)
            await asyncio.sleep(0.01)
    except Violation as violation:
        world.violate(violation)


def _check_bounds(engine: Engine) -> None:
    if engine.journal.size_bytes > 2 * BOUNDS.owner_waiting_bytes_max:
        raise Violation(f"the journal holds {engine.journal.size_bytes:,} bytes")
    weight = sum(weight_bytes(hot.state) + hot.recent.bytes for hot in engine._hot)
    if weight > BOUNDS.hot_tier_bytes_max:
        raise Violation(f"lists take {weight:,} bytes of memory")
    for hot in engine._hot:
        if weight_bytes(hot.state) > BOUNDS.owner_bytes_max:
            raise Violation(f"an owner takes {weight_bytes(hot.state):,} bytes")
        if any(notes_bytes(group.annotations) > BOUNDS.list_bytes_max for group in hot.state.groups.values()):
            raise Violation("a list has more notes than it may")
