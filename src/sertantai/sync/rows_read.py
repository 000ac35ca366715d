"""What rows of lists and of the audit say, once PostgreSQL has given them."""

from collections import defaultdict
from typing import Any, NamedTuple
from uuid import UUID

from pyroaring import BitMap

from sertantai.core.audit_words import ADDING, REMOVING
from sertantai.core.bitmaps import EMPTY, bitmap
from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position, RecordNo
from sertantai.core.notes import Notes, Settings
from sertantai.core.operations import Annotation
from sertantai.core.state import GroupState, OwnerState
from sertantai.postgres import Record
from sertantai.sync.store import Edit, Effect, Watermark


class OwnerRows(NamedTuple):
    """What one snapshot says of some owners."""

    watermark: Watermark
    groups: list[Record]
    records: list[Record]
    annotations: list[Record]


def not_ours(groups: list[Record], journal: JournalId) -> frozenset[OwnerId]:
    return frozenset(row["user_id"] for row in groups if row["is_default"] and row["journal_id"] != journal)


def effect_in(rows: list[Record]) -> Effect:
    added: list[RecordNo] = []
    removed: dict[RecordNo, Annotation] = {}
    annotated: dict[RecordNo, Edit] = {}
    for row in rows:
        number, action, metadata = RecordNo(row["record_no"]), row["action"], row["metadata"]
        if action in ADDING:
            added.append(number)
        elif action in REMOVING:
            removed[number] = metadata.get("dropped") or {}
        elif (edit := _edit(metadata)) is not None:
            annotated[number] = edit
    first = rows[0]
    undoes = first["metadata"].get("undoes")
    return Effect(
        GroupId(first["group_id"]),
        first["action"],
        added,
        removed,
        annotated,
        Position(max(row["position"] for row in rows)),
        OperationId(UUID(undoes)) if undoes else None,
    )


def _edit(metadata: dict[str, Any]) -> Edit | None:
    """What was written before this was kept cannot be undone."""
    before = metadata.get("before")
    return None if before is None else Edit(before, metadata.get("changes") or {})


def states_in(
    groups: list[Record], records: list[Record], annotations: list[Record]
) -> dict[OwnerId, OwnerState]:
    sets: dict[tuple[OwnerId, str], BitMap] = {
        (row["user_id"], row["selection_group"]): bitmap(row["records"]) for row in records
    }
    notes: dict[tuple[OwnerId, str], dict[int, Annotation]] = defaultdict(dict)
    for row in annotations:
        notes[row["user_id"], row["selection_group"]][row["record_no"]] = row["metadata"]
    by_owner: dict[OwnerId, dict[GroupId, GroupState]] = defaultdict(dict)
    for row in groups:
        key = (row["user_id"], row["name"])
        by_owner[row["user_id"]][GroupId(row["id"])] = GroupState(
            GroupId(row["id"]),
            row["name"],
            row["created_at"],
            row["updated_at"],
            row["description"],
            row["is_default"],
            Position(row["version"]),
            Settings(row["metadata"]),
            sets.get(key, EMPTY),
            Notes(notes.get(key, {})),
        )
    return {owner: OwnerState(owner, lists) for owner, lists in by_owner.items()}
