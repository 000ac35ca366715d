"""What whoever looks answers for in the lists of an organization, and what of it is due."""

from datetime import date
from typing import NamedTuple

from sertantai.lists.access import Lists
from sertantai.web.parts.reviewing.shown import answered_in
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
    found = [
        InList(name_in(lists, group), f"/groups/{group.id}", laws, due)
        for group, laws, due in await answered_in(lists, lists.actor, today)
    ]
    return AnsweringFor(found, sum(one.laws for one in found), sum(one.due for one in found))
