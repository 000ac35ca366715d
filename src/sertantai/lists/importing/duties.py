"""Who answers for imported laws, and when they are looked at again, as a file says it.

Somebody is found by their name, by whoever may see addresses also by theirs, and only among those who may
read the list. What means nobody, or several, is told and left out: a law is imported without it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from sertantai.core.email_keys import email_key
from sertantai.core.ids import UserId
from sertantai.core.notes import RESPONSIBLE, REVIEW_ON
from sertantai.core.operations import Annotation
from sertantai.core.rights import Right
from sertantai.core.spelling import compared
from sertantai.lists.access import Allowed
from sertantai.lists.importing.annotations import day_in, shown
from sertantai.lists.together.responsibilities import may_be_named

AT: Final = "@"


class Said(msgspec.Struct, frozen=True, gc=False):
    """Of one law, as text."""

    responsible: str | None = None
    review_on: str | None = None

    def __bool__(self) -> bool:
        return bool(self.responsible or self.review_on)


class Found(msgspec.Struct, frozen=True, gc=False):
    """What is kept of it, and a sentence for each thing that is not."""

    annotation: Annotation
    told: tuple[str, ...] = ()


NOTHING: Final = Found({})
NOT_ALLOWED: Final = "You may not say in this list who is responsible, or when a law is reviewed."
ONES_OWN: Final = "Nobody is responsible for laws in a list of your own."


def asks_for_addresses(found: Allowed, said: Iterable[Said]) -> bool:
    """Whether somebody is named by an address, by who may see addresses."""
    may = found.access is not None and Right.MEMBERS_ADDRESSES in found.rights()
    return may and any(AT in (one.responsible or "") for one in said)


def duties_in(found: Allowed, said: Sequence[Said], addresses: Mapping[UserId, str]) -> list[Found]:
    """Of each. ``addresses``: those of members, as far as they are to be looked for."""
    if not any(said):
        return [NOTHING] * len(said)
    if found.access is not None and Right.REVIEW not in found.rights(found.group):
        return [Found({}, (NOT_ALLOWED,)) if one else NOTHING for one in said]
    people = _People(found, addresses)
    known: dict[Said, Found] = {}
    return [known.setdefault(one, _of_one(people, one)) if one not in known else known[one] for one in said]


def _of_one(people: "_People", said: Said) -> Found:
    annotation: Annotation = {}
    told: list[str] = []
    if named := (said.responsible or "").strip():
        person = people.find(named, told)
        if person is not None:
            annotation[RESPONSIBLE] = str(person)
    if said.review_on and (day := day_in(said.review_on, told)) is not None:
        annotation[REVIEW_ON] = day
    return Found(annotation, tuple(told))


class _People:
    """Who may read the list, by what they are called."""

    def __init__(self, found: Allowed, addresses: Mapping[UserId, str]) -> None:
        self._is_shared = found.access is not None
        self._by_name: dict[str, list[UserId]] = {}
        self._by_address: dict[str, UserId] = {}
        for one in may_be_named(found, found.group):
            self._by_name.setdefault(compared(one.name), []).append(one.id)
            if (key := email_key(addresses.get(one.id, ""))) is not None:
                self._by_address[key] = one.id

    def find(self, text: str, told: list[str]) -> UserId | None:
        if not self._is_shared:
            told.append(ONES_OWN)
            return None
        by_address = self._by_address.get(email_key(text) or "") if AT in text else None
        people = [by_address] if by_address is not None else self._by_name.get(compared(text), [])
        if len(people) == 1:
            return people[0]
        told.append(
            f"Several people who see this list are called “{shown(text)}”, so nobody is responsible."
            if people
            else f"“{shown(text)}” is nobody who sees this list, so nobody is responsible."
        )
        return None
