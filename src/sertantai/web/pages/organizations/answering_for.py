"""What whoever looks answers for in the lists of an organization, and what of it is due."""

from datetime import date
from typing import NamedTuple

from sertantai.http.turns import sliced
from sertantai.lists.access import Lists
from sertantai.lists.groups import listed
from sertantai.web.parts.reviewing.shown import answered_by, duties_in
from sertantai.web.parts.shared_lists import name_in


class InList(NamedTuple):
    name: str
    path: str
    laws: int
    due: int


class AnsweringFor(NamedTuple):
    """Lists with what is due come first."""

    lists: list[InList]
    laws: int
    due: int

    def __bool__(self) -> bool:
        return self.laws > 0


async def answering_for(lists: Lists, today: date) -> AnsweringFor:
    found = []
    async for group in sliced(listed(lists.state), 1):
        if not group.annotations or not lists.may_read(group):
            continue
        duties = await duties_in(group)
        if mine := answered_by(duties, lists.actor) & group.records:
            due = len(mine & duties.due(today))
            path = f"/groups/{group.id}?show={'mine-due' if due else 'mine'}"
            found.append(InList(name_in(lists, group), path, len(mine), due))
    found.sort(key=lambda one: (-one.due, one.name.casefold()))
    return AnsweringFor(found, sum(one.laws for one in found), sum(one.due for one in found))
