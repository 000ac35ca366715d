"""Who ticked, noted, placed and reviewed a law in an organization's list, with name."""

from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.ids import UserId
from sertantai.core.operations import Annotation
from sertantai.lists.access import Lists
from sertantai.lists.together.sharing import FORMER, PersonShown


class Signed(msgspec.Struct, frozen=True):
    """None: nobody did, by itself it came about, or it is not known. In a list of one's own there is nobody
    else to tell of."""

    selected_by: PersonShown | None = None
    note_by: PersonShown | None = None
    ranked_by: PersonShown | None = None
    reviewed_by: PersonShown | None = None


NOBODY: Final = Signed()


def signed(lists: Lists, annotation: Annotation, ticked_by: UserId | None) -> Signed:
    """``ticked_by``: who acted when the law came into the list."""
    if lists.access is None:
        return NOBODY
    return Signed(
        person_in(lists, ticked_by),
        person_in(lists, _id(annotation.get("note_by"))),
        person_in(lists, _id(annotation.get("ranked_by"))),
        person_in(lists, _id(annotation.get("reviewed_by"))),
    )


def person_in(lists: Lists, id: UserId | None) -> PersonShown | None:
    """Somebody who did something in an organization; None: it did it by itself, or nobody is known."""
    if id is None or id == lists.owner:
        return None
    member = None if lists.access is None else lists.access.members.get(id)
    return PersonShown(id, FORMER if member is None else member.name)


def _id(kept: Any) -> UserId | None:
    return None if kept is None else UserId(UUID(kept))
