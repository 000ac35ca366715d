"""In which organizations somebody is: where to look, and no right.

Read from PostgreSQL when somebody asks for the first time, and kept true from then on by the log itself. What
the log did and PostgreSQL lacks is laid over what was read, by its position, so that neither a change on its
way nor one that comes while it is read is missed. What somebody may do where they look is asked of the
organization's state, which is always right.
"""

from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Final, NamedTuple

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import OwnerId, Position, UserId
from sertantai.core.operations import Admit, ChangeMember, Expel, Operation, TakeBack
from sertantai.core.state import OwnerState
from sertantai.engine.engine import Engine
from sertantai.organizations import sql
from sertantai.postgres import Database, Role
from sertantai.postgres.lanes import Lane

KNOWN_PEOPLE_MAX: Final = 20_000
"""Whoever asked longest ago is read again when they come back."""
CHANGES_MAX: Final = 10_000
READS_MAX: Final = 3
SETTLED_WITHIN_S: Final = 3.0


class _Later(NamedTuple):
    """What the log did, until PostgreSQL has it."""

    position: Position
    is_in: bool


class Memberships:
    """The engine tells it of each change, from its start. ``synced``: how far PostgreSQL has been."""

    def __init__(self, database: Database, journal_id: Callable[[], object], synced: Callable[[], Position]):
        self._database = database
        self._journal_id = journal_id
        self._synced = synced
        self._known: OrderedDict[int, tuple[OwnerId, ...]] = OrderedDict()
        """By the person's id as an integer, which is found faster."""
        self._later: dict[int, dict[OwnerId, _Later]] = {}
        self._in_order: deque[tuple[Position, int, OwnerId]] = deque()
        self._met: dict[OwnerId, Position] = {}
        """Organizations whose members were known from memory at the start, and up to where."""
        self._let_go = Position(0)
        """Of what came later, what PostgreSQL has had: up to here it is not remembered."""
        self._changed = _Changes()

    async def of(self, person: UserId) -> AsyncIterator[OwnerId]:
        """In the order in which they came in. Without PostgreSQL those that are known; then it raises
        `DatabaseUnavailable`: nobody takes that for "in no other"."""
        known = self._known.get(person.int)
        if known is None:
            try:
                known = await self._read(person)
            except DatabaseUnavailable:
                for organization, later in tuple(self._later.get(person.int, {}).items()):
                    if later.is_in:
                        yield organization
                raise
        self._known.move_to_end(person.int)
        for organization in known:
            yield organization

    def changes_of(self, person: UserId) -> int:
        """Another number once what somebody is in an organization was changed, or ended."""
        return self._changed.of(person)

    def note(self, position: Position, operation: Operation) -> None:
        """Of each operation that was done."""
        if isinstance(operation, Admit | TakeBack):
            self._lay_over(position, operation.member.int, operation.owner, is_in=True)
        elif isinstance(operation, Expel):
            self._lay_over(position, operation.member.int, operation.owner, is_in=False)
            self._changed.note(operation.member, position)
        elif isinstance(operation, ChangeMember):
            self._changed.note(operation.member, position)

    def forget(self, organization: OwnerId) -> None:
        """It has ended."""
        for person, known in self._known.items():
            if organization in known:
                self._known[person] = tuple(one for one in known if one != organization)
        for later in self._later.values():
            later.pop(organization, None)

    def meet(self, states: Iterable[OwnerState], upto: Position) -> None:
        """What was done before, up to ``upto``, and may not be in PostgreSQL yet."""
        for state in states:
            if state.access is not None:
                self._met[state.owner] = upto
                for member in state.access.members:
                    self._lay_over(upto, member.int, state.owner, is_in=True)

    def _lay_over(self, position: Position, person: int, organization: OwnerId, *, is_in: bool) -> None:
        self._let_go_of(self._synced())
        self._later.setdefault(person, {})[organization] = _Later(position, is_in)
        self._in_order.append((position, person, organization))
        known = self._known.get(person)
        if known is not None:
            others = tuple(one for one in known if one != organization)
            self._known[person] = (*others, organization) if is_in else others

    def _let_go_of(self, synced: Position) -> None:
        while self._in_order and self._in_order[0][0] <= synced:
            position, person, organization = self._in_order.popleft()
            self._let_go = position
            later = self._later.get(person, {})
            if organization in later and later[organization].position <= position:
                del later[organization]
            if not later:
                self._later.pop(person, None)

    async def _read(self, person: UserId) -> tuple[OwnerId, ...]:
        for _ in range(READS_MAX):
            async with self._database.transaction(Role.AUDITOR, readonly=True, lane=Lane.LISTS) as connection:
                row = await connection.fetchrow(sql.MEMBERSHIPS_OF, person, self._journal_id())
            assert row is not None, "one row in any case"
            if row["upto"] >= self._let_go:
                break
        else:  # a stand-by that took over lacks what PostgreSQL had, and has it again in a moment
            raise DatabaseUnavailable(
                "It is not known yet in which organisations you are. Try again in a moment.", retry_after_s=2
            )
        known = self._known[person.int] = self._laid_over(person, row["upto"], row["organizations"])
        if len(self._known) > KNOWN_PEOPLE_MAX:
            self._known.popitem(last=False)
        return known

    def _laid_over(self, person: UserId, upto: Position, read: Iterable[OwnerId]) -> tuple[OwnerId, ...]:
        found = {one: None for one in read if self._met.get(one, 0) <= upto}
        for organization, later in self._later.get(person.int, {}).items():
            if later.position > upto and later.is_in:
                found[organization] = None
            elif later.position > upto:
                found.pop(organization, None)
        return tuple(found)


class _Changes:
    """When somebody's membership was changed last, of those changed last; of all others, when one of them
    may have been: whoever is forgotten counts as changed once more, and nobody as unchanged."""

    def __init__(self) -> None:
        self._at: OrderedDict[int, Position] = OrderedDict()
        self._of_others = Position(0)

    def of(self, person: UserId) -> Position:
        return self._at.get(person.int, self._of_others)

    def note(self, person: UserId, position: Position) -> None:
        self._at[person.int] = position
        self._at.move_to_end(person.int)
        if len(self._at) > CHANGES_MAX:
            for _ in range(max(1, CHANGES_MAX // 2)):  # many at once: each time others are taken for changed
                _, self._of_others = self._at.popitem(last=False)


async def settled(engine: Engine, organization: OwnerId) -> None:
    """Wait until PostgreSQL has what was done there until now: who was removed, too. Raises `Unavailable`
    where that takes too long."""
    hot = await engine.hot_owner(organization)
    await engine.reached(hot.last, SETTLED_WITHIN_S)
