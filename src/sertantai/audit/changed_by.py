"""How much each person changed in some lists since a moment; bounded, whatever was done there."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from sertantai.audit import sql
from sertantai.audit.snapshots import Snapshots
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.core.told import Told
from sertantai.postgres import Connection

LISTS_COUNTED_MAX: Final = 20
OPERATIONS_COUNTED_MAX: Final = 500
"""Of each list, the newest."""


class Changed(msgspec.Struct, frozen=True):
    """What one person did in one list: laws, each counted as often as it was changed."""

    actor: UserId
    added: int
    removed: int
    annotated: int


class ChangedList(msgspec.Struct, frozen=True):
    """Who did most comes first. ``is_all``: else there are older ones, which are not counted."""

    group: GroupId
    by: list[Changed]
    is_all: bool


class ChangedBy:
    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    async def since(
        self, owner: OwnerId, groups: Sequence[GroupId], since: datetime
    ) -> Told[list[ChangedList]]:
        """In the order of ``groups``, of which the first `LISTS_COUNTED_MAX` are counted; without those in
        which no law was changed. As it is known now."""
        asked = groups[:LISTS_COUNTED_MAX]

        async def read(connection: Connection) -> list[ChangedList]:
            await connection.execute(sql.OFF_THE_INDEX)
            rows = await connection.fetch(sql.CHANGED_BY, owner, asked, since, OPERATIONS_COUNTED_MAX)
            by: dict[GroupId, list[Changed]] = {}
            walked: Counter[GroupId] = Counter()
            for row in rows:
                group, counts = GroupId(row["group_id"]), (row["added"], row["removed"], row["annotated"])
                walked[group] += row["walked"]
                if any(counts):
                    by.setdefault(group, []).append(Changed(UserId(row["actor"]), *counts))
            return [
                ChangedList(group, sorted(by[group], key=_most_first), walked[group] < OPERATIONS_COUNTED_MAX)
                for group in asked
                if group in by
            ]

        return await self._snapshots.read(owner, read, waits=False)


def _most_first(one: Changed) -> tuple[int, str]:
    return -(one.added + one.removed + one.annotated), str(one.actor)
