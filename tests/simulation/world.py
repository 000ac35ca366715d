"""The simulated world: what outlives the server, the server's lives, and the door for its clients."""

import asyncio
import contextvars
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from sertantai.audit.effects import Effects
from sertantai.core.errors import SertantaiError, Unavailable
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OwnerId, Position
from sertantai.core.operations import HandOver, Operation, TakeOver
from sertantai.engine.bounds import Bounds
from sertantai.engine.engine import Engine
from sertantai.engine.feed import Changed, Entry, Feed, Lost, ReadAnew, Rejected
from sertantai.sync.store import Batch, Rejection
from sertantai.sync.synchroniser import Synchroniser
from tests.simulation.bounds_kept import BoundsKept
from tests.simulation.database import RECORDS_KNOWN, Database, SimulatedStore, is_refused
from tests.simulation.disk import Disk, SimulatedJournal
from tests.simulation.effects import SimulatedEffects
from tests.simulation.faults import Chaos, Faults
from tests.simulation.list_model import Records, records_named
from tests.simulation.model import Effect, Model, Violation
from tests.simulation.virtual_loop import LIFE, VirtualLoop

if TYPE_CHECKING:
    from tests.simulation.apart import Apart
    from tests.simulation.sealing.sealed_world import SealedWorld

ROT_CHANCE = 0.5
READ_BEHIND_MAX = 6
"""Entries of the feed: who is further behind is cut."""
HANG_S = 30.0
"""Nobody waits longer than this, whatever is broken."""
_T = TypeVar("_T")


class Crashed(Exception):
    """The server died before it answered: nobody knows what became of the request."""


class VirtualClock:
    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.offset = timedelta(0)

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self._loop.time()) + self.offset

    def monotonic(self) -> float:
        return self._loop.time()


class Told(Feed):
    """What the engine tells, looked at as it is told: in order, and of each list without a gap."""

    def __init__(self, world: "World") -> None:
        super().__init__(READ_BEHIND_MAX)
        self._world = world
        self._versions: dict[tuple[OwnerId, GroupId], Position] = {}
        self.subscribe()

    def add(self, entry: Entry, weight_bytes: int = 0) -> None:
        match entry:
            case Changed(change):
                self._world.on_change(change)
                self._world.holds(lambda: self._follow(entry))
            case Rejected(rejection):
                self._world.on_rejected(rejection)
            case ReadAnew(owner) | Lost(owner):
                self._versions = {of: at for of, at in self._versions.items() if of[0] != owner}
        if self._world.is_watched:
            super().add(entry, weight_bytes)

    def _follow(self, entry: Changed) -> None:
        change = entry.change
        of = change.operation.owner, change.operation.group
        known = self._versions.get(of)
        if known is not None and known != entry.before:
            raise Violation(f"told of {of} from version {entry.before}, which was {known}")
        self._versions[of] = Position(0) if change.group is None else change.group.version


class Life:
    """One process of the server. When it is killed its tasks are gone; only disk and database stay."""

    def __init__(self, world: "World") -> None:
        self.tasks: list[asyncio.Task[Any]] = []
        self._context = contextvars.copy_context()
        self._context.run(LIFE.set, self.tasks)
        self.dead = False
        self.journal = SimulatedJournal(world.disk, world.chaos)
        self.trail = None if world.sealed is None else world.sealed.of_a_life(self.journal)
        self.store = SimulatedStore(world.database, world.chaos) if self.trail is None else self.trail.store
        kept = BoundsKept(world.bounds, goes_back=world.chaos.has("failover"))
        watch_store(self.store, kept, world)
        # The jitter of its retries is part of the seed.
        jitter = random.Random(world.rng.random())
        self.apart = None if world.apart is None else world.apart.process(kept, jitter)
        self.engine = Engine(
            self.journal,
            self.store,
            world.clock,
            world.bounds,
            feed=Told(world),
            synchroniser=Synchroniser if self.apart is None else self.apart.outside,
        )
        if self.apart is None:
            self.engine._sync._random = jitter
        self._watch(kept, world)

    def _watch(self, kept: BoundsKept, world: "World") -> None:
        """Nothing is ever beyond its bound, of whatever is written and of what is then true."""
        append, engine = self.journal.append, self.engine

        async def watched_append(bodies: Sequence[bytes]) -> Position:
            world.holds(lambda: kept.of_group(len(bodies)))
            return await append(bodies)

        def heard(_position: Position, operation: Operation) -> None:
            hot = engine._hot.peek(operation.owner)
            came_back = world.model.came_back(operation.owner)
            world.holds(lambda: kept.after_change(engine, hot, operation, came_back=came_back))

        self.journal.append = watched_append  # type: ignore[method-assign]  # to look on
        engine._heard = heard

    def spawn(self, coroutine: Coroutine[Any, Any, _T]) -> "asyncio.Task[_T]":
        return asyncio.get_running_loop().create_task(coroutine, context=self._context)

    def kill(self) -> None:
        self.dead = True
        for task in self.tasks:
            if not task.done():
                task.cancel()
        if self.apart is not None:
            self.apart.kill()


def watch_store(store: SimulatedStore, kept: BoundsKept, world: "World") -> None:
    apply = store.apply

    async def watched_apply(batch: Batch) -> None:
        world.holds(lambda: kept.of_batch(batch))
        await apply(batch)

    store.apply = watched_apply  # type: ignore[method-assign]  # to look on


async def _started(life: Life) -> None:
    if life.trail is None:
        await life.engine.start()
    else:
        await life.trail.start(life.engine)


async def stopped(life: Life) -> None:
    await life.engine.stop()
    if life.trail is not None:
        await life.trail.stop()


class World:
    def __init__(self, loop: VirtualLoop, rng: random.Random, faults: Faults, bounds: Bounds) -> None:
        self.loop = loop
        self.rng = rng
        self.faults = faults
        self.bounds = bounds
        self.chaos = Chaos(rng, faults)
        self.chaos.crash = self.crash
        self.model = Model()
        self.model.learn = lambda: self.learn_rejections()
        self.disk = Disk(rng, self.model.durable)
        self.database = Database(rng)
        self.database.refuses_lists = "refused_lists" in faults.active
        self.clock = VirtualClock(loop)
        self.life: Life | None = None
        self.running = asyncio.Event()
        self.broken: asyncio.Future[None] = loop.create_future()
        self.owners: list[OwnerId] = []
        self.is_watched = False
        """Somebody reads what is told."""
        self.sealed: SealedWorld | None = None
        """The sealed log, where there is one."""
        self.apart: Apart | None = None
        """How the synchroniser's process is, where it has one of its own."""
        self.crashes = 0
        self.acknowledged = 0
        self._rotting = random.Random(self.disk.id.int)  # beside the others' dice: a seed's story stays
        self._reborn: asyncio.Task[None] | None = None

    def new_uuid(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128))

    def add_owner(self) -> OwnerId:
        owner, default = OwnerId(self.new_uuid()), GroupId(self.new_uuid())
        self.database.add_user(owner, default)
        self.model.add_user(owner, default)
        self.owners.append(owner)
        return owner

    def violate(self, violation: BaseException) -> None:
        if not self.broken.done():
            self.broken.set_exception(violation)

    # Lives

    async def live(self) -> None:
        """Start the server, again and again while the disk does not let it."""
        patience = self.loop.time() + 2 * HANG_S
        while True:
            life = self.life = Life(self)
            starting = life.spawn(_started(life))
            try:
                async with asyncio.timeout(HANG_S):
                    await asyncio.wait([starting])
                starting.result()
            except TimeoutError:
                self.violate(Violation("the server does not start"))
                return
            except asyncio.CancelledError:
                if not life.dead:
                    raise
            except SertantaiError as error:
                life.kill()
                if self.loop.time() > patience:
                    self.violate(Violation(f"the server can never start again: {error}"))
                    return
            else:
                self.running.set()
                return
            await asyncio.sleep(self.rng.random() * 0.2)

    def crash(self) -> None:
        """kill -9, or a power cut: what the disk had not synced may be lost."""
        life = self.life
        if life is None or life.dead:
            return
        self.crashes += 1
        running = self.running.is_set()
        self.running.clear()
        life.kill()
        try:
            self.disk.crash()
            if self.sealed is not None:
                self.sealed.power_cut()
            self._rot()
        except Violation as violation:
            self.violate(violation)
        if running:
            self._reborn = self.loop.create_task(self._reincarnate(), context=contextvars.Context())

    def _rot(self) -> None:
        """Only what the database has for good: that the rest is lost is told, and no promise is left."""
        if self.chaos.has("rotten_bytes") and not self.chaos.has("failover"):
            watermark = self.database.tables.watermarks.get(self.disk.id)
            if watermark is not None and self._rotting.random() < ROT_CHANCE:
                self.disk.rot(watermark[0], self._rotting)

    async def _reincarnate(self) -> None:
        await asyncio.sleep(self.rng.random() * 0.5)
        await self.live()

    # Requests

    def effects(self, engine: Engine) -> Effects:
        """What the database of now tells of a life's lists."""
        return Effects(engine, SimulatedEffects(SimulatedStore(self.database, self.chaos)))

    async def ask(self, request: Callable[[Engine], Awaitable[_T]]) -> _T:
        """What a client gets: an answer, a refusal, or `Crashed`. Never silence."""
        await self.running.wait()
        life = self.life
        assert life is not None

        async def run() -> _T:
            return await request(life.engine)

        task = life.spawn(run())
        done, _ = await asyncio.wait([task], timeout=HANG_S)
        if not done:
            raise Violation("a request got no answer")
        if task.cancelled():
            raise Crashed
        return task.result()

    # What the server tells

    def on_change(self, change: Change) -> None:
        """Called by the engine as soon as a change is true for its readers."""
        self.holds(self.learn_rejections)
        self.holds(lambda: self.model.check_change(change))

    def holds(self, check: Callable[[], None]) -> None:
        try:
            check()
        except Violation as violation:
            self.violate(violation)

    def on_rejected(self, rejection: Rejection) -> None:
        operation = self.model.history[rejection.position]
        if isinstance(operation, TakeOver | HandOver) and self._cannot_move(operation):
            return
        self.learn_rejections()
        if self._builds_on_others(rejection.position, operation):
            return
        if self.database.refuses_lists and is_refused(operation.group, operation.owner):
            return
        named = records_named(operation)
        poisonous = any(record not in RECORDS_KNOWN for record in named)
        if not poisonous and rejection.owner not in self.model.deleted_users:
            self.violate(Violation(f"a good operation was rejected: {rejection}"))

    def _builds_on_others(self, position: Position, operation: Operation) -> bool:
        """It cannot be done, or not wholly, and may have been told otherwise: something else of theirs was
        set aside at some time, or it is half of a move, which is made of what was there."""
        model = self.model
        others = bool(self.database.once_rejected.get(operation.owner, set()) - {position})
        could_not = position in model.built_on | model.could_not or bool(model.lacked.get(position))
        return could_not and (others or isinstance(operation, TakeOver | HandOver))

    def _cannot_move(self, operation: TakeOver | HandOver) -> bool:
        """Something of the giver's had been rejected before, or one of both is gone."""
        giver = operation.giver if isinstance(operation, TakeOver) else operation.owner
        receiver = operation.owner if isinstance(operation, TakeOver) else operation.receiver
        gone = self.model.deleted_users
        return giver in self.database.once_rejected or giver in gone or receiver in gone

    def learn_rejections(self) -> None:
        """Bring the model up to date with what the database has set aside."""
        self.model.once_rejected |= self.database.once_rejected.keys()
        for rejection in self.database.tables.rejections:
            if rejection.position not in self.model.rejected:
                self.model.reject(rejection.position, self.audited_at(rejection.position))

    def audited_at(self, position: Position) -> Effect:
        """What the audit says an operation did."""
        added: set[int] = set()
        removed: set[int] = set()
        annotated: set[int] = set()
        dropped: Records = {}
        before: Records = {}
        list_changed = False
        for audited in self.database.tables.audit:
            if audited.position != position:
                continue
            list_changed |= audited.group_action is not None
            for row in audited.rows:
                place = (
                    annotated
                    if row.action == "annotate"
                    else added
                    if "_select" in f"_{row.action}"
                    else removed
                )
                if row.record in place:
                    raise Violation(f"audited twice: record {row.record} at {position}")
                place.add(row.record)
                metadata = row.metadata or {}
                if "dropped" in metadata:
                    dropped[row.record] = metadata["dropped"]
                if "before" in metadata:
                    before[row.record] = metadata["before"]
        return Effect(
            frozenset(added), frozenset(removed), frozenset(annotated), list_changed, dropped, before
        )


def made_nothing(error: SertantaiError) -> bool:
    """Whether the refusal says for certain that the operation is not in the journal."""
    return type(error) is Unavailable or error.code in {"journal_full", "database_unavailable"}
