"""A list goes to an organization, or from there to a person: with its laws, notes, tags, order and filter.

Its id stays, so whatever names it finds it where it is by then, and needs the right to it there.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from sertantai.audit.effects import Effects
from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, Forbidden, InvalidInput, PermissionNeeded
from sertantai.core.ids import Position
from sertantai.core.operations import Operation
from sertantai.core.rights import Right, Role
from sertantai.core.sharing.hand_over_steps import moved
from sertantai.core.spelling import compared
from sertantai.core.state import CAME_AT, GroupState, OwnerState
from sertantai.engine.engine import Engine
from sertantai.engine.large_operations import beside
from sertantai.lists.access import Allowed, Lists, find_group, group_now, hot_now
from sertantai.lists.between.receiving import may_come, require_may_come, require_room
from sertantai.lists.groups import display_name, fitting_name
from sertantai.organizations.settings import comes_restricted
from sertantai.organizations.standing import who_can_give

TAKEN_BACK_WITHIN: Final = timedelta(days=30)
"""So long whoever handed a list over can undo that, while nobody else has changed it."""

WHOSE_CHARACTERS_MAX: Final = 80
"""Of whose a list was, in what it is called where another list has its name."""


class HandingOver:
    def __init__(self, engine: Engine, effects: Effects, clock: Clock) -> None:
        self._engine = engine
        self._effects = effects
        self._clock = clock

    async def hand_over(self, found: Allowed, to: Lists, *, with_history: bool) -> Allowed:
        """The list at its new owner; asked for again, it is there already.

        Raises `Forbidden` for a default list, `PermissionNeeded` (also where they could not read it there),
        `Conflict` for an organization that ends, for a list that was changed meanwhile, and for one too many.
        """
        target = await group_now(self._engine, found)
        if found.owner == to.owner:
            return to.one(target)
        if target.is_default:
            raise Forbidden("The default list cannot be handed over; copy it into a new list instead.")
        if found.access is None:
            version = None
            self._require_may_come(to)
        else:
            version = await self._require_may_leave(found, target, to)

        async def make(states: Sequence[OwnerState]) -> Sequence[Operation]:
            receiver, giver = states
            group = find_group(giver, target.id)
            if version is not None and group.version != version:
                raise Conflict("The list was changed just now. Nothing was done; try again.")
            require_room(receiver, self._engine.bounds.groups_max)
            notes = len(group.annotations)
            return await beside(notes, self._moved, found, giver, receiver, group, with_history)

        await self._engine.together([to.owner, found.owner], found.actor, make)
        hot = await hot_now(self._engine, to)
        there = msgspec.structs.replace(to, hot=hot)
        return there.one(find_group(hot.state, target.id))

    def _moved(
        self, found: Allowed, giver: OwnerState, receiver: OwnerState, group: GroupState, with_history: bool
    ) -> Sequence[Operation]:
        take_over, hand_over = moved(
            giver,
            receiver,
            group,
            name=_name_there(group, giver, receiver),
            at=self._clock.now(),
            origin=found.by,
            with_history=with_history,
        )
        if comes_restricted(receiver.access):
            take_over = msgspec.structs.replace(take_over, restricted=True)
        return take_over, hand_over

    def _require_may_come(self, to: Lists) -> None:
        if to.access is None:
            raise InvalidInput("to: name an organisation.", field="to")
        require_may_come(to, restricted=comes_restricted(to.access))

    async def _require_may_leave(self, found: Allowed, target: GroupState, to: Lists) -> Position | None:
        """Out of an organization goes a list to one of its owners, and back to whoever brought it: then only
        at the version that is returned, which is known to be of nobody else."""
        access = found.access
        assert access is not None
        if to.access is not None or to.owner != found.actor:
            raise InvalidInput("to: from an organisation a list can go to you only (me).", field="to")
        if access.ends_at is not None:
            raise Conflict("This organisation is ending: its lists can be read and exported only.")
        if access.members[found.actor].role is Role.OWNER:
            return None
        if target.came_from != found.actor:
            raise PermissionNeeded(Right.TRANSFER.value, who_can_give(access, found.actor))
        came = datetime.fromisoformat(str(target.metadata[CAME_AT]))
        if self._clock.now() > came + TAKEN_BACK_WITHIN:
            raise Conflict(
                "You handed this list over more than 30 days ago. Copy it, or ask an owner for it."
            )
        if target.version > target.came_at and await self._was_changed_by_others(found, target):
            raise Conflict("Somebody else has changed this list since. Copy it, or ask an owner for it.")
        return target.version

    async def _was_changed_by_others(self, found: Allowed, target: GroupState) -> bool:
        hot = await hot_now(self._engine, found)
        if hot.known_from(target.id) <= target.came_at:
            since = [one for one in hot.recent_changes(target.came_at) if one.operation.group == target.id]
            # What the organization does by itself, as in a list that follows a filter, is nobody's change.
            return any(one.operation.origin.actor not in (found.actor, found.owner) for one in since)
        told = await self._effects.changed_by_others(
            found.owner, target.id, target.came_at, found.actor, target.version
        )
        return told.answer


def receivers(organizations: Iterable[Lists]) -> list[tuple[Lists, str]]:
    """Those, with their names, that whoever asks can hand a list over to."""
    return [(one, one.access.name) for one in organizations if one.access is not None and may_come(one)]


def may_be_handed_back(found: Allowed) -> bool:
    """Whether it is worth trying: an owner may, and for some time who brought it."""
    access = found.access
    member = None if access is None else access.members.get(found.actor)
    if access is None or member is None or access.ends_at is not None or found.group.is_default:
        return False
    return member.role is Role.OWNER or found.group.came_from == found.actor


def _name_there(group: GroupState, giver: OwnerState, receiver: OwnerState) -> str:
    """Its own, or with whose it was behind it where another list is called so."""
    taken = {compared(one.name) for one in receiver.groups.values()}
    taken |= {compared(display_name(one)) for one in receiver.groups.values()}
    if compared(group.name) not in taken:
        return group.name
    return fitting_name(
        receiver, group.name, f" ({_called(giver, receiver)[:WHOSE_CHARACTERS_MAX].rstrip()})"
    )


def _called(giver: OwnerState, receiver: OwnerState) -> str:
    """Of whom a list was, as its new owner knows them."""
    if giver.access is not None:
        return giver.access.name
    members = {} if receiver.access is None else receiver.access.members
    return next((one.name for id, one in members.items() if id == giver.owner), "")
