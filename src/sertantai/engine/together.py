"""Operations that are made of what several owners have, and written all or not at all.

What takes long is done before their turn comes, of what the owners have then; when it comes, nothing else is
written until theirs are. So it is done again there only where something that it was made of has changed, and
then first of all beforehand, again.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from sertantai.core.errors import NotFound, Unavailable
from sertantai.core.fold import Change, fold
from sertantai.core.ids import GroupId, OwnerId, Position, UserId
from sertantai.core.operations import CreateGroup, Operation, TakeOver
from sertantai.core.state import OwnerState
from sertantai.core.weight import notes_named
from sertantai.engine.budgets import Demand, check_number, check_outcome
from sertantai.engine.committing import GroupCommit, Prepared
from sertantai.engine.hot_tier import HotOwner
from sertantai.engine.large_operations import NOTES_AT_HAND_MAX, encoded, prepared_aside

Made = Callable[[Sequence[OwnerState]], Awaitable[Sequence[Operation]]]
"""An operation of each owner (of one who is named several times, as many, in that order), but for those at
the end that are only looked at; of the lists that these are
about, of the names and the number of all lists, and of who may do what; raises to make none. It is asked once
or more often: what it made last counts."""
AHEAD_MAX = 3
"""So often they are made beforehand; then, where the list never rests, once while all others wait."""
UNDER_WAY_MAX = 20
OF_ONE_MAX = 2
"""Under way of one person: each holds all of its list's notes."""


class MadeOfOlder(Unavailable):
    """What they are made of has changed, and to make them takes long: nobody is told, it is made anew."""


class _Ahead(NamedTuple):
    states: Sequence[OwnerState]
    operations: Sequence[Operation]
    bodies: Sequence[bytes]

    def is_of(self, states: Sequence[OwnerState]) -> bool:
        lists = {id for operation in self.operations for id in _is_about(operation)}
        return all(_is_as_it_was(*both, lists) for both in zip(self.states, states, strict=True))

    @property
    def is_large(self) -> bool:
        return any(notes_named(one) > NOTES_AT_HAND_MAX for one in self.operations)


def _is_about(operation: Operation) -> Iterator[GroupId]:
    yield operation.group
    if isinstance(operation, CreateGroup) and operation.copied_from is not None:
        yield operation.copied_from.list


def _is_as_it_was(before: OwnerState, now: OwnerState, lists: Collection[GroupId]) -> bool:
    if before is now:
        return True
    if before.access is not now.access or before.groups.keys() != now.groups.keys():
        return False
    if any(before.groups.get(id) is not now.groups.get(id) for id in lists):
        return False
    return all(now.groups[id].name == group.name for id, group in before.groups.items())


class Together:
    """``loaded`` is asked for each owner, ``room`` before they are queued, and ``demand`` and ``room_after``
    of each when their turn comes; see `Engine`."""

    def __init__(
        self,
        commits: GroupCommit,
        loaded: Callable[[OwnerId], Awaitable[HotOwner]],
        room: Callable[[], None],
        demand: Callable[[HotOwner, Operation, int], Demand],
        room_after: Callable[[HotOwner, int, Demand], int],
        admission: Callable[[Operation, OwnerState], Awaitable[None]] | None,
        groups_max: int,
    ) -> None:
        self._commits = commits
        self._loaded = loaded
        self._check_room = room
        self._demand = demand
        self._room_after = room_after
        self._admission = admission
        self._groups_max = groups_max
        self._under_way: Counter[UserId] = Counter()

    async def perform(self, owners: Sequence[OwnerId], actor: UserId, make: Made) -> Sequence[Change]:
        """As `Engine.together` has it."""
        under_way = self._under_way
        if under_way[actor] >= OF_ONE_MAX or under_way.total() >= UNDER_WAY_MAX:
            raise Unavailable("Too many lists are being handed over or copied; try again.", retry_after_s=1)
        under_way[actor] += 1
        try:
            return await self._perform(owners, make)
        finally:
            under_way[actor] -= 1
            under_way += Counter()  # whoever has none left is forgotten

    async def _perform(self, owners: Sequence[OwnerId], make: Made) -> Sequence[Change]:
        ahead = await self._made(owners, make)
        if self._admission is not None:  # who would be refused anyway is not charged
            await self._admission(ahead.operations[0], ahead.states[0])
        for left in reversed(range(AHEAD_MAX)):
            hots = [await self._loaded(owner) for owner in owners]
            while any(hot.dropped for hot in hots):  # one left while another was loaded
                hots = [await self._loaded(owner) for owner in owners]
            # From here on none of them leaves memory.
            self._check_room()
            prepare = partial(self._prepared, hots, make, ahead, may_wait=left > 0)
            future = self._commits.together(hots, prepare)
            for hot in hots:
                hot.life.in_flight += 1
            try:
                written = await future
            except MadeOfOlder:
                ahead = await self._made(owners, make)
            else:
                return [await change for change in written]
        raise AssertionError("The last time they are made when their turn comes.")

    async def _made(self, owners: Sequence[OwnerId], make: Made) -> _Ahead:
        return await self._made_of([(await self._loaded(owner)).state for owner in owners], make)

    async def _made_of(self, states: Sequence[OwnerState], make: Made) -> _Ahead:
        operations = await make(states)
        bodies = [await prepared_aside(one) or encoded(one) for one in operations]
        return _Ahead(states, operations, bodies)

    async def _prepared(
        self, hots: Sequence[HotOwner], make: Made, ahead: _Ahead, *, may_wait: bool
    ) -> Sequence[Prepared]:
        states = [hot.state for hot in hots]
        if not ahead.is_of(states):
            if may_wait and ahead.is_large:
                raise MadeOfOlder("The list was changed just now; try again.")
            ahead = await self._made_of(states, make)
        if any(hot.dropped for hot in hots):
            raise NotFound("This account no longer exists.")
        made = zip(hots, ahead.operations, ahead.bodies, strict=False)  # the last may be looked at only
        then: dict[OwnerId, OwnerState] = {}
        own = Counter(hot.owner for hot in hots)
        return [self._with_demand(then, own[one[0].owner], *one) for one in made]

    def _with_demand(
        self, then: dict[OwnerId, OwnerState], own: int, hot: HotOwner, operation: Operation, body: bytes
    ) -> Prepared:
        """Nothing else of theirs is on its way by now but what waits, of which ``own`` are these. ``then``:
        what owners have once the operations before it are done."""
        demand = self._demand(hot, operation, hot.life.in_flight - 1)
        self._room_after(hot, len(body), demand)
        before = then.get(operation.owner, hot.state)
        if isinstance(operation, CreateGroup | TakeOver):
            check_number(before, self._groups_max, hot.life.in_flight - own)
        then[operation.owner], change = fold(before, Position(hot.last + 1), operation)
        check_outcome(change)
        return Prepared(operation, hot, body, demand)
