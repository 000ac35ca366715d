"""What whoever looks answers for in an organization's lists, what of it is due, and what nobody does now."""

from datetime import date
from typing import NamedTuple

from sertantai.lists.access import Lists
from sertantai.web.parts.reviewing.shown import answered_in, orphaned_in
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


async def answered_by_nobody(lists: Lists) -> AnsweringFor:
    """Laws of which somebody was named who can answer for them no longer, in lists where whoever looks may
    name another."""
    found = [
        InList(name_in(lists, group), f"/groups/{group.id}", laws, 0)
        for group, laws in await orphaned_in(lists)
    ]
    return AnsweringFor(found, sum(one.laws for one in found), 0)
