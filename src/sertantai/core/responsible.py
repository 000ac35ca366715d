"""Who answers for a law in a list, and by when somebody looks at it again.

Both stand in the law's annotation, so that they are durable, undone, audited and synchronised as a note is.
Who answers is a member who may read the list: asked by the fold, as a right. Whoever has gone since stays
named, and answers for nothing.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from pyroaring import BitMap

from sertantai.core.access_state import AccessState, HandedLaws, ListAccess, rights_in
from sertantai.core.bitmaps import unpack
from sertantai.core.ids import UserId
from sertantai.core.notes import RESPONSIBLE, REVIEW_ON, REVIEWED_AT
from sertantai.core.operations import Annotation
from sertantai.core.rights import Right
from sertantai.core.state import GroupState

OF_REVIEWS: Final = frozenset({RESPONSIBLE, REVIEW_ON, REVIEWED_AT})
"""What is said of a law by whoever reviews the list; all else by whoever may write notes there."""
_ONLY_REVIEWED: Final = frozenset({REVIEWED_AT})


def may_answer(access: AccessState | None, list_: ListAccess, person: UserId) -> bool:
    """Whether somebody can be named as who answers for laws of a list: a member who may read it."""
    return access is not None and Right.READ in rights_in(access, person, list_)


def says_only_reviewed(changes: Annotation) -> bool:
    return changes.keys() == _ONLY_REVIEWED


def responsible_of(annotation: Annotation) -> UserId | None:
    """Who was named; they may have gone since."""
    return user_id(annotation.get(RESPONSIBLE))


def user_id(said: Any) -> UserId | None:
    """None for what is no id, as in what another version wrote."""
    try:
        return None if said is None else UserId(UUID(said))
    except (ValueError, AttributeError, TypeError):
        return None


def answered_by(annotations: Mapping[int, Annotation], person: UserId) -> BitMap:
    """The laws that somebody answers for."""
    said = str(person)
    return BitMap(number for number, one in annotations.items() if one.get(RESPONSIBLE) == said)


def handed_back(group: GroupState, handed: HandedLaws) -> BitMap:
    """Of laws that were handed on those that whoever got them still answers for."""
    said, notes = str(handed.person), group.annotations
    laws = unpack(handed.records) & group.records
    return BitMap(number for number in laws if notes.get(number, {}).get(RESPONSIBLE) == said)


def is_all_of(annotations: Mapping[int, Annotation], records: BitMap, person: UserId) -> bool:
    """Whether somebody answers for all of these laws."""
    said = str(person)
    return bool(records) and all(annotations.get(n, {}).get(RESPONSIBLE) == said for n in records)


def review_on(annotation: Annotation) -> date | None:
    said = annotation.get(REVIEW_ON)
    try:
        return date.fromisoformat(said) if isinstance(said, str) else None
    except ValueError:
        return None


def is_due(annotation: Annotation, today: date) -> bool:
    """Its day has come, and nobody has said on that day or later that it still applies."""
    said = annotation.get(REVIEW_ON)
    if not isinstance(said, str) or said > today.isoformat():
        return False
    reviewed = annotation.get(REVIEWED_AT)
    return not isinstance(reviewed, str) or reviewed[:10] < said


def due_in(annotations: Mapping[int, Annotation], today: date) -> BitMap:
    return BitMap(number for number, one in annotations.items() if REVIEW_ON in one and is_due(one, today))
