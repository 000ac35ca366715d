"""What a member leaves behind, on the pages by which they go: each list with a new name beside it."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import Final, NamedTuple

from sertantai.core.ids import GroupId, UserId, parse_uuid
from sertantai.core.notes import RESPONSIBLE
from sertantai.core.rights import Right
from sertantai.core.state import GroupState
from sertantai.http.forms import Form
from sertantai.http.turns import sliced
from sertantai.lists.access import Lists
from sertantai.lists.together.responsibilities import may_be_named
from sertantai.organizations.going.leaving import Leaving, ListLeft, leaving
from sertantai.organizations.shown import members_in_order
from sertantai.organizations.standing import Standing
from sertantai.web.parts.reviewing.shown import answered_in
from sertantai.web.parts.shared_lists import name_in

NEW: Final = "new-"
LAWS: Final = "laws-"
LISTS_ASKED: Final = 50
OTHERS_SHOWN: Final = 200
PLACES_SHOWN: Final = 20


class HandOn(NamedTuple):
    """A list that only they manage. ``new``: who was chosen, in a form that was refused."""

    id: GroupId
    name: str
    new: str


class Place(NamedTuple):
    """A list, and how many of their things are in it."""

    id: GroupId
    name: str
    number: int


class LawsOf(NamedTuple):
    """A list in which they answer for laws. ``people``: who can from then on, none where whoever looks may
    not say so; ``new``: who was chosen, in a form that was refused."""

    id: GroupId
    name: str
    laws: int
    due: int
    people: list[tuple[UserId, str]]
    new: str


class Left(NamedTuple):
    """``lists``: whoever looks may hand them on; ``lists_more``: as many more are not asked for. ``staying``:
    theirs too, but not for whoever looks to give, as for a member what they created themselves."""

    lists: list[HandOn]
    lists_more: int
    staying: list[Place]
    others: list[tuple[UserId, str]]
    teams: list[str]
    links: list[Place]
    suggestions: list[Place]
    only_owner: bool
    laws: list[LawsOf]
    laws_more: int

    @property
    def laws_staying(self) -> list[LawsOf]:
        return [one for one in self.laws if not one.people]

    @property
    def laws_asked(self) -> list[LawsOf]:
        return [one for one in self.laws if one.people]


async def left_by(lists: Lists, id: UserId, today: date, form: Form | None = None) -> Left:
    """Of one member, in lists that whoever looks may share, or read. Raises `MemberNotFound`."""
    standing = lists.standing()
    found = leaving(lists.state, standing.access, id, lists.now())
    asked = _asked(lists, found)
    answered = await answered_in(lists, id, today)
    laws = [_laws_of(lists, id, *one, form) async for one in sliced(answered[:LISTS_ASKED], 1)]
    return Left(
        [HandOn(one.id, _named(lists, one.id), _chosen(form, one.id)) for one in asked[:LISTS_ASKED]],
        max(0, len(asked) - LISTS_ASKED),
        _places(lists, (one.id for one in found.lists if one not in asked)),
        _others(standing, id) if asked else [],
        [one.name for one in found.teams],
        _places(lists, (one.group for one in found.links)),
        _places(lists, (one.group for one in found.suggestions)),
        found.only_owner,
        laws,
        max(0, len(answered) - LISTS_ASKED),
    )


def handed_on(lists: Lists, id: UserId, form: Form) -> dict[GroupId, UserId]:
    """By list who manages it from then on, as the form says."""
    asked = _asked(lists, leaving(lists.state, lists.standing().access, id, lists.now()))
    return {one.id: UserId(parse_uuid(new, "new")) for one in asked if (new := _chosen(form, one.id))}


async def laws_handed_on(lists: Lists, id: UserId, today: date, form: Form) -> dict[GroupId, UserId]:
    """By list who answers from then on for what they answered for, as the form says."""
    answered = (group for group, _, _ in await answered_in(lists, id, today))
    return {
        group.id: UserId(parse_uuid(new, RESPONSIBLE))
        for group in islice(answered, LISTS_ASKED)
        if Right.REVIEW in lists.rights(group) and (new := form.get(f"{LAWS}{group.id}"))
    }


def _laws_of(lists: Lists, id: UserId, group: GroupState, laws: int, due: int, form: Form | None) -> LawsOf:
    people: list[tuple[UserId, str]] = []
    if Right.REVIEW in lists.rights(group):
        named = ((one.id, one.name) for one in may_be_named(lists, group) if one.id != id)
        people = list(islice(named, OTHERS_SHOWN))
    chosen = "" if form is None else form.get(f"{LAWS}{group.id}")
    return LawsOf(group.id, name_in(lists, group), laws, due, people, chosen)


def _asked(lists: Lists, found: Leaving) -> list[ListLeft]:
    groups = lists.state.groups
    return [one for one in found.lists if Right.SHARE in lists.rights(groups[one.id])]


def _chosen(form: Form | None, list_: GroupId) -> str:
    return "" if form is None else form.get(f"{NEW}{list_}")


def _others(standing: Standing, id: UserId) -> list[tuple[UserId, str]]:
    found = members_in_order(standing.access)[: OTHERS_SHOWN + 1]
    return [(other, one.name) for other, one in found if other != id][:OTHERS_SHOWN]


def _places(lists: Lists, found: Iterable[GroupId]) -> list[Place]:
    """Those with most of it first; what is in more lists than that is left out."""
    groups = lists.state.groups
    counted = Counter(one for one in found if lists.may_read(groups[one])).most_common(PLACES_SHOWN)
    return [Place(id, _named(lists, id), count) for id, count in counted]


def _named(lists: Lists, id: GroupId) -> str:
    return name_in(lists, lists.state.groups[id])
