"""Who answers for the laws of a list, and which of them are due for review: asked, and narrowed to."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

import msgspec
from pyroaring import BitMap

from sertantai.core.access_state import AccessState
from sertantai.core.bitmaps import EMPTY
from sertantai.core.ids import UserId, parse_uuid
from sertantai.core.notes import RESPONSIBLE
from sertantai.core.operations import Annotation
from sertantai.core.responsible import due_in, is_all_of, is_due, may_answer, responsible_of, review_on
from sertantai.core.rights import Right
from sertantai.core.sharing.permission import may_review_own
from sertantai.core.state import GroupState
from sertantai.http.aside import ITEMS_AT_HAND_MAX, aside
from sertantai.lists.access import Allowed, Lists
from sertantai.lists.together.sharing import PersonShown
from sertantai.lists.together.signed import person_in

ME: Final = "me"
NONE: Final = "none"
DUE: Final = "due"


class Reviewing(msgspec.Struct, frozen=True):
    """Which laws of a list are asked for. ``responsible``: `ME`, `NONE` (nobody who may read the list answers
    for it, be it that whoever did has gone), or a member's id; ``review``: `DUE`. None: all."""

    responsible: str | None = None
    review: str | None = None

    @property
    def is_all(self) -> bool:
        return self.responsible is None and self.review is None


class Answering(msgspec.Struct, frozen=True):
    """Who answers for a law, when it is looked at again, and whether that day has come."""

    responsible: PersonShown | None = None
    is_mine: bool = False
    review_on: date | None = None
    is_due: bool = False


def answering(found: Lists, annotation: Annotation, today: date) -> Answering:
    person = None if found.access is None else responsible_of(annotation)
    return Answering(
        person_in(found, person),
        person == found.actor,
        review_on(annotation),
        bool(due_in({0: annotation}, today)),
    )


async def of_reviewing(found: Allowed, records: BitMap, wanted: Reviewing, today: date) -> BitMap:
    """Those of ``records``, all of the list, that are asked for. Raises `InvalidInput` for who is nobody."""
    if wanted.is_all:
        return records
    group, access = found.group, found.access
    person = None if wanted.responsible in (None, ME, NONE) else _person(wanted.responsible)
    person = found.actor if wanted.responsible == ME else person
    given = (records, group, access, wanted, person, today)
    if len(group.annotations) <= ITEMS_AT_HAND_MAX:
        return narrowed(*given)
    return await aside(narrowed, *given)


def narrowed(
    records: BitMap,
    group: GroupState,
    access: AccessState | None,
    wanted: Reviewing,
    person: UserId | None,
    today: date,
) -> BitMap:
    """``person``: who answers, where somebody does."""
    notes = group.annotations
    if wanted.review == DUE:
        records = records & due_in(notes, today)
    if person is not None:
        said = str(person)
        named = (
            EMPTY if access is None else BitMap(n for n, one in notes.items() if one.get(RESPONSIBLE) == said)
        )
        return records & named
    return records - answered(group, access) if wanted.responsible == NONE else records


def answered(group: GroupState, access: AccessState | None) -> BitMap:
    """The laws that somebody answers for who may read the list by now."""
    by_person: dict[str, list[int]] = {}
    for number, annotation in group.annotations.items():
        if (said := annotation.get(RESPONSIBLE)) is not None:
            by_person.setdefault(said, []).append(number)
    found = BitMap()
    for numbers in by_person.values():
        person = responsible_of(group.annotations[numbers[0]])
        if person is not None and may_answer(access, group.access, person):
            found |= BitMap(numbers)
    return found


class Duties(msgspec.Struct, frozen=True):
    """Laws of a list by who was named for them, and by their day those that nobody has reviewed since."""

    by_person: dict[str, BitMap]
    by_day: dict[str, BitMap]

    def due(self, today: date) -> BitMap:
        said = today.isoformat()
        return BitMap.union(BitMap(), *(laws for day, laws in self.by_day.items() if day <= said))


def duties_of(group: GroupState) -> Duties:
    people: dict[str, list[int]] = {}
    days: dict[str, list[int]] = {}
    for number, annotation in group.annotations.items():
        if (person := annotation.get(RESPONSIBLE)) is not None:
            people.setdefault(person, []).append(number)
        if (day := review_on(annotation)) is not None and is_due(annotation, day):
            days.setdefault(day.isoformat(), []).append(number)
    return Duties(
        {person: BitMap(numbers) for person, numbers in people.items()},
        {day: BitMap(numbers) for day, numbers in days.items()},
    )


def may_be_named(lists: Lists, group: GroupState) -> Iterator[PersonShown]:
    """Who can answer for laws of the list, by name: of thousands a page asks for the first only."""
    access, list_ = lists.access, group.access
    if access is None:
        return
    for id in access.by_name:
        if may_answer(access, list_, id):
            yield PersonShown(id, access.members[id].name)


def require_review(found: Allowed, records: BitMap) -> None:
    """Raises `PermissionNeeded` unless they may say of these laws that they still apply: who may review the
    list, and who answers for all of them."""
    group, access = found.group, found.access
    if access is not None and found.viewer is None and Right.REVIEW not in found.rights(group):
        own = may_review_own(access, found.actor, found.rights(group))
        if own and is_all_of(group.annotations, records & group.records, found.actor):
            return
    found.require(Right.REVIEW, group)


def _person(said: Any) -> UserId:
    return UserId(parse_uuid(said, RESPONSIBLE))
