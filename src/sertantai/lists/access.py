"""The one door to lists: given who asks and for which list, whose it is and what may be done with it.

Who acts and whose the lists are is not the same, and only this module makes the one of the other. So whoever
reads or changes a list is given what the door gives, and looks nothing up again. A list that may not be seen
is one that does not exist. What the door allows the fold asks again, when the operation's turn comes.
"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Final

import msgspec

from sertantai.core.access_state import AccessState, is_member, level_in, rights_in
from sertantai.core.errors import InvalidInput, NotFound, PermissionNeeded
from sertantai.core.ids import GroupId, OperationId, OwnerId, UserId
from sertantai.core.operations import Origin
from sertantai.core.rights import ALL_RIGHTS, Level, Rights
from sertantai.core.rights import Right as Right  # whoever asks at the door needs it
from sertantai.core.state import GroupState, OwnerState
from sertantai.engine.engine import Engine
from sertantai.engine.hot_tier import HotOwner
from sertantai.lists.errors import GroupNotFound
from sertantai.organizations.errors import OrganizationNotFound
from sertantai.organizations.settings import comes_restricted
from sertantai.organizations.standing import Standing, who_can_give

DEFAULT: Final = "default"
OrganizationsOf = Callable[[UserId], AsyncIterator[OwnerId]]
"""In which organizations somebody may be; see `Memberships`."""


async def in_none(_person: UserId) -> AsyncIterator[OwnerId]:
    """Where there are no organizations, as in a script."""
    nowhere: tuple[OwnerId, ...] = ()
    for organization in nowhere:
        yield organization


class Asking(msgspec.Struct, frozen=True):
    """Who asks, and from where. ``key``: the operation that the request stands for, each time it is sent.
    ``seen``: the version of the list that they have seen, as far as they say."""

    by: Origin
    key: OperationId | None = None
    seen: int | None = None
    viewing: "ViewingAs | None" = None


class ViewingAs(msgspec.Struct, frozen=True):
    """Whoever asks is shown an organization's lists as a member sees them, in whose name nothing is done."""

    organization: OwnerId
    viewer: UserId


LOOKING: Final = frozenset({Right.READ, Right.MEMBERS, Right.AUDIT, Right.AUDIT_PERSONAL, Right.EXPORT})
"""What is left to whoever looks as somebody else."""


class Lists(msgspec.Struct, frozen=True):
    """All lists of one owner, for one who asks."""

    by: Origin
    key: OperationId | None
    owner: OwnerId
    hot: HotOwner
    now: Callable[[], datetime]
    seen: int | None
    viewer: UserId | None = None
    """Who looks in fact, where it is as somebody else."""

    @property
    def actor(self) -> UserId:
        return self.by.actor

    @property
    def state(self) -> OwnerState:
        return self.hot.state

    @property
    def access(self) -> AccessState | None:
        """Of the organization whose lists they are; None: they are a person's."""
        return self.hot.state.access

    def rights(self, group: GroupState | None = None) -> Rights:
        """What may be done with a list, or with the organization where none is named."""
        access = self.hot.state.access
        if access is None or self.actor == self.owner:
            return ALL_RIGHTS
        list_ = None if group is None else group.access
        rights = rights_in(access, self.actor, list_, self.now())
        if self.viewer is not None:
            return rights & rights_in(access, self.viewer, list_, self.now()) & LOOKING
        return rights

    def level(self, group: GroupState) -> Level | None:
        """What one may do with a list in a word; None: it is not to be known of."""
        access = self.hot.state.access
        if access is None or self.actor == self.owner:
            return Level.MANAGE
        return level_in(access, self.actor, group.access, self.now())

    def standing(self) -> Standing:
        """The same, for what is done to the organization itself."""
        return Standing(self.by, self.hot.state)

    def may_read(self, group: GroupState) -> bool:
        return Right.READ in self.rights(group)

    def comes_restricted(self, said: bool | None) -> bool:
        """Whether a new list among these is restricted, of which that is ``said``."""
        return comes_restricted(self.access, said)

    def named(self, reference: str | GroupId, right: Right = Right.READ) -> "Allowed":
        """The list that a UUID, or ``default``, refers to.

        Raises `GroupNotFound` for what is not there or may not be seen; `PermissionNeeded` for what may be
        seen only, or less.
        """
        return self.one(find_group(self.hot.state, reference), right)

    def one(self, group: GroupState, right: Right = Right.READ) -> "Allowed":
        """One of these lists that is known already."""
        self.require(right, group)
        common = (self.by, self.key, self.owner, self.hot, self.now, self.seen)
        return Allowed(*common, viewer=self.viewer, group=group)

    def require(self, right: Right, group: GroupState | None = None) -> None:
        """Raises as `named` does; of the organization itself, `OrganizationNotFound`."""
        rights = self.rights(group)
        if right in rights:
            return
        if group is not None and Right.READ not in rights:
            raise _no_such_list()
        assert self.access is not None, "a person may do everything with their own lists"
        if not is_member(self.access, self.actor):
            raise OrganizationNotFound
        raise PermissionNeeded(right.value, who_can_give(self.access, self.actor))


class Allowed(Lists, frozen=True, kw_only=True):
    """One list. ``group`` is as it was when the door was passed; `group_now` tells what it is by then."""

    group: GroupState

    def through(self, source: str) -> "Allowed":
        """The same, for what is done by another means than by hand (`Origin`)."""
        by = msgspec.structs.replace(self.by, source=source)
        return msgspec.structs.replace(self, by=by)


class Access:
    """``organizations_of``: where else a list may be that is not among somebody's own."""

    def __init__(self, engine: Engine, organizations_of: OrganizationsOf = in_none) -> None:
        self._engine = engine
        self._organizations_of = organizations_of

    async def lists_of(self, asking: Asking) -> Lists:
        """The lists of whoever asks. Raises `DatabaseUnavailable` rather than show none; of somebody as whom
        others look nothing is theirs to see."""
        if asking.viewing is not None:
            raise _no_such_list()
        return await self._lists(asking, own_lists(asking.by.actor))

    async def lists_in(self, asking: Asking, organization: str) -> Lists:
        """Those of an organization, named by its slug or its UUID. To whoever is no member there is none:
        raises `OrganizationNotFound`."""
        async for lists in self._organizations(asking):
            assert lists.access is not None
            if organization in (lists.access.slug, str(lists.owner)):
                return lists
        raise OrganizationNotFound

    async def organizations_of(self, asking: Asking) -> list[Lists]:
        """Of each organization that whoever asks is a member of."""
        return [lists async for lists in self._organizations(asking)]

    async def list_of(self, asking: Asking, reference: str | GroupId, right: Right) -> Allowed:
        """One list, one's own or an organization's. Raises as `Lists.named` does."""
        id = None if reference == DEFAULT else _group_id(reference)
        if asking.viewing is None:
            lists = await self.lists_of(asking)
            if id is None or id in lists.state.groups:
                return lists.named(reference, right)
        if id is None:
            raise _no_such_list()
        async for shared in self._organizations(asking):
            if id in shared.state.groups:
                return shared.named(id, right)
        raise _no_such_list()

    async def deleted_in(self, asking: Asking, group: GroupId, right: Right) -> Lists:
        """The lists among which a deleted one is. Raises as `Lists.named` does."""
        lists = await self.lists_of(asking)
        if group in lists.state.groups:
            return lists
        async for shared in self._organizations(asking):
            if group in shared.state.groups:
                shared.require(right, shared.state.groups[group])
                return shared
        raise _no_such_list()

    async def _looked_in(self, asking: Asking) -> AsyncIterator[OwnerId]:
        if asking.viewing is not None:
            yield asking.viewing.organization
            return
        async for organization in self._organizations_of(asking.by.actor):
            yield organization

    async def _organizations(self, asking: Asking) -> AsyncIterator[Lists]:
        async for organization in self._looked_in(asking):
            try:
                lists = await self._lists(asking, organization)
            except NotFound:
                continue
            # Of who looks as somebody else: whether that member is in it, and not what may be shown of that.
            if lists.access is not None and is_member(lists.access, lists.actor):
                yield lists

    async def _lists(self, asking: Asking, owner: OwnerId) -> Lists:
        hot = await _hot(self._engine, owner, asking.by.actor)
        viewer = None if asking.viewing is None else asking.viewing.viewer
        return Lists(asking.by, asking.key, owner, hot, self._engine.clock.now, asking.seen, viewer)


async def _hot(engine: Engine, owner: OwnerId, actor: UserId) -> HotOwner:
    """The owner in memory. One who is not there is told so; to anybody else no list of theirs exists."""
    try:
        return await engine.hot_owner(owner)
    except NotFound:
        if owner == own_lists(actor):
            raise
        raise _no_such_list() from None


async def of_the_house(engine: Engine, owner: OwnerId, source: str) -> Lists:
    """An owner's lists for what happens by itself, in the owner's own name."""
    by = Origin(UserId(owner), source=source)
    return Lists(by, None, owner, await engine.hot_owner(owner), engine.clock.now, None)


async def hot_now(engine: Engine, lists: Lists) -> HotOwner:
    """The owner in memory; loaded again where it had to leave while something else was waited for."""
    return await _hot(engine, lists.owner, lists.actor) if lists.hot.dropped else lists.hot


async def group_now(engine: Engine, found: Allowed) -> GroupState:
    """The list as it is by now. Raises `GroupNotFound` when it was deleted, or may not be seen any more."""
    hot = found.hot
    if hot.dropped:
        hot = await hot_now(engine, found)
    group = find_group(hot.state, found.group.id)
    if hot.state.access is not None:
        msgspec.structs.replace(found, hot=hot).require(Right.READ, group)
    return group


async def require_still(engine: Engine, found: Allowed, right: Right) -> None:
    """Asked again of what takes long. Raises as `Lists.require` does, and for a list that is gone; what is
    one's own stays what it was when the door was passed."""
    hot = await hot_now(engine, found)
    if hot.state.access is not None:
        msgspec.structs.replace(found, hot=hot).require(right, find_group(hot.state, found.group.id))


async def another(engine: Engine, lists: Lists, group: GroupId, right: Right) -> Allowed:
    """Another list of the same owner, as it is by now. Raises as `Lists.named` does."""
    hot = await hot_now(engine, lists)
    return Lists(lists.by, lists.key, lists.owner, hot, lists.now, lists.seen, lists.viewer).named(
        group, right
    )


def own_lists(person: UserId) -> OwnerId:
    """The owner of a person's own lists: the person."""
    return OwnerId(person)


def _no_such_list() -> GroupNotFound:
    return GroupNotFound("This list does not exist.", field="group")


def find_group(state: OwnerState, reference: str | GroupId) -> GroupState:
    """The living list that a UUID, or ``default``, refers to, of lists that are known to be the caller's."""
    group = state.default_group() if reference == DEFAULT else state.groups.get(_group_id(reference))
    if group is None or group.deleted:
        raise _no_such_list()
    return group


def _group_id(reference: str | GroupId) -> GroupId:
    if not isinstance(reference, str):
        return reference
    try:
        return GroupId(msgspec.convert(reference, GroupId))
    except msgspec.ValidationError:
        raise InvalidInput(
            f"group: {reference[:60]!r} is neither a UUID nor 'default'.", field="group"
        ) from None
