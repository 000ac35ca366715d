"""From a step to the messages that tell it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from pyroaring import BitMap

from sertantai.core.ids import RecordId, UserId
from sertantai.core.notes import noted
from sertantai.core.operations import Annotation
from sertantai.core.state import GroupState, OwnerState
from sertantai.lists.together.sharing import FORMER, PersonShown
from sertantai.live.bounds import IDS_MAX, NOTES_BYTES_MAX
from sertantai.live.frames import encoded
from sertantai.live.messages import ANNOTATIONS, CHANGES, LIST, SUGGESTIONS, Message
from sertantai.live.steps import Missed, Step
from sertantai.records.catalogue import Catalogue

SHOWN: tuple[str, ...] = ("note", "tags", "rank", "responsible", "review_on", "reviewed_at")
"""What of an annotation is told; the rest is for its own pages."""


class Many(msgspec.Struct, frozen=True):
    added: int
    removed: int


class Told(msgspec.Struct, frozen=True, omit_defaults=True, rename={"before": "from"}):
    """``count``: how many laws the list has afterwards. ``op`` is the newest of ``ops``."""

    version: int
    before: int
    count: int
    op: str
    by: PersonShown | None
    at: datetime
    source: str
    added: list[RecordId] | None = None
    removed: list[RecordId] | None = None
    many: Many | None = None
    records: dict[RecordId, Annotation] | None = None
    ids: list[RecordId] | None = None
    name: str | None = None
    description: str | None = None
    restricted: bool | None = None
    exceptions: bool | None = None
    suggestions: int | None = None
    ops: list[str] | None = None


def messages_of(
    step: Step, state: OwnerState | None, group: GroupState, catalogue: Catalogue
) -> Iterator[Message]:
    """At least one, and each continues where the one before it ended: so no step is missed unseen."""
    before = step.before
    for event, fields in _aspects(step, group, catalogue):
        told = Told(
            step.version,
            before,
            step.count,
            str(step.operations[-1]),
            person(state, step.actor),
            step.at,
            step.source,
            ops=[str(one) for one in step.operations] if len(step.operations) > 1 else None,
            **fields,
        )
        yield Message(event, told, before, step.version)
        before = step.version


def _aspects(step: Step, group: GroupState, catalogue: Catalogue) -> Iterator[tuple[str, dict[str, Any]]]:
    told = False
    if step.added or step.removed:
        told = True
        yield CHANGES, laws_of(step.added, step.removed, catalogue)
    if annotated := _worth_telling(step, group):
        told = True
        yield ANNOTATIONS, notes_of(group, annotated, catalogue)
    if step.suggests:
        told = True
        yield SUGGESTIONS, {"suggestions": len(group.suggestions)}
    if step.says_list or not told:
        yield LIST, facts_of(group) | ({"exceptions": True} if step.excepts else {})


def _worth_telling(of: Step | Missed, group: GroupState) -> BitMap:
    """What stands beside laws; of those that are new only where something does."""
    if not of.annotated:
        return of.annotated
    new = of.annotated & of.added
    return (of.annotated - new) | BitMap(noted(group.annotations, new)) if new else of.annotated


def laws_of(added: BitMap, removed: BitMap, catalogue: Catalogue) -> dict[str, Any]:
    if len(added) + len(removed) > IDS_MAX:
        return {"many": Many(len(added), len(removed))}
    return {"added": catalogue.record_ids(added), "removed": catalogue.record_ids(removed)}


def notes_of(group: GroupState, numbers: BitMap, catalogue: Catalogue) -> dict[str, Any]:
    """What stands there by now, by law; of much only the laws, of very many nothing but how many."""
    if len(numbers) > IDS_MAX:
        return {"many": Many(0, 0)}
    records: dict[RecordId, Annotation] = {}
    for number in numbers & group.records:
        annotation = group.annotations.get(number, {})
        for id in catalogue.record_ids(BitMap((number,))):
            records[id] = {key: annotation[key] for key in SHOWN if key in annotation}
    if len(encoded(records)) > NOTES_BYTES_MAX:
        return {"ids": list(records)}
    return {"records": records}


def facts_of(group: GroupState) -> dict[str, Any]:
    return {"name": group.name, "description": group.description, "restricted": group.restricted}


def difference(missed: Missed, group: GroupState, catalogue: Catalogue) -> dict[str, Any]:
    """For who comes back: what is different, as a join says it."""
    said: dict[str, Any] = laws_of(missed.added, missed.removed, catalogue)
    annotated = _worth_telling(missed, group)
    if annotated & group.records:
        said["annotations"] = notes_of(group, annotated, catalogue)
    if missed.says_list:
        said["list"] = facts_of(group)
    if missed.suggests:
        said["suggestions"] = len(group.suggestions)
    return said


def person(state: OwnerState | None, id: UserId) -> PersonShown | None:
    """Who did it, in an organization; in a list of one's own there is nobody else to be named."""
    if state is None or state.access is None or id == state.owner:
        return None
    member = state.access.members.get(id)
    return PersonShown(id, FORMER if member is None else member.name)
