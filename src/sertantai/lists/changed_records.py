"""Records that an import changed since they were selected and that nobody has looked at since.

They stay in the list: a law that was revoked is exactly what its reader must hear of. Who has looked says so
(``reviewed_at`` in the selection's annotation); who drops the record deselects it as ever.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from pyroaring import BitMap

from sertantai.audit.effects import Effects
from sertantai.core.clock import Clock
from sertantai.core.ids import GroupId, RecordNo
from sertantai.core.notes import REVIEW_ON, REVIEWED_AT
from sertantai.core.operations import Annotation
from sertantai.core.rights import Right
from sertantai.core.state import GroupState
from sertantai.http.aside import ITEMS_AT_HAND_MAX, aside
from sertantai.http.turns import sliced
from sertantai.lists.access import Allowed, Lists
from sertantai.lists.actions import Actions, Bulk
from sertantai.lists.listing import Detail, selection_details
from sertantai.lists.together.responsibilities import require_review
from sertantai.records.register import Register
from sertantai.records.store import CHANGES_MAX, FieldChange, RecordChange

REVIEWED = REVIEWED_AT
LISTS_LOOKED_AT_MAX = 100
"""At once, for the badges of a person's lists."""


class ChangedRecord(msgspec.Struct, frozen=True):
    """``fields`` as they were before the first change since, and as they are now."""

    number: RecordNo
    changed_at: datetime
    fields: dict[str, FieldChange]


class ChangedRecords(msgspec.Struct, frozen=True):
    """By record number. ``truncated``: there are more than are looked at in one go."""

    records: Mapping[int, ChangedRecord] = {}
    truncated: bool = False

    @property
    def numbers(self) -> BitMap:
        return BitMap(self.records)


async def changed_records(
    effects: Effects, register: Register, found: Allowed, changes_max: int = CHANGES_MAX
) -> ChangedRecords:
    """What changed in a list's records since each was selected or last reviewed.

    Raises `DatabaseUnavailable`.
    """
    group = found.group
    if not group.records:
        return ChangedRecords()
    changes = await register.changes(group.records, group.created_at, changes_max)
    if not changes:
        return ChangedRecords()
    catalogue = register.catalogue
    numbers = dict.fromkeys(change.record_no for change in changes)
    ids = {number: catalogue.record_id(number) async for number in sliced(numbers)}
    details = await selection_details(effects, found, ids)
    given = (changes, details, group.annotations)
    news = unseen(*given) if len(changes) <= ITEMS_AT_HAND_MAX else await aside(unseen, *given)
    return ChangedRecords(news, truncated=len(changes) >= changes_max)


class Counted(msgspec.Struct, frozen=True):
    """How many records of each list changed; lists without any are left out. Of lists in ``more`` there may
    be more than that: not all of their changes were looked at, or none."""

    counts: Mapping[GroupId, int]
    more: Sequence[GroupId] = ()


async def changed_counts(
    effects: Effects,
    register: Register,
    lists: Lists,
    groups: Sequence[GroupState],
    lists_max: int = LISTS_LOOKED_AT_MAX,
) -> Counted:
    """Looks at ``lists_max`` lists, and at no more changes for all of them together than for one: first at
    lists with few, so that these are counted whole; of the others at as many as are left.

    Raises `DatabaseUnavailable`.
    """
    ever = await register.ever_changed()
    sizes = {group.id: len(group.records & ever) async for group in sliced(groups)}
    some = sorted((group for group in groups if sizes[group.id]), key=lambda group: sizes[group.id])
    some, left_out = some[:lists_max], some[lists_max:]
    counts: dict[GroupId, int] = {}
    more: list[GroupId] = []
    left = CHANGES_MAX
    for at, group in enumerate(some):
        share = left // (len(some) - at)
        found = await changed_records(effects, register, lists.one(group), share)
        left -= min(share, sizes[group.id])
        if found.records:
            counts[group.id] = len(found.records)
        if found.truncated:
            more.append(group.id)
    return Counted(counts, [*more, *(group.id for group in left_out)])


def unseen(
    changes: list[RecordChange], details: Mapping[int, Detail], annotations: Mapping[int, Annotation]
) -> dict[int, ChangedRecord]:
    """The changes that came after their record was selected and after it was last reviewed.

    ``changes`` are in the order in which they happened, by record.
    """
    found: dict[int, ChangedRecord] = {}
    for change in changes:
        seen = _seen_at(details.get(change.record_no), annotations.get(change.record_no, {}))
        if seen is None or change.changed_at <= seen:
            continue
        earlier = found.get(change.record_no)
        fields = _joined(earlier.fields if earlier else {}, change.fields)
        found[change.record_no] = ChangedRecord(change.record_no, change.changed_at, fields)
    return {number: change for number, change in found.items() if change.fields}


def _seen_at(detail: Detail | None, annotation: Annotation) -> datetime | None:
    selected = detail.selected_at if detail else None
    stated = annotation.get(REVIEWED)
    try:
        reviewed = datetime.fromisoformat(stated) if isinstance(stated, str) else None
    except ValueError:
        reviewed = None
    if selected is None or reviewed is None:
        return selected
    return max(selected, reviewed)


def _joined(earlier: dict[str, FieldChange], later: dict[str, FieldChange]) -> dict[str, FieldChange]:
    """Two changes after one another as one; what went back to what it was is no change."""
    joined = dict(earlier)
    for name, change in later.items():
        old = earlier[name].old if name in earlier else change.old
        joined[name] = FieldChange(old, change.new)
    return {name: change for name, change in joined.items() if change.old != change.new}


async def mark_reviewed(
    actions: Actions, clock: Clock, found: Allowed, records: BitMap, again_on: str | None = None
) -> Bulk:
    """The records stay in the list and are not shown as changed until they change again, nor as due until
    their next day comes: ``again_on``, where one is given. Raises as `require_review` does."""
    require_review(found, records)
    changes = {REVIEWED: clock.now().isoformat(timespec="microseconds")}
    if again_on is not None:
        found.require(Right.REVIEW, found.group)
        changes[REVIEW_ON] = again_on
    return await actions.annotate(found, records, changes)
