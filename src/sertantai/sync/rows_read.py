"""What rows of lists say, once PostgreSQL has given them."""

from collections import defaultdict
from typing import NamedTuple

from pyroaring import BitMap

from sertantai.core.bitmaps import EMPTY, bitmap
from sertantai.core.ids import GroupId, JournalId, OwnerId, Position
from sertantai.core.notes import Notes, Settings
from sertantai.core.operations import Annotation
from sertantai.core.state import GroupState, OwnerState
from sertantai.postgres import Record
from sertantai.sync.store import Watermark


class OwnerRows(NamedTuple):
    """What one snapshot says of some owners."""

    watermark: Watermark
    groups: list[Record]
    records: list[Record]
    annotations: list[Record]


def not_ours(groups: list[Record], journal: JournalId) -> frozenset[OwnerId]:
    return frozenset(row["user_id"] for row in groups if row["is_default"] and row["journal_id"] != journal)


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
