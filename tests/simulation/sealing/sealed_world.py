"""The sealed log of a story: lives of the sealer, what is told beside the lists, and what must be true of it.

A head that was shown once binds for ever: it is of leaves that a power cut leaves, and of the log that is
there in the end. What is sealed is what the trail's rows tell, in the order of the journal, each once.
"""

import asyncio
import random
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID

import msgspec

from sertantai.audit.retaining.leaving import SealedTrail
from sertantai.audit.retaining.looks import drop_looks
from sertantai.audit.sealed_rows import Lists
from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import Position
from sertantai.core.sealing.notes import Head, parse_head, parse_note
from sertantai.core.sealing.tree import HASH_BYTES, ZERO, Frontier
from sertantai.engine.engine import Engine
from sertantai.sealing import files as files_module
from sertantai.sealing import sealer as sealer_module
from sertantai.sealing.again import WrittenAgain
from sertantai.sealing.alarm import Alarm
from sertantai.sealing.blinds import Blind, Blinds, Class
from sertantai.sealing.deeds import Deed, sealed
from sertantai.sealing.dropped import Going, leaf_of, stub_in
from sertantai.sealing.files import NOTICE, PLACE, TrailFiles
from sertantai.sealing.keys import macs_in
from sertantai.sealing.log import begin, newest_log
from sertantai.sealing.notices import Kind, Notices
from sertantai.sealing.reached import HistoryDiffers
from sertantai.sealing.restores import behind, put_back_notices
from sertantai.sealing.sealer import Sealer
from sertantai.sync.seals import Seals
from tests.simulation.disk import SimulatedJournal
from tests.simulation.model import Violation
from tests.simulation.sealing.trail_database import (
    SealedStore,
    TrailDatabase,
    by_owner,
    drop_notices,
    forge,
    is_forged,
    seals_of,
)
from tests.simulation.sealing.trail_disk import TrailDisk, with_a_stub
from tests.simulation.world import World

ROOM = Path("/dev/shm")
SEAL_EVERY_S = 0.05
AT_ONCE = 3
LETS_GO_FROM = 20_000
"""In stories from this seed on retention takes what was told of accesses."""
QUIET_S = 5.0
"""Whatever was on its way has been committed then, or never is."""


class WatchedFiles(TrailFiles):
    """Each head is looked at before anybody else can see it."""

    def __init__(self, folder: Path, world: "SealedWorld") -> None:
        super().__init__(folder)
        self._sealed = world

    def show_head(self, note: str) -> None:
        head = parse_head(parse_note(note).text)
        self._sealed.world.holds(lambda: self._sealed.check_head(head))
        try:
            super().show_head(note)
        finally:
            if self.newest_note() == note:  # also where the server died behind it
                self._sealed.shown.append(head)


class SealedLife:
    """What one process of the server has of it, in the order in which the product starts it."""

    def __init__(self, sealing: "SealedWorld", journal: SimulatedJournal) -> None:
        self._sealing = sealing
        self._journal = journal
        self._folder = newest_log(sealing.path)
        self._macs = macs_in(sealing.path)
        blinds = Blinds(self._folder)
        self._database = TrailDatabase(sealing.world.database, sealing.world.chaos, sealing.world.clock.now)
        database: Any = self._database
        self._alarm = Alarm(self._folder, sealing.on_alarm)
        self._files = WatchedFiles(self._folder, sealing)
        seals = Seals(self._macs, blinds, WrittenAgain(TrailFiles(self._folder), self._alarm))
        self.store = SealedStore(self._database, sealing.world.chaos, seals)
        self.notices = Notices(self._macs, blinds, sealing.world.clock)
        log = begin(sealing.path, journal.id, None)
        log.files = self._files
        self._trail = SealedTrail(self._files, [journal.id], self.notices, blinds)
        self.sealer = Sealer(database, log, journal.id, self._macs, self._alarm)

    async def start(self, engine: Engine) -> None:
        older = await self._behind()
        await engine.start()
        await self.sealer.start()
        self._telling = asyncio.create_task(self._put_back(older), name="put back")

    async def _behind(self) -> bool:
        if self._files.newest_note() is None:
            return False
        try:
            database: Any = self._database
            return (await behind(database, self._files, [self._journal.id])).is_behind
        except DatabaseUnavailable:
            return False

    async def _put_back(self, older: bool) -> None:
        database: Any = self._database
        while older:
            try:
                async with self.sealer.held() as hears:
                    await put_back_notices(database, self._files, self._macs, hears)
                await self.let_go()
                await self.tell(Kind.RESTORE)
            except (DatabaseUnavailable, OSError):
                await asyncio.sleep(SEAL_EVERY_S)
            else:
                return

    async def tell(self, kind: Kind) -> None:
        async with self._database.transaction(None) as connection:
            given: Any = connection
            await self.notices.tell(given, kind, body={"n": self._sealing.world.rng.randrange(100)})
            await asyncio.sleep(self._sealing.world.rng.random() * SEAL_EVERY_S)

    async def let_go(self) -> None:
        """What was told of accesses a while ago."""
        if self._sealing.lets_go:
            database: Any = self._database
            await drop_looks(database, self._trail, self._sealing.world.clock.now)

    async def stop(self) -> None:
        await self.sealer.stop()

    async def settled(self) -> None:
        """Whatever is committed is sealed."""
        await self._telling
        await asyncio.sleep(QUIET_S)
        with suppress(HistoryDiffers):
            await self.sealer.seal()


class SealedWorld:
    """``leaves``: how many were sealed, once all was checked."""

    def __init__(self, world: World, path: Path, seed: int, *, is_forged: bool) -> None:
        self.world = world
        self.path = path
        self._rng, self._rng_of_looks = random.Random(f"sealed {seed}"), random.Random(f"looks {seed}")
        self.lets_go = seed >= LETS_GO_FROM
        self.disk = TrailDisk(newest_log(path), self._rng, world.faults, world.crash)
        self.shown: list[Head] = []
        self._is_forged, self._alarmed = is_forged, False
        self.leaves = 0
        if world.chaos.has("failover"):
            world.database.backups = []

    def of_a_life(self, journal: SimulatedJournal) -> SealedLife:
        return SealedLife(self, journal)

    def power_cut(self) -> None:
        self.disk.power_cut()

    def weather(self) -> list[Coroutine[Any, Any, None]]:
        some = [self._tell_at_times(), self._restore_at_times()]
        if self.lets_go:
            return [*some, self._let_go_at_times()]
        return [*some, self._forge()] if self._is_forged else some

    async def _tell_at_times(self) -> None:
        """Somebody exports a list, looks at another's history, and the like."""
        while True:
            await asyncio.sleep(self._rng.random() * 0.1)
            life = self.world.life
            if life is not None and not life.dead and life.trail is not None:
                self._last_told = life.spawn(_told(life.trail))

    async def _let_go_at_times(self) -> None:
        """The time of whatever was told of an access is over after a moment."""
        while True:
            await asyncio.sleep(self._rng_of_looks.random() * 0.4)
            life = self.world.life
            if life is not None and not life.dead and life.trail is not None:
                self._last_let_go = life.spawn(_let_go(life.trail))

    async def _forge(self) -> None:
        """Somebody with the database's password puts something there to be sealed."""
        await asyncio.sleep(self._rng.random() * 0.3)
        forge(self.world.database.tables, self._rng, self.world.disk.id, self.world.clock.now())

    async def _restore_at_times(self) -> None:
        while True:
            await asyncio.sleep(self._rng.random() * 2)
            if self.world.chaos.has("failover") and not self._is_forged and self._rng.random() < 0.3:
                self.world.crash()
                self.world.database.put_back()

    # -------------------------------------------------------------------------------------- what is true

    def on_alarm(self, said: str) -> None:
        self._alarmed = True
        if not self._is_forged:
            self.world.violate(Violation(f"an alarm, and nobody did anything: {said}"))

    def check_head(self, head: Head) -> None:
        if self._alarmed:
            raise Violation(f"a head of {head.size} entries after something differed")
        leaves, places = self.disk.synced("hashes.0"), self.disk.synced("places")
        size = min(len(leaves) // HASH_BYTES, len(places) // PLACE.size)
        if size < head.size or _root(leaves, head.size) != head.root:
            raise Violation(f"a head of {head.size} entries, of which {size} are on the disk, or others")
        if self.shown and head.size < self.shown[-1].size:
            raise Violation(f"a head of {head.size} after one of {self.shown[-1].size}")
        if self.shown and head.size == self.shown[-1].size and head.root != self.shown[-1].root:
            raise Violation(f"two heads of {head.size} entries")

    async def check_at_rest(self) -> None:
        """Of the server that runs: whatever is committed it has sealed, or said why not."""
        assert self.world.life is not None
        assert self.world.life.trail is not None
        await self.world.life.trail.settled()
        if self._is_forged:
            self._check_forged()
        else:
            self._check_none_is_left()

    async def check(self) -> None:
        """Nothing fails any more, and all of it is in the database."""
        if self._is_forged:
            if self.lets_go and not self._alarmed:
                await self._forge_a_stub()
            return
        await self._begin_anew()  # what a restore took away is put back by the next start with a database
        files = TrailFiles(newest_log(self.path))
        leaves, places = files.leaves(0, files.size), list(files.places())
        self._check_heads(files, leaves)
        self._check_changes(leaves, places)
        self._check_notices(files, leaves, places)
        self.leaves = files.size

    async def _forge_a_stub(self) -> None:
        """Whoever has database and disk takes a notice out of both, as if its time were over."""
        if (forged := with_a_stub(TrailFiles(newest_log(self.path)))) is not None:
            id, data = forged
            drop_notices(self.world.database.tables, {id})
            await self._begin_anew(lambda: self.disk.put("notices.ndjson", data))
            if not self._alarmed:
                raise Violation("nobody was told of a notice that somebody took out")

    def _check_forged(self) -> None:
        """What a stand-by never had, or what stands where the log was already, is nothing."""
        place = TrailFiles(newest_log(self.path)).last_place()
        if is_forged(self.world.database.tables, place) and not self._alarmed:
            raise Violation("nobody was told of what was forged")

    def _check_none_is_left(self) -> None:
        sealed_now = {_id_of(line) for line in TrailFiles(newest_log(self.path)).notice_lines()}
        left = [n for n in seals_of(self.world.database.tables).notices if n["id"] not in sealed_now]
        if left:
            raise Violation(f"notices are never sealed: {left}")

    async def _begin_anew(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        world = self.world
        assert world.life is not None
        world.running.clear()
        world.life.kill()
        self.power_cut()
        meanwhile()
        await world.live()
        assert world.life.trail is not None
        await world.life.trail.settled()

    def _check_heads(self, files: TrailFiles, leaves: bytes) -> None:
        sizes = []
        for note in files.notes():
            head = parse_head(parse_note(note).text)
            sizes.append(head.size)
            if _root(leaves, head.size) != head.root:
                raise Violation(f"the head of {head.size} entries is of another log")
        for head in self.shown:
            if head.size > files.size or _root(leaves, head.size) != head.root:
                raise Violation(f"a head of {head.size} entries was shown, which is of another log")
        if sizes != sorted(set(sizes)):
            raise Violation(f"heads of {sizes} entries")
        newest = files.newest_head()
        if files.size and (newest is None or newest.size != files.size):
            raise Violation(f"{files.size} entries, and the head is {newest}")

    def _check_changes(self, leaves: bytes, places: list[tuple[int, int]]) -> None:
        """What rows tell, sealed once more from the beginning, owner after owner."""
        deeds = seals_of(self.world.database.tables).deeds
        wanted: dict[tuple[int, int], bytes] = {}
        for _, some in by_owner(deeds):
            _check_counts(some)
            made = sealed(some, self._keys(), {})
            for number, place in enumerate(PLACE.iter_unpack(made.places)):
                position, part = place
                wanted[position, part] = made.leaves[number * HASH_BYTES : (number + 1) * HASH_BYTES]
        found = [
            (place, leaves[at * 32 : at * 32 + 32]) for at, place in enumerate(places) if place[1] != NOTICE
        ]
        model = self.world.model  # of who was deleted the journal does nothing again
        gone = {place for place, _ in found if model.is_of_who_is_gone(Position(place[0]))}
        found = [(place, leaf) for place, leaf in found if place in wanted or place not in gone]
        if [place for place, _ in found] != sorted(wanted):
            raise Violation(f"sealed were {[place for place, _ in found]}, and done {sorted(wanted)}")
        different = [place for place, leaf in found if wanted[place] != leaf]
        if different:
            raise Violation(f"sealed otherwise than it was done: {different}")

    def _keys(self) -> dict[Blind, bytes]:
        blinds = seals_of(self.world.database.tables).blinds
        return {Blind(subject, month, Class(kind)): key for (subject, month, kind), key in blinds.items()}

    def _check_notices(self, files: TrailFiles, leaves: bytes, places: list[tuple[int, int]]) -> None:
        previous, ids = ZERO.hex(), []
        at_leaves = [leaves[at * 32 : at * 32 + 32] for at, place in enumerate(places) if place[1] == NOTICE]
        lines, going = list(files.notice_lines()), Going(files.covered())
        if [leaf_of(line) for line in lines] != at_leaves:
            raise Violation("notices are not what their leaves are of")
        held = seals_of(self.world.database.tables)
        for number, line in enumerate(lines, 1):
            entry, stub = msgspec.json.decode(line), stub_in(line)
            if stub is None and (entry["number"], entry["previous"]) != (number, previous):
                raise Violation(f"notice {number} does not follow the one before")
            previous = leaf_of(line).hex()
            if (wrong := going.wrong_with(number, line, leaf_of(line))) is not None:
                raise Violation(f"notice {number} {wrong}")
            ids.append(UUID(entry["id"]))
        if (wrong := next(going.at_end(), None)) is not None or going.has_bodies:
            raise Violation(wrong or "what went says still what it said")
        told = [notice["id"] for notice in (*held.notices, *held.dropped)]
        # A database that is older than what went may not know of that at all.
        bodies = [UUID(msgspec.json.decode(line)["id"]) for line in lines if stub_in(line) is None]
        if len({*told}) < len(told) or len({*ids}) < len(ids) or not {*bodies} <= {*told} <= {*ids}:
            raise Violation(f"{len(ids)} notices are sealed, {len(set(ids))} different ones, of {len(told)}")


def _id_of(line: str) -> UUID:
    return UUID(msgspec.json.decode(line)["id"])


async def _let_go(life: SealedLife) -> None:
    with suppress(DatabaseUnavailable, OSError):
        await life.let_go()


async def _told(life: SealedLife) -> None:
    try:
        await life.tell(Kind.ACCESS)
    except DatabaseUnavailable:
        return


def _root(leaves: bytes, size: int) -> bytes:
    frontier = Frontier()
    for at in range(size):
        frontier.append(leaves[at * HASH_BYTES : (at + 1) * HASH_BYTES])
    return frontier.root()


def _check_counts(deeds: list[Deed]) -> None:
    lists = Lists({})
    for deed in deeds:
        for action, record, _, _ in deed.rows:
            lists.play(deed.list, action, *([record] if record else []))
        if deed.count is not None and deed.count != lists.count(deed.list):
            raise Violation(f"{deed.position} says {deed.count} laws, which are {lists.count(deed.list)}")


@contextmanager
def sealed_world(world: World, seed: int, *, is_forged: bool) -> Iterator[SealedWorld]:
    """Makes a world seal what is done in it. Its times and bounds are those of a story."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(dir=ROOM if ROOM.is_dir() else None))
        sealing = SealedWorld(world, Path(folder), seed, is_forged=is_forged)
        stack.enter_context(mock.patch.object(files_module, "os", sealing.disk))
        for way in ("append_bytes", "write_whole", "writing_whole"):
            stack.enter_context(mock.patch.object(files_module, way, getattr(sealing.disk, way)))
        for name, value in (
            ("EVERY_S", SEAL_EVERY_S),
            ("ROWS_AT_ONCE", AT_ONCE),
            ("NOTICES_AT_ONCE", AT_ONCE),
            ("LISTED_AT_ONCE", 2 * AT_ONCE),
            ("DROP_EVERY_S", 0.0),
        ):
            stack.enter_context(mock.patch.object(sealer_module, name, value))
        world.sealed = sealing
        yield sealing
