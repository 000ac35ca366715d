"""One seed from beginning to end: people work while things break, then everything heals and is checked."""

import asyncio
import logging
import random
import zlib
from collections.abc import Coroutine, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from typing import Any

import msgspec
import structlog

from sertantai.core.errors import DatabaseUnavailable, NotFound, SertantaiError, Unavailable
from sertantai.core.ids import Position
from sertantai.core.state import OwnerState
from sertantai.engine.bounds import Bounds
from sertantai.engine.engine import Engine
from tests.simulation.apart import Apart
from tests.simulation.colleagues import Colleague, Works, found
from tests.simulation.database import stored_state
from tests.simulation.faults import draw
from tests.simulation.model import NOTHING, Violation
from tests.simulation.moving import Mover
from tests.simulation.restless import Restless
from tests.simulation.sealing.sealed_world import SealedWorld, sealed_world
from tests.simulation.virtual_loop import Deadlock, VirtualLoop
from tests.simulation.watchers import Watching
from tests.simulation.workload import Client
from tests.simulation.world import Crashed, World, stopped

SETTLE_S = 60.0
TURNS_TO_END = 20


class Outcome(msgspec.Struct, frozen=True):
    """What a seed did; ``digest`` is the same for every run of it."""

    seed: int
    operations: int
    acknowledged: int
    crashes: int
    rejections: int
    built_on: int
    """Of the rejections, those of what was built on another."""
    forbidden: int
    """Of the operations, those that whoever asked had no right to when their turn came."""
    virtual_s: float
    digest: int
    told: int = 0
    """What was heard by those who looked on."""
    leaves: int = 0
    """What was sealed."""
    deaths: int = 0
    """Of the synchroniser's process, while the server lived."""


def has_organization(seed: int) -> bool:
    """Every sixth, and none of those that were met before there were any: they stay what they were."""
    return seed % 6 == 1


def has_moves(seed: int) -> bool:
    """Of those with an organization every second: lists are handed over to it, and back."""
    return seed % 12 == 7


def refuses_lists(seed: int) -> bool:
    """PostgreSQL never takes some of the lists that are made, or handed over."""
    return seed % 12 in (4, 7)


def simulate(
    seed: int,
    steps: int = 14,
    also: frozenset[str] = frozenset(),
    *,
    organization: bool | None = None,
    watched: bool = False,
    restless: bool = False,
    sealed: bool = False,
    forged: bool = False,
    apart: bool = False,
) -> Outcome:
    """Run one seed, with the faults that it draws and those of ``also``. ``organization``: whether several
    people have lists together in it; None: as the seed says. ``watched``: their screens are looked at, too.
    ``restless``: somebody takes laws with notes out and puts them back all the time. ``sealed``: what is done
    is sealed, and the log is held against it. ``forged``: somebody else writes into the database then.
    ``apart``: the synchroniser has a process of its own, which dies now and then.

    Raises `Violation` (or whatever the engine failed with) when a promise is broken.
    """
    rng = random.Random(seed)
    loop = VirtualLoop(rng, unfair=rng.random() < 0.5)
    world: World | None = None
    with quiet(), ExitStack() as stack:
        asyncio.set_event_loop(None)
        try:
            if refuses_lists(seed):
                also |= {"refused_lists"}
            world = _make_world(loop, rng, also)
            together = has_organization(seed) if organization is None else organization
            works = found(world) if together else None
            watching = Watching(world, seed) if watched else None
            sealing = stack.enter_context(sealed_world(world, seed, is_forged=forged)) if sealed else None
            alone = Apart(world, seed) if apart else None
            weather = [] if sealing is None else list(sealing.weather())
            weather += [] if alone is None else [alone.weather()]
            story = _story(
                world, steps, works, watching, sealing, weather, moves=has_moves(seed), restless=restless
            )
            loop.run_until_complete(until_broken(world, story))
            told = 0 if watching is None else watching.told
            leaves = 0 if sealing is None else sealing.leaves
            deaths = 0 if alone is None else alone.deaths
            return msgspec.structs.replace(_outcome(seed, world), told=told, leaves=leaves, deaths=deaths)
        except Deadlock as error:
            raise Violation("everything waits for something that never comes") from error
        finally:
            clean_up(loop)


def _make_world(loop: VirtualLoop, rng: random.Random, also: frozenset[str]) -> World:
    faults = draw(rng)
    faults.active |= also
    world = World(loop, rng, faults, draw_bounds(rng, lagging_standby="failover" in faults.active))
    for _ in range(rng.randint(1, 4)):
        world.add_owner()
    return world


def draw_bounds(rng: random.Random, *, lagging_standby: bool) -> Bounds:
    """Tiny bounds, so that every one of them is met within a few operations."""
    more = random.Random(
        str(rng.getstate()[1][:5])
    )  # drawn beside the others: a seed's story stays what it was
    return Bounds(
        sync_bytes_max=more.choice((1, 50, 4_000_000)),
        checkpoint_whole_bytes_max=more.choice((1, 2_000, 250_000)),
        groups_max=more.choice((3, 1_000)),
        recent_bytes_max=more.choice((1_000, 5_000, 400_000)),
        waiting_operations_max=rng.choice((3, 1000)),
        group_operations_max=rng.choice((1, 3, 1000)),
        recent_changes_max=rng.choice((2, 100)),
        hot_tier_bytes_max=rng.choice((1, 3_000, 1_000_000)),
        journal_bytes_max=10_000_000 if lagging_standby else rng.choice((4_000, 1_000_000)),
        journal_operations_max=rng.choice((8, 10_000)),
        # A standby that lags behind can only be caught up with from what the journal still holds.
        journal_keep_operations=100_000 if lagging_standby else rng.choice((0, 5, 100_000)),
        sync_interval_s=rng.choice((0.001, 0.02)),
        sync_entries_max=rng.choice((1, 4, 1000)),
        sync_records_max=rng.choice((2, 5, 2000)),
        sync_backoff_s_max=0.5,
        sync_states_bytes_max=rng.choice((1_000, 100_000)),
        trim_interval_s=rng.choice((0.02, 0.5)),
    )


async def until_broken(world: World, story: Coroutine[Any, Any, None]) -> None:
    told = asyncio.ensure_future(story)
    await asyncio.wait([told, world.broken], return_when=asyncio.FIRST_COMPLETED)
    if world.broken.done():
        world.broken.result()
    told.result()


async def _story(
    world: World,
    steps: int,
    works: Works | None,
    watching: Watching | None,
    sealing: SealedWorld | None,
    also: Iterable[Coroutine[Any, Any, None]],
    *,
    moves: bool,
    restless: bool,
) -> None:
    await world.live()
    if watching is not None:
        watching.begin(works)
    rng = world.rng
    clients: list[Client]
    if works is None:
        clients = [Client(world, rng.choice(world.owners)) for _ in range(rng.randint(1, 5))]
    else:
        clients = [Client(world, world.owners[0])]
        clients += [Colleague(world, works, rng.choice(works.people)) for _ in range(rng.randint(2, 5))]
    if works is not None and moves:
        clients += [Mover(world, works, rng) for _ in range(rng.randint(1, 2))]
    if restless:
        clients.append(Restless(world, world.owners[0]))
    working = [asyncio.create_task(client.run(world.rng.randint(1, steps * 2))) for client in clients]
    weather = [asyncio.create_task(one) for one in (_weather(world), *also)]
    for work in working:
        await work
    for one in weather:
        one.cancel()
    heal(world)
    if watching is not None:
        await watching.end()
    await check_at_rest(world)
    if watching is not None:
        await watching.check_at_rest()
    if sealing is not None:
        await sealing.check_at_rest()
    await _check_restarts(world)
    if sealing is not None:
        await sealing.check()


async def _weather(world: World) -> None:
    """Faults that come at a time of their own and go again."""
    rng, chaos = world.rng, world.chaos
    while True:
        await asyncio.sleep(rng.random() * 0.4)
        if chaos.has("crash") and rng.random() < 0.4:
            world.crash()
        if chaos.has("failover") and rng.random() < 0.4:
            world.database.fail_over()
        if chaos.has("wall_clock_steps") and rng.random() < 0.3:
            world.clock.offset = timedelta(seconds=rng.uniform(-3600, 3600))
        if chaos.has("user_deleted") and rng.random() < 0.1 and len(world.owners) > 1:
            _delete_user(world)
        world.database.down = chaos.has("down") and rng.random() < 0.4
        world.database.read_only = chaos.has("read_only") and rng.random() < 0.3


def _delete_user(world: World) -> None:
    owner = world.rng.choice(world.owners)
    world.model.deleted_users.add(owner)
    world.database.delete_user(owner)
    world.database.forget_earlier()


def heal(world: World) -> None:
    world.faults.enabled = False
    world.database.down = world.database.read_only = False


async def check_at_rest(world: World) -> None:
    """Nothing fails any more: soon everything is in the database, once, and memory says the same."""
    await _flush(world)
    await asyncio.sleep(2 * world.bounds.trim_interval_s + 0.1)  # time to notice what a standby lacked
    await _flush(world)
    world.learn_rejections()
    _check_database(world)
    await _check_memory(world)


async def _flush(world: World) -> None:
    while True:
        try:
            await world.ask(lambda engine: engine.flush(20.0))
        except Crashed:
            continue
        except Unavailable as error:
            raise Violation(f"the database never caught up: {error.message}") from error
        return


def _check_database(world: World) -> None:
    tables, model = world.database.tables, world.model
    position, parts = tables.watermarks[world.disk.id]
    if parts or position != model.last:
        raise Violation(f"the watermark is at {position} ({parts} parts), not at {model.last}")
    for owner in world.owners:
        if owner not in model.deleted_users:
            state = stored_state(tables, owner)
            assert state is not None
            model.check_state(owner, state, "database")
    model.check_none_lost()
    _check_audit(world)


def _check_audit(world: World) -> None:
    model = world.model
    told = {audited.position for audited in world.database.tables.audit}
    for position, effect in model.effects.items():
        owner = model.history[position].owner
        if owner in model.deleted_users:
            continue
        audited = world.audited_at(position) if position in told else NOTHING
        if audited != effect:
            raise Violation(f"the audit says {audited} of {position}, not {effect}")
    for entry in world.database.tables.audit:
        made = model.history[entry.position]
        names = (made.id, made.owner, made.group, made.origin.actor)
        if (entry.id, entry.owner, entry.group, entry.actor) != names:
            raise Violation(f"an audit row of {entry.position} names another owner, list or actor: {entry}")


async def _check_memory(world: World) -> None:
    for owner in world.owners:
        try:
            state: OwnerState = await world.ask(lambda engine, owner=owner: engine.state(owner))  # type: ignore[misc]  # the default binds it
        except NotFound:
            if owner not in world.model.deleted_users:
                raise
            continue
        if owner not in world.model.deleted_users:
            world.model.check_state(owner, state, "memory")
    assert world.life is not None
    _check_nothing_held(world, world.life.engine)


def _check_nothing_held(world: World, engine: Engine) -> None:
    lives = engine._owners.lives
    held = {life.owner for life in lives.unsynced if life.owner not in world.model.deleted_users}
    loading = [life.owner for life in lives if life.loading is not None]
    if held or loading:
        raise Violation(f"owners can never leave memory: {held}, loading {loading}")


async def _check_restarts(world: World) -> None:
    """Stop as an operator would, start with the database away, and heal."""
    life = world.life
    assert life is not None
    try:
        async with asyncio.timeout(SETTLE_S):
            await life.spawn(stopped(life))
    except TimeoutError:
        raise Violation("the server does not stop") from None
    world.running.clear()
    life.kill()
    _check_database(world)
    world.database.down = True
    await world.live()
    for owner in world.owners:
        try:
            state = await world.ask(lambda engine, owner=owner: engine.state(owner))  # type: ignore[misc]  # the default binds it
        except DatabaseUnavailable:
            continue
        if owner not in world.model.deleted_users and not world.model.rejected:
            world.model.check_state(owner, state, "checkpoint")
    world.database.down = False
    await check_at_rest(world)


def _outcome(seed: int, world: World) -> Outcome:
    tables = world.database.tables
    seen = (
        [(p, o.id.int) for p, o in world.model.history.items()],
        [(a.id.int, len(a.rows)) for a in tables.audit],
        round(world.loop.time(), 6),
    )
    return Outcome(
        seed,
        int(world.model.last or Position(0)),
        world.acknowledged,
        world.crashes,
        len(tables.rejections),
        len(world.model.built_on),
        len(world.model.forbidden),
        world.loop.time(),
        zlib.crc32(str(seen).encode()),
    )


def clean_up(loop: VirtualLoop) -> None:
    """End what is left, so that nothing of one seed is heard of in the next."""
    for task in loop.tasks:
        task.cancel()
    loop.set_exception_handler(lambda _loop, _context: None)
    for _ in range(TURNS_TO_END):
        if not loop._ready:
            break
        loop.call_soon(loop.stop)
        loop.run_forever()
    loop.close()


@contextmanager
def quiet() -> Iterator[None]:
    """The server's log says what the simulation does on purpose."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.configure(**before)


__all__ = ["Outcome", "SertantaiError", "simulate"]
