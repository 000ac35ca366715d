"""Records that an import changed since they were selected and that nobody has looked at since.

They stay in the list: a law that was revoked is exactly what its reader must hear of. Who has looked says so
(``reviewed_at`` in the selection's annotation); who drops the record deselects it as ever.
"""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from pyroaring import BitMap

from sertantai.core.clock import Clock
from sertantai.core.ids import RecordNo, UserId
from sertantai.core.operations import Annotation, Origin
from sertantai.core.state import GroupState
from sertantai.records.register import Register
from sertantai.records.store import CHANGES_MAX, FieldChange, RecordChange
from sertantai.selections.actions import Actions, Bulk
from sertantai.selections.engine import Engine
from sertantai.selections.listing import Detail, selection_details

REVIEWED = "reviewed_at"


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
    engine: Engine, register: Register, owner: UserId, group: GroupState
) -> ChangedRecords:
    """What changed in a list's records since each was selected or last reviewed.

    Raises `DatabaseUnavailable`.
    """
    if not group.records:
        return ChangedRecords()
    changes = await register.changes(group.records, group.created_at)
    if not changes:
        return ChangedRecords()
    numbers = {change.record_no for change in changes}
    ids = {number: register.catalogue.record_id(number) for number in numbers}
    details = await selection_details(engine, owner, group, ids)
    return ChangedRecords(unseen(changes, details, group.annotations), truncated=len(changes) >= CHANGES_MAX)


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
    actions: Actions, clock: Clock, by: Origin, owner: UserId, group: GroupState, records: BitMap
) -> Bulk:
    """The records stay in the list and are not shown as changed until they change again."""
    return await actions.annotate(
        by, owner, group.id, records, {REVIEWED: clock.now().isoformat(timespec="microseconds")}
    )
