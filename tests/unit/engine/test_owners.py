"""Owners in memory, in whatever order things happen: nothing is lost, doubted for good or kept for ever."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, cast
from uuid import UUID

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.fold import fold
from sertantai.core.ids import GroupId, JournalId, OwnerId, Position, RecordNo
from sertantai.core.operations import Operation, Select, encode
from sertantai.core.state import GroupState, OwnerState
from sertantai.engine.hot_tier import HotOwner
from sertantai.engine.owners import Owners
from sertantai.engine.owners_life import Kept, Lives, Trust
from sertantai.journal.protocol import Entry
from sertantai.sync.store import Snapshot, Watermark
from tests.unit.engine.engine_house import AT, by

ANN = OwnerId(UUID(int=1))
LIST = GroupId(UUID(int=11))
TURNS = 20
"""Of the event loop, after which nothing more happens by itself."""


def state_of(owner: OwnerId, operations: Sequence[tuple[Position, Operation]]) -> OwnerState:
    state = OwnerState(owner, {LIST: GroupState(LIST, "list", AT, AT, is_default=True)})
    for position, operation in operations:
        state, _ = fold(state, position, operation)
    return state


class Files:
    """A journal and a database, as far as `Owners` reads them. An answer of the database can be held back."""

    def __init__(self) -> None:
        self.id = JournalId(UUID(int=9))
        self.entries: list[tuple[Position, Operation]] = []
        self.checkpoints: dict[OwnerId, tuple[OwnerState, Position]] = {}
        self.watermark = Position(0)
        self.refused: set[Position] = set()
        self.down = False
        self.held: list[asyncio.Future[None]] | None = None
        self.first = Position(1)

    @property
    def last(self) -> Position:
        return Position(len(self.entries))

    def of(self, owner: OwnerId, upto: Position) -> list[tuple[Position, Operation]]:
        return [(p, o) for p, o in self.entries if o.owner == owner and p <= upto and p not in self.refused]

    async def advance(self, past: Position) -> None:
        assert past <= self.last, "of one journal no list is further on than the journal"

    async def load(self, wanted: list[OwnerId], _journal: JournalId) -> Snapshot:
        if self.down:
            raise DatabaseUnavailable("away", retry_after_s=1)
        upto = self.watermark
        found = Snapshot(Watermark(upto, 0, upto), {one: state_of(one, self.of(one, upto)) for one in wanted})
        await self.hold_back()
        return found

    async def read(self, after: Position, _limit: int) -> list[Entry]:
        return [Entry(position, encode(operation)) for position, operation in self.entries[after:]]

    async def checkpoint(self, owner: OwnerId) -> Any:
        found = self.checkpoints.get(owner)
        await self.hold_back()
        return found

    async def hold_back(self) -> None:
        if self.held is not None:
            self.held.append(asyncio.get_running_loop().create_future())
            await self.held[-1]


class Life(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.files = Files()
        self.on_their_way: list[tuple[HotOwner, Operation]] = []
        self.seen = Position(0)
        self.is_eager = False
        """Whether owners are made ready to leave as soon as they have come."""
        self.start()

    @initialize(is_eager=st.booleans())
    def begin(self, is_eager: bool) -> None:
        self.is_eager = is_eager

    def start(self) -> None:
        files = self.files
        self.owners = Owners(
            cast("Any", files),
            cast("Any", files),
            0,  # whoever may leave does
            Lives(),
            watermark=lambda: self.seen,
            before_reading=lambda: asyncio.sleep(0),
            crowded=self.make_room,
            read_anew=lambda _: None,
        )
        self.owners._loader._checkpoint = files.checkpoint  # type: ignore[method-assign]  # a checkpoint's form is tested elsewhere
        self.waiting: list[asyncio.Task[None]] = []

    def turns(self) -> None:
        async def some() -> None:
            for _ in range(TURNS):
                await asyncio.sleep(0)

        self.loop.run_until_complete(some())

    @property
    def hot(self) -> HotOwner | None:
        return self.owners.hot.peek(ANN)

    def make_room(self) -> None:
        if self.is_eager:
            self.save()
            self.shrink()

    @precondition(lambda self: self.hot is None)
    @rule(hold=st.booleans(), writes=st.booleans())
    def ask(self, hold: bool, writes: bool) -> None:
        if hold and self.files.held is None:
            self.files.held = []
        self.waiting.append(self.loop.create_task(self.gets(writes)))
        self.turns()

    async def gets(self, writes: bool) -> None:
        with suppress(DatabaseUnavailable):
            hot = await self.owners.load(ANN)
            assert not hot.dropped, "they left before whoever waited had them"
            self.check_shown(hot)
            if writes:
                self.write(1)

    @precondition(lambda self: self.waiting)
    @rule()
    def answer(self) -> None:
        held, self.files.held = self.files.held or [], None
        for one in held:
            one.set_result(None)
        self.turns()
        for task in [task for task in self.waiting if task.done()]:
            self.waiting.remove(task)
            task.result()

    @precondition(lambda self: self.hot is not None)
    @rule(record=st.integers(1, 6))
    def write(self, record: int) -> None:
        hot = self.hot
        assert hot is not None
        self.on_their_way.append((hot, Select(record=RecordNo(record), **by(ANN, LIST))))
        hot.life.in_flight += 1

    @precondition(lambda self: self.on_their_way)
    @rule()
    def land(self) -> None:
        hot, operation = self.on_their_way.pop(0)
        assert not hot.dropped, "they left with something in flight"
        self.files.entries.append((position := Position(self.files.last + 1), operation))
        hot.state, _ = fold(hot.state, position, operation)
        hot.last = position
        hot.life.changed()
        self.owners.landed(hot)
        self.turns()

    @precondition(lambda self: not self.files.down and self.seen < self.files.last)
    @rule(refuses=st.booleans())
    def synchronise(self, refuses: bool) -> None:
        self.seen = self.files.watermark = position = Position(self.files.watermark + 1)
        if refuses:
            self.files.refused.add(position)
        self.owners.synced(position, {ANN}, moved=False)
        if refuses:
            self.owners.refused(ANN)
        self.turns()

    @rule(moved=st.booleans())
    def database_comes_or_goes(self, moved: bool) -> None:
        self.files.down = not self.files.down
        if not self.files.down:
            self.seen = self.files.watermark
            self.owners.synced(self.seen, None, moved=moved)
            self.turns()

    @precondition(lambda self: self.hot is not None and self.hot.life.is_unsaved)
    @rule()
    def save(self) -> None:
        hot = self.hot
        if hot is not None and hot.life.is_unsaved and hot.life.may_be_saved:
            self.files.checkpoints[ANN] = hot.state, hot.last
            hot.life.saved(hot, hot.last)

    @precondition(lambda self: self.hot is not None)
    @rule()
    def cannot_save(self) -> None:
        self.owners.lives.of(ANN).not_saved()

    @precondition(lambda self: self.owners.lives.unusable)
    @rule()
    def take_out(self) -> None:
        for life in list(self.owners.lives.unusable):
            self.files.checkpoints.pop(life.owner, None)
            life.taken_out()

    @precondition(lambda self: self.hot is not None)
    @rule()
    def shrink(self) -> None:
        hot = self.hot
        assert hot is not None
        kept = hot.life.kept
        self.owners.hot.shrink()
        if hot.dropped:
            assert hot.last <= self.seen, "PostgreSQL lacks something of theirs"
            assert kept is Kept.UNWRITABLE or ANN in self.files.checkpoints or kept is Kept.CURRENT
            if ANN in self.files.checkpoints and kept is not Kept.UNWRITABLE:
                assert self.files.checkpoints[ANN][1] >= hot.last

    @rule(loses_checkpoint=st.booleans())
    def begin_anew(self, loses_checkpoint: bool) -> None:
        """Killed: what was on its way is gone, and so is what was known in memory alone."""
        held, self.files.held = self.files.held or [], None
        for one in held:
            one.cancel()
        self.turns()
        self.on_their_way.clear()
        kept = self.files.checkpoints.pop(ANN, None)
        if kept is not None and not loses_checkpoint and not self.holds_refused(kept[0]):
            self.files.checkpoints[ANN] = kept
        self.start()
        watermark = None
        if not self.files.down:
            self.seen = self.files.watermark
            watermark = Watermark(self.seen, 0, self.seen)
        else:
            self.seen = Position(0)
        self.loop.run_until_complete(self.owners.recover(watermark))
        if watermark is not None:
            self.owners.synced(self.seen, None, moved=False)

    def holds_refused(self, state: OwnerState) -> bool:
        good = state_of(state.owner, self.files.of(state.owner, self.files.last))
        return bool(state.groups[LIST].records - good.groups[LIST].records)

    def check_shown(self, hot: HotOwner) -> None:
        """Whoever is told something at last is told what is true, if nothing is in doubt."""
        if hot.life.trust is Trust.SURE and not hot.dropped:
            good = state_of(hot.owner, self.files.of(hot.owner, self.files.last))
            assert hot.state.groups[LIST].records == good.groups[LIST].records

    @invariant()
    def what_is_sure_is_true(self) -> None:
        for hot in self.owners.hot:
            self.check_shown(hot)

    @invariant()
    def a_checkpoint_that_may_be_used_holds_nothing_refused(self) -> None:
        for owner, (state, _) in self.files.checkpoints.items():
            life = self.owners.lives.of(owner)
            if life.may_use_checkpoint and life.trust is Trust.SURE:
                assert not self.holds_refused(state)
            life.ended()

    @invariant()
    def each_is_found_by_its_facts(self) -> None:
        lives = self.owners.lives
        for life in lives:
            assert life.is_outstanding
            assert (life in lives.doubted) == (life.trust is Trust.DOUBTED)
            assert (life in lives.unsaved) == life.is_unsaved
            assert (life in lives.unusable) != life.may_use_checkpoint
        known = {id(life) for life in lives}
        of_many = (lives.doubted, lives.from_checkpoint, lives.unsynced, lives.left, lives.unsaved)
        assert all(id(life) in known for those in of_many for life in those)

    def teardown(self) -> None:
        """Nothing happens any more but what is due: nobody is doubted, and all can leave."""
        try:
            self.answer()
            while self.on_their_way:
                self.land()
            if self.files.down:
                self.database_comes_or_goes(moved=False)
            self.seen = self.files.watermark = self.files.last
            self.owners.synced(self.seen, None, moved=False)
            self.turns()
            assert not self.owners.lives.doubted
            self.take_out()
            if self.hot is None:
                self.ask(hold=False, writes=False)
            self.answer()
            hot = self.hot
            assert hot is not None
            assert hot.life.trust is Trust.SURE
            self.what_is_sure_is_true()
            self.save()
            self.shrink()
            for life in list(self.owners.lives.left):
                life.trimmed(self.files.last)
            assert not list(self.owners.hot)
            assert not list(self.owners.lives), "they are away, with nothing outstanding"
        finally:
            self.turns()
            self.loop.close()


TestLife = Life.TestCase
TestLife.settings = settings(stateful_step_count=40)


def test_who_is_refused_while_being_handed_over_is_read_anew_after_that() -> None:
    """They are in memory, and whoever waits for them does not have them yet."""
    story = Life()
    story.begin(is_eager=False)
    told: list[bool] = []

    def refuse() -> None:
        if not told:
            story.owners.refused(ANN)
            story.loop.call_soon(look_again)

    def look_again() -> None:
        life = story.owners.lives.of(ANN)
        told.append(life.loading is None and life.awaited > 0)
        story.owners.synced(Position(0), {ANN}, moved=False)

    story.make_room = refuse  # type: ignore[method-assign]  # told when they are in memory
    story.start()
    story.ask(hold=False, writes=False)
    assert told == [True]
    story.answer()
    assert story.hot is None
    assert story.owners.lives.of(ANN).trust is Trust.SURE
    story.loop.close()


def test_who_is_read_while_the_database_comes_back_is_read_again() -> None:
    """Whoever waits is shown what the database has, not the checkpoint that was at hand."""
    story = Life()
    story.begin(is_eager=False)
    story.files.checkpoints[ANN] = state_of(ANN, []), Position(0)
    story.files.down = True
    story.ask(hold=True, writes=False)
    story.database_comes_or_goes(moved=False)
    story.answer()
    hot = story.hot
    assert hot is not None
    assert hot.life.trust is Trust.SURE
    story.loop.close()
