"""What a link to read a list shows of it: laws, as the register has them, and notes where they are meant to
be seen. Nothing here says who ticked, wrote or shares anything."""

from typing import Final

import msgspec
from pyroaring import BitMap

from sertantai.core.ids import RecordNo
from sertantai.http.aside import ITEMS_AT_HAND_MAX, aside
from sertantai.lists.groups import display_name
from sertantai.lists.listing import rows_of
from sertantai.lists.order import in_own_order
from sertantai.lists.search import found_in_list
from sertantai.lists.together.links import SharedList
from sertantai.records.catalogue import Catalogue
from sertantai.records.filters import RecordFilter
from sertantai.records.rows import RecordRow
from sertantai.records.sorting import BY_TITLE
from sertantai.web.parts.shared_lists import SHARED_SELECTION

SEARCH_CHARACTERS_MAX: Final = 200


class LawShown(msgspec.Struct, frozen=True):
    record: RecordRow
    note: str
    tags: list[str]


def shared_name(shared: SharedList) -> str:
    """What the list is called to whoever has the link."""
    group = shared.group
    if group.is_default and group.name == "default" and shared.access is not None:
        return SHARED_SELECTION
    return display_name(group)


async def laws_shared(catalogue: Catalogue, shared: SharedList, q: str) -> BitMap:
    """The list's laws that a search leaves. Notes are looked into only where they are shown."""
    wanted = RecordFilter(q=q or None)
    if shared.link.notes:
        found = await found_in_list(catalogue, wanted, shared.group)
    else:
        found = catalogue.matching(wanted) & shared.group.records
    return found & catalogue.everything


async def laws_page(
    catalogue: Catalogue, shared: SharedList, matching: BitMap, offset: int, limit: int
) -> list[LawShown]:
    """In the order that the list was given."""
    notes = shared.group.annotations
    given = (catalogue, matching, notes, BY_TITLE, offset, limit)
    is_small = len(notes) <= ITEMS_AT_HAND_MAX and len(matching) <= ITEMS_AT_HAND_MAX
    numbers = in_own_order(*given) if is_small else await aside(in_own_order, *given)
    rows = await rows_of(catalogue, numbers)
    return [_shown(shared, number, row) for number, row in zip(numbers, rows, strict=True)]


def _shown(shared: SharedList, number: RecordNo, row: RecordRow) -> LawShown:
    annotation = shared.group.annotations.get(number, {}) if shared.link.notes else {}
    return LawShown(row, str(annotation.get("note", "")), list(annotation.get("tags", ())))
