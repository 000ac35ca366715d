"""Reading: the register with an owner's ticks, and what changed in a list since a version."""

from pyroaring import BitMap

from sertantai.audit.effects import Effects, ListChanges
from sertantai.audit.moments import BeforeTheTrail
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, Position
from sertantai.engine.hot_tier import HotOwner
from sertantai.lists.access import Allowed
from sertantai.lists.exceptions import only_excepts


async def changes_since(effects: Effects, found: Allowed, since: int) -> ListChanges:
    """What is different in a list since version ``since``; 0 is before everything.

    It is of one version, never older than what whoever asks has been told of; while others change the list it
    may be behind the newest. Raises `BeforeTheTrail` for a version that is older than the trail.
    """
    hot, group = found.hot, found.group
    if since >= group.version:
        return ListChanges(group.version, BitMap(), BitMap())
    if 0 < since < group.came_at:
        raise BeforeTheTrail("The list was another owner's then. Read the whole list instead.")
    if since == 0:
        return ListChanges(group.version, group.records, BitMap())
    if hot.known_from(group.id) <= since:
        first_added, first_removed = _first_changes(hot, group.id, since)
        return ListChanges(group.version, first_added & group.records, first_removed - group.records)
    # A list that came from elsewhere may have a version that is beyond what was done here.
    known = max(hot.last, group.version)
    return (await effects.changed_since(found.owner, group.id, Position(since), known)).answer


def changes_made(hot: HotOwner, group: GroupId, since: int) -> int | None:
    """How many changes of what pages show a list has had since a version.

    A tick of a live list is one, with the exception that is kept for it. None: it is longer ago than is
    remembered, or no version that the list has had, as of one that PostgreSQL refused.
    """
    made = 0
    for change in hot.newest_changes():
        if change.position < since:
            return None
        now = change.group
        if now is None or now.id != group or now.version != change.position:
            continue
        if change.position == since:
            return made
        made += not only_excepts(change.operation)
    return made if hot.known_from(group) == since else None


def changes_of_others(found: Allowed, since: int, laws_max: int) -> list[Change]:
    """What others did in an organization's list since a version, the newest first: as far as it is
    remembered, of so many laws. In a list of one's own there is nobody else."""
    others: list[Change] = []
    if found.access is None:
        return others
    for change in found.hot.newest_changes(since):
        if not _concerns(change, found.group.id) or change.operation.origin.actor == found.actor:
            continue
        laws_max -= len(change.added) + len(change.removed)
        if laws_max < 0:
            break
        if change.added or change.removed:
            others.append(change)
    return others


def _first_changes(hot: HotOwner, group: object, since: int) -> tuple[BitMap, BitMap]:
    """Records whose first change after ``since`` was an addition, or a removal."""
    added, removed = BitMap(), BitMap()
    for change in hot.recent_changes(since):
        if _concerns(change, group):
            added |= change.added - removed
            removed |= change.removed - added
    return added, removed


def _concerns(change: Change, group: object) -> bool:
    return change.group is not None and change.group.id == group
