"""The operator hands a list over, or copies one, in a member's name: what they may not do is refused to the
operator too."""

from collections.abc import AsyncIterator

import msgspec

from sertantai.core.errors import NotFound
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.core.operations import Origin
from sertantai.core.spelling import compared
from sertantai.engine.engine import Engine
from sertantai.engine.errors import MemberNotFound
from sertantai.lists.access import Access, Allowed, Asking, Lists
from sertantai.lists.between.copying import Copying, CopyWanted
from sertantai.lists.between.handing_over import HandingOver
from sertantai.lists.groups import display_name
from sertantai.organizations.errors import OrganizationNotFound
from sertantai.organizations.operator import CopyList, MovedList, MoveList


class MovesByOperator:
    def __init__(self, engine: Engine, handing: HandingOver, copying: Copying) -> None:
        self._engine = engine
        self._handing = handing
        self._copying = copying

    async def move(self, work: MoveList) -> MovedList:
        """Raises `MemberNotFound`, `NotFound` for a list that the giver does not have, and as `HandingOver`
        does."""
        organization, own = await self._both(work)
        giver, receiver = (organization, own) if work.back else (own, organization)
        try:
            found = _called(giver, work.list)
        except NotFound:
            # Asked for again, it is there already; a name may be another list's there.
            if (there := _by_id(receiver, work.list)) is None:
                raise
            return MovedList(there.group.id, display_name(there.group))
        moved = await self._handing.hand_over(found, receiver, with_history=work.with_history)
        return MovedList(moved.group.id, display_name(moved.group))

    async def copy(self, work: CopyList) -> MovedList:
        """Raises `MemberNotFound`, `NotFound` for a list that they do not have, and as `Copying` does."""
        organization, own = await self._both(work)
        found = _called(own if work.from_person else organization, work.list)
        wanted = CopyWanted(work.name, work.notes, work.tags, work.order)
        made = await self._copying.copy(found, own if work.to_person else organization, wanted)
        return MovedList(made.group.id, display_name(made.group))

    async def _both(self, work: MoveList | CopyList) -> tuple[Lists, Lists]:
        """The lists of the organization, and of the person in whose name it is done."""

        async def only_there(_person: UserId) -> AsyncIterator[OwnerId]:
            yield work.organization

        asking, access = Asking(Origin(work.person, source="system")), Access(self._engine, only_there)
        try:
            organization = await access.lists_in(asking, str(work.organization))
        except OrganizationNotFound:
            raise MemberNotFound from None
        return organization, await access.lists_of(asking)


def _called(lists: Lists, wanted: str) -> Allowed:
    """By its UUID or its name, as it is compared."""
    if (found := _by_id(lists, wanted)) is not None:
        return found
    for group in lists.state.groups.values():
        names = (compared(group.name), compared(display_name(group)))
        if not group.deleted and lists.may_read(group) and compared(wanted) in names:
            return lists.one(group)
    whose = "They have no list" if lists.access is None else "The organisation has no list that they may see"
    raise NotFound(f"{whose} with the name or UUID {wanted[:60]!r}.", field="list")


def _by_id(lists: Lists, wanted: str) -> Allowed | None:
    try:
        group = lists.state.groups.get(GroupId(msgspec.convert(wanted, GroupId)))
    except msgspec.ValidationError:
        return None
    there = group is not None and not group.deleted and lists.may_read(group)
    return lists.one(group) if group is not None and there else None
