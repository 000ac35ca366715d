"""What somebody ticked before signing in, put into a list of their choice: once, whatever is sent twice.

The choice is written down before the ticks move, and the operation's id follows from guest and list. So a
second click, a lost answer or a crash in between repeats what was done, and does nothing new.
"""

import asyncio
from typing import Final, Protocol
from uuid import UUID, uuid5

import msgspec
from pyroaring import BitMap

from sertantai.core.errors import Forbidden, NotFound
from sertantai.core.ids import GroupId, OperationId, UserId
from sertantai.core.notes import taken_along
from sertantai.core.operations import Annotation
from sertantai.core.rights import Right
from sertantai.core.state import GroupState
from sertantai.engine.engine import Engine
from sertantai.lists.access import Allowed, Lists, another, group_now, hot_now, own_lists
from sertantai.lists.actions import Actions
from sertantai.lists.groups import Groups
from sertantai.lists.undo import MOVING

_NAMESPACE: Final = UUID("0f0c2f35-9a3e-5d0b-8a53-1c6b8f1d7a52")


class GuestListFull(Forbidden):
    """A guest's list has a bound of its own: nobody answers for what a guest keeps."""

    code = "guest_list_full"

    def __init__(self, records_max: int) -> None:
        super().__init__(f"Sign in to tick more than {records_max:,} laws.")


class Kept(msgspec.Struct, frozen=True):
    """``picked`` laws were ticked, ``added`` of them are new in ``group``; None: they were let go."""

    group: GroupState | None
    picked: int
    added: int


class Decision(Protocol):
    """``group`` None: the ticks are let go. Once settled, ``added`` of ``picked`` laws were new there."""

    @property
    def group(self) -> GroupId | None: ...

    @property
    def settled(self) -> bool: ...

    @property
    def picked(self) -> int: ...

    @property
    def added(self) -> int: ...


class Claims(Protocol):
    """Whose a guest's ticks are and where they go, as the accounts keep it."""

    async def waiting(self, user: UserId) -> list[UserId]: ...

    async def decide(
        self, user: UserId, guest: UserId, group: GroupId | None, instead_of: GroupId | None = None
    ) -> Decision | None: ...

    async def settle(self, user: UserId, guest: UserId, picked: int, added: int) -> None: ...


class Visitor(Protocol):
    """Who calls: somebody with an account, or a guest."""

    @property
    def is_guest(self) -> bool: ...


class GuestTicks:
    """Raises `DatabaseUnavailable` wherever the database is away: nothing is lost, it can be done later."""

    def __init__(
        self,
        engine: Engine,
        actions: Actions,
        groups: Groups,
        claims: Claims,
        records_max: int,
        bytes_max: int,
    ) -> None:
        self._engine = engine
        self._actions = actions
        self._groups = groups
        self._claims = claims
        self._records_max = records_max
        self._bytes_max = bytes_max
        self._turn = asyncio.Lock()
        """One at a time: who comes second, with the same click, is told what the first has done."""

    async def waiting(self, user: UserId) -> dict[UserId, BitMap]:
        """Each guest of the user's whose ticks wait for their list, with the records."""
        found = {guest: (await self._picked(guest))[0] for guest in await self._claims.waiting(user)}
        return {guest: records for guest, records in found.items() if records}

    async def keep(self, lists: Lists, guests: list[UserId], group: GroupId | None) -> Kept | None:
        """Put the guests' ticks into one of the user's lists, or with None let them go.

        Sent again, also with another list, it says what became of them. None: none of them is the user's.
        """
        kept = None
        for guest in guests:
            async with self._turn:
                one = await self._keep(lists, guest, group)
            if one is not None:
                before = kept or Kept(None, 0, 0)
                kept = Kept(one.group or before.group, before.picked + one.picked, before.added + one.added)
        return kept

    async def list_named(self, lists: Lists, name: str) -> GroupState:
        """The user's list of that name; a new one where there is none."""
        wanted = " ".join(name.split())
        for group in lists.state.groups.values():
            if group.name == wanted and not group.deleted:
                return group
        return await self._groups.create(lists, wanted)

    async def check_room(self, who: Visitor, found: Allowed, adding: BitMap) -> None:
        """Raises `GuestListFull` for more than a guest may have ticked at one time; others may."""
        if not who.is_guest:
            return
        await self.limit(who, found)
        target = await group_now(self._engine, found)
        if len(target.records | adding) > self._records_max:
            raise GuestListFull(self._records_max)

    async def limit(self, who: Visitor, lists: Lists) -> None:
        """From here on a guest's own budget of bytes holds, which is smaller than other people's."""
        if who.is_guest:
            (await hot_now(self._engine, lists)).bytes_max = self._bytes_max

    async def _keep(self, lists: Lists, guest: UserId, group: GroupId | None) -> Kept | None:
        user = lists.actor
        decision = await self._claims.decide(user, guest, group)
        state = (await hot_now(self._engine, lists)).state
        if decision is not None and decision.group is not None and not decision.settled:
            chosen = state.groups.get(decision.group)
            if chosen is None or chosen.deleted:
                decision = await self._claims.decide(user, guest, group, instead_of=decision.group)
        if decision is None:
            return None
        if decision.settled:
            known = None if decision.group is None else state.groups.get(decision.group)
            return Kept(known, decision.picked, decision.added)
        records, annotations = await self._picked(guest)
        added, target = 0, None
        if decision.group is not None:
            found = await another(self._engine, lists, decision.group, Right.TICK)
            target = found.group
            added = await self._move(found, guest, records, annotations)
        await self._claims.settle(user, guest, len(records), added)
        return Kept(target, len(records), added)

    async def _move(
        self,
        found: Allowed,
        guest: UserId,
        records: BitMap,
        annotations: dict[int, Annotation],
    ) -> int:
        """Add the records to the list; returns how many were new in it."""
        if not records:
            return 0
        done = await self._actions.amend(
            found.through(MOVING),
            records,
            BitMap(),
            annotations=annotations,
            id=OperationId(uuid5(_NAMESPACE, f"{guest} {found.group.id}")),
        )
        return done.changed

    async def _picked(self, guest: UserId) -> tuple[BitMap, dict[int, Annotation]]:
        """All that a guest has ticked, with notes and tags; nothing of a guest who is gone."""
        try:
            state = await self._engine.state(own_lists(guest))
        except NotFound:
            return BitMap(), {}
        records: BitMap = BitMap()
        annotations: dict[int, Annotation] = {}
        for group in state.groups.values():
            records |= group.records
            annotations |= taken_along(group.annotations, group.records)
        return records, annotations
