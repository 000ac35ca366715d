"""The one door to lists: given who asks and for which list, whose it is and what may be done with it.

Who acts and whose the lists are is not the same, and only this module makes the one of the other. So whoever
reads or changes a list is given what the door gives, and looks nothing up again. A list that may not be seen
is one that does not exist.
"""

from enum import StrEnum
from typing import Final

import msgspec

from sertantai.core.errors import Forbidden, InvalidInput, NotFound
from sertantai.core.ids import GroupId, OperationId, OwnerId, UserId
from sertantai.core.operations import Origin
from sertantai.core.state import GroupState, OwnerState
from sertantai.engine.engine import Engine
from sertantai.engine.hot_tier import HotOwner
from sertantai.lists.errors import GroupNotFound

DEFAULT: Final = "default"


class Right(StrEnum):
    """What somebody may do; each way of reading or changing a list asks for one of these."""

    READ = "list_read"
    TICK = "list_tick"
    NOTE = "list_note"
    MANAGE = "list_manage"
    CREATE = "list_create"
    EXPORT = "list_export"
    UNDO = "undo_own"


Rights = frozenset[Right]
ALL_RIGHTS: Final[Rights] = frozenset(Right)
"""What a person may do with lists of their own."""


class Asking(msgspec.Struct, frozen=True):
    """Who asks, and from where. ``key``: the operation that the request stands for, each time it is sent."""

    by: Origin
    key: OperationId | None = None


class Lists(msgspec.Struct, frozen=True):
    """All lists of one owner, for one who asks."""

    by: Origin
    key: OperationId | None
    owner: OwnerId
    hot: HotOwner
    may: Rights

    @property
    def actor(self) -> UserId:
        return self.by.actor

    @property
    def state(self) -> OwnerState:
        return self.hot.state

    def named(self, reference: str | GroupId, right: Right = Right.READ) -> "Allowed":
        """The list that a UUID, or ``default``, refers to.

        Raises `GroupNotFound` for what is not there or may not be seen; `Forbidden` for what may only be
        looked at.
        """
        return self.one(find_group(self.hot.state, reference), right)

    def one(self, group: GroupState, right: Right = Right.READ) -> "Allowed":
        """One of these lists that is known already."""
        _check(self.may, right)
        return Allowed(self.by, self.key, self.owner, self.hot, self.may, group)


class Allowed(Lists, frozen=True):
    """One list. ``group`` is as it was when the door was passed; `group_now` tells what it is by then."""

    group: GroupState

    def through(self, source: str) -> "Allowed":
        """The same, for what is done by another means than by hand (`Origin`)."""
        by = msgspec.structs.replace(self.by, source=source)
        return Allowed(by, self.key, self.owner, self.hot, self.may, self.group)


class Access:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def lists_of(self, asking: Asking, right: Right = Right.READ) -> Lists:
        """The lists of whoever asks. Raises `DatabaseUnavailable` rather than show none."""
        owner, may = self._whose(asking)
        hot = await _hot(self._engine, owner, asking.by.actor)
        _check(may, right)
        return Lists(asking.by, asking.key, owner, hot, may)

    async def list_of(self, asking: Asking, reference: str | GroupId, right: Right) -> Allowed:
        """One list. Raises as `Lists.named` does."""
        owner, may = self._whose(asking)
        hot = await _hot(self._engine, owner, asking.by.actor)
        _check(may, right)
        return Allowed(asking.by, asking.key, owner, hot, may, find_group(hot.state, reference))

    def _whose(self, asking: Asking) -> tuple[OwnerId, Rights]:
        """Whose lists are meant, and what whoever asks may do with them."""
        return own_lists(asking.by.actor), ALL_RIGHTS


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
    return Lists(by, None, owner, await engine.hot_owner(owner), ALL_RIGHTS)


async def hot_now(engine: Engine, lists: Lists) -> HotOwner:
    """The owner in memory; loaded again where it had to leave while something else was waited for."""
    return await _hot(engine, lists.owner, lists.actor) if lists.hot.dropped else lists.hot


async def group_now(engine: Engine, found: Allowed) -> GroupState:
    """The list as it is by now. Raises `GroupNotFound` when it was deleted meanwhile."""
    hot = found.hot
    if hot.dropped:
        hot = await hot_now(engine, found)
    return find_group(hot.state, found.group.id)


async def another(engine: Engine, lists: Lists, group: GroupId, right: Right) -> Allowed:
    """Another list of the same owner, as it is by now. Raises as `Lists.named` does."""
    hot = await hot_now(engine, lists)
    _check(lists.may, right)
    return Allowed(lists.by, lists.key, lists.owner, hot, lists.may, find_group(hot.state, group))


def own_lists(person: UserId) -> OwnerId:
    """The owner of a person's own lists: the person."""
    return OwnerId(person)


def _no_such_list() -> GroupNotFound:
    return GroupNotFound("This list does not exist.", field="group")


def _check(may: Rights, right: Right) -> None:
    if right in may:
        return
    if Right.READ not in may:
        raise _no_such_list()
    raise Forbidden("You may see this list, but not do this with it.")


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
