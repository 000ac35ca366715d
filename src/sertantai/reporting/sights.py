"""Whose trail a report is about, and how much of it somebody may know: made of what the door gives.

The same for a page, a file and a report that is sent: in one that is sent its reader sees what they would see
by asking.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from sertantai.audit.rights_then import RightsThen
from sertantai.core.errors import PermissionNeeded
from sertantai.core.ids import GroupId, UserId
from sertantai.core.rights import Right, Role
from sertantai.core.state import OwnerState
from sertantai.lists.access import Lists
from sertantai.lists.errors import GroupNotFound
from sertantai.lists.groups import display_name, listed
from sertantai.organizations.directory import Directory
from sertantai.organizations.standing import who_can_give
from sertantai.reporting import sql
from sertantai.reporting.of_events import ALL_OF_THEM
from sertantai.reporting.service import Reporting
from sertantai.reporting.sight import ITSELF, ListSeen, Sight, Still, of_everybody

MINE: Final = "My lists"
Now = Callable[[], Awaitable[Lists]]
"""The lists as the door gives them now."""


class Sights:
    def __init__(self, reporting: Reporting, directory: Directory, rights_then: RightsThen) -> None:
        self._reporting = reporting
        self._directory = directory
        self._rights_then = rights_then

    def own(self, lists: Lists, name: str) -> Sight:
        """Of whoever asks, who is called ``name``."""
        own = lists.actor

        async def names(people: Collection[UserId]) -> Mapping[UserId, str]:
            return {own: name} if own in people else {}

        async def still() -> None:
            """One's own lists stay one's own."""

        return Sight(
            owner=lists.owner,
            whose=MINE,
            lists=seen_in(lists, as_file=False),
            whole=True,
            personal=True,
            reading=self._reporting.reading(lists.owner),
            auditing=self._reporting.auditing(own),
            names=names,
            still=still,
            events_of=own,
        )

    def everybody(self, asker: UserId, still: Still) -> Sight:
        """Of everybody, for an administrator of the site: as the auditor sees it. What is asked is told to
        the sealed log first (`Reporting.looked`)."""
        reading = self._reporting.auditing(asker)

        async def names(people: Collection[UserId]) -> Mapping[UserId, str]:
            rows = await reading(lambda connection: connection.fetch(sql.NAMES_OF, list(people), None))
            return {UserId(UUID(int=row["id"].int)): row["name"] for row in rows if row["name"]}

        return of_everybody(reading, names, still, events_of=ALL_OF_THEM)

    async def member(self, now: Now, *, as_file: bool = False) -> Sight:
        """Of a member of an organization. ``now`` asks at the door, again before each further page. Raises as
        that does, and `PermissionNeeded` without the right to the history."""
        lists = await now()
        _require_history(lists)
        seen = seen_in(lists, as_file=as_file)

        async def still() -> None:
            """What was to follow is not given away any more."""
            later = await now()
            _require_history(later)
            if not seen.keys() <= seen_in(later, as_file=as_file).keys():
                raise GroupNotFound("This list does not exist.", field="list")

        return self.shared(lists, lists.actor, still, as_file=as_file)

    def shared(self, lists: Lists, asker: UserId, still: Still, *, as_file: bool = False) -> Sight:
        """Of an organization, as far as ``lists`` may be seen. ``asker``: whose connections are taken."""
        access, owner = lists.access, lists.owner
        assert access is not None
        seen, as_house = seen_in(lists, as_file=as_file), lists.actor == UserId(owner)
        all_of_it = as_house or lists.standing().member.role.rank >= Role.ADMIN.rank
        rights = lists.rights()

        async def names(people: Collection[UserId]) -> Mapping[UserId, str]:
            found = {person: access.members[person].name for person in people if person in access.members}
            if UserId(owner) in people:
                found[UserId(owner)] = ITSELF
            gone = sorted(set(people) - found.keys(), key=str)
            former = await self._directory.former_names(owner, gone) if gone else {}
            return {**former, **found}

        async def rights_then(moment: datetime) -> OwnerState | None:
            return await self._rights_then.at(owner, moment)

        return Sight(
            owner=owner,
            whose=access.name,
            lists=seen,
            whole=all_of_it and len(seen) == len(listed(lists.state)),
            personal=as_house or Right.AUDIT_PERSONAL in rights,
            reading=self._reporting.reading(owner),
            auditing=self._reporting.auditing(asker),
            names=names,
            still=still,
            access=access,
            rights_then=rights_then if Right.MEMBERS in rights else None,
        )


def seen_in(lists: Lists, *, as_file: bool) -> dict[GroupId, ListSeen]:
    """The lists whose history may be seen, and taken along where it is for a file."""
    needed = {Right.READ, Right.AUDIT, *([Right.EXPORT] if as_file else [])}
    return {
        group.id: ListSeen(group.id, display_name(group), group.is_default)
        for group in listed(lists.state)
        if lists.access is None or needed <= lists.rights(group)
    }


def _require_history(lists: Lists) -> None:
    standing = lists.standing()
    if Right.AUDIT in standing.member.deny:
        raise PermissionNeeded(Right.AUDIT.value, who_can_give(standing.access, standing.actor))
