"""What a live list keeps on top of its filter: laws that are always in, and laws that are never in.

Whoever ticks a law that the filter does not match, or unticks one that it does, means that law and not the
filter. So it is kept with the list, one setting a law, with who said so and when; see decision 0046.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from pyroaring import BitMap

from sertantai.core.errors import Conflict
from sertantai.core.ids import RecordNo, UserId
from sertantai.core.links import without_links
from sertantai.core.operations import EXCEPTION_PREFIX, Operation, UpdateGroup
from sertantai.core.state import COPIED_FROM, GroupState
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import RecordFilter, kept_filter

EXCEPTIONS_MAX: Final = 500
"""More is no exception but another filter; each is a line of the list's settings."""


class TooManyExceptions(Conflict):
    """A live list would need more exceptions than it keeps; nothing was changed."""

    code = "too_many_exceptions"


class LawException(msgspec.Struct, frozen=True):
    """``always``: in the list whatever its filter says; else never in it."""

    record: RecordNo
    always: bool
    by: UserId
    at: datetime


def stored_filter(group: GroupState) -> RecordFilter | None:
    """The filter a list keeps; None for a list without one, or with one that means nothing now."""
    stated = group.metadata.get("filter")
    found = kept_filter(stated) if isinstance(stated, Mapping) else None
    return None if found is None or found.is_empty else found


def is_live(group: GroupState) -> bool:
    """Whether the list keeps a filter and follows it."""
    return not group.deleted and not group.metadata.get("frozen") and stored_filter(group) is not None


def exceptions_of(group: GroupState) -> list[LawException]:
    """The newest first."""
    found = [
        LawException(
            RecordNo(int(key[len(EXCEPTION_PREFIX) :])),
            *msgspec.convert(value, tuple[bool, UserId, datetime]),
        )
        for key, value in group.metadata.items()
        if key.startswith(EXCEPTION_PREFIX)
    ]
    return sorted(found, key=lambda one: (one.at, one.record), reverse=True)


def with_exceptions(matching: BitMap, catalogue: Catalogue, group: GroupState) -> BitMap:
    """What a list should hold whose filter matches ``matching``."""
    always, never = _standing(group)
    return (matching | (always & catalogue.everything)) - never


def shown_settings(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """A list's settings as others see them: without exceptions and links, and of what list it is a copy:
    that one may be nothing that they may know of."""
    kept = without_links(metadata)
    hidden = (EXCEPTION_PREFIX, COPIED_FROM)
    return {key: value for key, value in kept.items() if not key.startswith(hidden)}


def taking_back(group: GroupState, records: BitMap | None = None) -> dict[str, None]:
    """Settings that end the exceptions of ``records``, or all."""
    ended = [one.record for one in exceptions_of(group) if records is None or one.record in records]
    return {_key(number): None for number in ended}


def new_exceptions(
    catalogue: Catalogue, group: GroupState, add: BitMap, remove: BitMap, by: UserId, at: datetime
) -> dict[str, Any]:
    """The settings that keep what somebody ticks and unticks in a live list; none for any other list.

    Raises `TooManyExceptions`.
    """
    wanted = stored_filter(group) if is_live(group) else None
    if wanted is None:
        return {}
    add, remove = add - group.records, (remove & group.records) - add
    matching = catalogue.matching(wanted)
    always, never = _standing(group)
    into, out = add - matching, remove & matching
    ended = ((add & matching) | (remove - matching)) & (always | never)
    count = len(((always | never) - ended) | into | out)
    if count > EXCEPTIONS_MAX and (into or out):
        raise TooManyExceptions(
            f"This list follows its filter and keeps at most {EXCEPTIONS_MAX:,} laws as exceptions from it. "
            "Change the filter, or let the list ask before it changes.",
            field="group",
        )
    changes: dict[str, Any] = {_key(number): None for number in ended}
    for numbers, is_in in ((into, True), (out, False)):
        changes |= {_key(number): [is_in, str(by), at.isoformat()] for number in numbers}
    return changes


def only_excepts(operation: Operation) -> bool:
    """Whether it keeps or ends exceptions and does nothing else.

    What the list holds is changed only by what follows: the tick that it was kept for, or the filter.
    """
    return (
        isinstance(operation, UpdateGroup)
        and operation.name is None
        and operation.description is None
        and all(key.startswith(EXCEPTION_PREFIX) for key in operation.metadata)
    )


def _standing(group: GroupState) -> tuple[BitMap, BitMap]:
    always, never = BitMap(), BitMap()
    for key, value in group.metadata.items():
        if key.startswith(EXCEPTION_PREFIX):
            (always if value[0] else never).add(int(key[len(EXCEPTION_PREFIX) :]))
    return always, never


def _key(number: int) -> str:
    return f"{EXCEPTION_PREFIX}{number}"
