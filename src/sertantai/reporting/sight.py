"""Whose trail is asked, and how much of it whoever asks may know. Made by the room that knows who asks."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Any, Final, Protocol, TypeVar

import msgspec

from sertantai.core.access_state import AccessState
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.core.state import OwnerState
from sertantai.lists.errors import GroupNotFound
from sertantai.postgres import Connection
from sertantai.reporting.asked import Asked

_T = TypeVar("_T")
NOBODY: Final = "Somebody who is gone"
ITSELF: Final = "By itself"
UNNAMED: Final = "default"
DEFAULT_NAME: Final = "My selection"
EVERYBODYS: Final = "Everybody"
Names = Callable[[Collection[UserId]], Awaitable[Mapping[UserId, str]]]
Still = Callable[[], Awaitable[None]]


class Reading(Protocol):
    """Asks PostgreSQL once, in one transaction, in the name of whoever asks. ``waits``: a little, until it
    has all that was done."""

    async def __call__(self, read: Callable[[Connection], Awaitable[_T]], waits: bool = False, /) -> _T: ...


class ListSeen(msgspec.Struct, frozen=True):
    """A list by today's name. ``given``: rows about it may be taken along as a file, too."""

    id: GroupId
    name: str
    is_default: bool = False
    given: bool = True


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """``owner`` None: everybody, which only operators ask. ``whole``: also what was done to no list, or to
    one that is gone. ``personal``: from where something was done. ``events_of``: whose sign-ins may be asked
    for, "all" or one person's; None: nobody's. ``still`` raises once the right to it has ended."""

    owner: OwnerId | None
    whose: str
    lists: Mapping[GroupId, ListSeen]
    whole: bool
    personal: bool
    reading: Reading
    auditing: Reading
    names: Names
    still: Still
    access: AccessState | None = None
    rights_then: Callable[[datetime], Awaitable[OwnerState | None]] | None = None
    events_of: UserId | str | None = None

    def groups(self, asked: Asked) -> list[GroupId] | None:
        """The lists whose rows are answered with; None: whatever there is of the owner."""
        if asked.list is not None:
            return [self.list_named(asked.list).id]
        return None if self.whole else list(self.lists)

    def list_named(self, named: GroupId | str | None, field: str = "list") -> ListSeen:
        """Raises `GroupNotFound` for one that is not there or may not be seen."""
        if named is None:
            raise InvalidInput(f"{field}: this question needs it.", field=field)
        if self.owner is None and not isinstance(named, str):
            return ListSeen(named, "")  # whoever sees all asks of any
        if isinstance(named, str):
            found = next((one for one in self.lists.values() if one.is_default), None)
        else:
            found = self.lists.get(named)
        if found is None:
            raise GroupNotFound("This list does not exist.", field=field)
        return found

    def list_name(self, group: Any, then: str | None) -> str | None:
        """Today's name where the list is still there, else the one that it had."""
        found = None if group is None else self.lists.get(GroupId(group))
        if found is not None:
            return found.name
        return DEFAULT_NAME if then == UNNAMED else then


def shown_name(name: str, *, is_default: bool) -> str:
    return DEFAULT_NAME if is_default and name == UNNAMED else name


def of_everybody(reading: Reading, names: Names, still: Still, events_of: str | None = None) -> Sight:
    """All of it, as the auditor sees it who asks by ``reading``."""
    return Sight(
        owner=None,
        whose=EVERYBODYS,
        lists={},
        whole=True,
        personal=True,
        reading=reading,
        auditing=reading,
        names=names,
        still=still,
        events_of=events_of,
    )
