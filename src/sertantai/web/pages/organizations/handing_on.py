"""What a member leaves behind, on the pages by which they go: each list with a new name beside it."""

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from sertantai.core.ids import GroupId, UserId, parse_uuid
from sertantai.core.rights import Right
from sertantai.http.forms import Form
from sertantai.lists.access import Lists
from sertantai.organizations.going.leaving import Leaving, ListLeft, leaving
from sertantai.organizations.shown import members_in_order
from sertantai.organizations.standing import Standing
from sertantai.web.parts.shared_lists import name_in

NEW: Final = "new-"
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


def left_by(lists: Lists, id: UserId, form: Form | None = None) -> Left:
    """Of one member, in lists that whoever looks may share, or read. Raises `MemberNotFound`."""
    standing = lists.standing()
    found = leaving(lists.state, standing.access, id, lists.now())
    asked = _asked(lists, found)
    return Left(
        [HandOn(one.id, _named(lists, one.id), _chosen(form, one.id)) for one in asked[:LISTS_ASKED]],
        max(0, len(asked) - LISTS_ASKED),
        _places(lists, (one.id for one in found.lists if one not in asked)),
        _others(standing, id) if asked else [],
        [one.name for one in found.teams],
        _places(lists, (one.group for one in found.links)),
        _places(lists, (one.group for one in found.suggestions)),
        found.only_owner,
    )


def handed_on(lists: Lists, id: UserId, form: Form) -> dict[GroupId, UserId]:
    """By list who manages it from then on, as the form says."""
    asked = _asked(lists, leaving(lists.state, lists.standing().access, id, lists.now()))
    return {one.id: UserId(parse_uuid(new, "new")) for one in asked if (new := _chosen(form, one.id))}


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
