"""Proves, for one organization, that everything in its trail was done by somebody who was allowed to.

Its members, teams and grants are rebuilt from the trail, line by line; every operation on a list is held
against the rights of that moment; and what comes out at the end against what the database has: the members,
what is kept of those who left, and for how long the trail is kept.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec

from sertantai.audit import sql
from sertantai.audit.rights_stored import (
    former_members_differing,
    members_differing,
    retention_differing,
)
from sertantai.audit.rights_then import Line, Start, lines, start_of_rights
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.access_state import AccessState, rights_in
from sertantai.core.audit_words import CLEAR_ALL, DECIDE, DELETE_GROUP, MOVING, NOTES
from sertantai.core.ids import OperationId, OwnerId, Position, UserId
from sertantai.core.rights import Right
from sertantai.postgres import Database, Record
from sertantai.sync import access_sql

PREFETCH_ROWS: Final = 2_000
FAULTS_MAX: Final = 1_000


class RightsFault(StrEnum):
    NOT_ALLOWED = "not_allowed"
    """Somebody did what they had no right to where it stands."""
    MEMBERS_DIFFER = "members_differ"
    """The members that the trail leads to are not those of the database."""
    FORMER_MEMBERS_DIFFER = "former_members_differ"
    """What is kept of those who left, to take them back, is not what the trail leads to."""
    RETENTION_DIFFERS = "retention_differs"
    """How long the trail is kept is not what it says itself."""


class RightsDifference(msgspec.Struct, frozen=True):
    """``actor``: who did it, or of whom what is stored differs. ``needed``: the right; or what differs."""

    fault: RightsFault
    actor: UserId
    position: Position
    operation: OperationId | None
    needed: str


class RightsVerification(msgspec.Struct, frozen=True):
    """``lines`` were done to the organization, ``operations`` to its laws, ``since`` its trail was cut (None:
    since its first day). At most `FAULTS_MAX` faults."""

    members: int
    lines: int
    operations: int
    faults: list[RightsDifference]
    since: datetime | None = None

    @property
    def clean(self) -> bool:
        return not self.faults


async def verify_rights(database: Database, organization: OwnerId) -> RightsVerification | None:
    """None: there is no such organization. Raises `DatabaseUnavailable`."""
    async with whole_trail_now(database) as connection:
        start = await start_of_rights(connection, organization)
        if start is None:
            return None
        check = _Check(start)
        acted = connection.cursor(sql.ACTED, organization, start.position, prefetch=PREFETCH_ROWS).__aiter__()
        waiting = await _next(acted)
        async for line in lines(connection, start):
            while waiting is not None and waiting["position"] < line.position:
                check.acted(waiting)
                waiting = await _next(acted)
            check.line(line)
        while waiting is not None:
            check.acted(waiting)
            waiting = await _next(acted)
        check.stored(
            await connection.fetch(access_sql.MEMBERS_OF, [organization]),
            await connection.fetch(access_sql.DEPARTED_OF, [organization]),
            await connection.fetch(access_sql.RETENTION_OF, [organization]),
        )
    return check.result()


async def _next(rows: AsyncIterator[Any]) -> Any | None:
    return await anext(rows, None)


class _Check:
    def __init__(self, start: Start) -> None:
        self._state = start.state
        self._since = start.since
        self._lines = self._operations = 0
        self._faults: list[RightsDifference] = []

    def line(self, line: Line) -> None:
        self._lines += 1
        operation = line.operation
        if not line.fits:
            self._add(operation.origin.actor, line.position, operation.id, type(operation).__name__)
        self._state = line.state

    def acted(self, row: Any) -> None:
        """An operation on the laws of a list. What the organization does by itself is allowed."""
        self._operations += 1
        actor, access = UserId(row["actor_id"]), self._state.access
        if actor == self._state.owner or access is None:
            return
        if row["list_action"] in MOVING:
            return  # its line says whether it was allowed
        group = self._state.groups.get(row["group_id"])
        needed = _needed(row)
        rights = frozenset() if group is None else rights_in(access, actor, group.access)
        if needed not in rights:
            self._add(actor, Position(row["position"]), OperationId(row["operation_id"]), needed)

    @property
    def access(self) -> AccessState:
        assert self._state.access is not None
        return self._state.access

    def stored(
        self, members: Sequence[Record], former: Sequence[Record], retention: Sequence[Record]
    ) -> None:
        """What the database has, against what came out."""
        for fault, found in (
            (RightsFault.MEMBERS_DIFFER, members_differing(self.access, members)),
            (RightsFault.FORMER_MEMBERS_DIFFER, former_members_differing(self.access, former)),
            (RightsFault.RETENTION_DIFFERS, retention_differing(self._state.owner, self.access, retention)),
        ):
            for one in found:
                self._add(one.who, one.position, None, one.what, fault)

    def _add(
        self,
        actor: UserId,
        position: Position,
        operation: OperationId | None,
        needed: str,
        fault: RightsFault = RightsFault.NOT_ALLOWED,
    ) -> None:
        if len(self._faults) < FAULTS_MAX:
            self._faults.append(RightsDifference(fault, actor, position, operation, str(needed)))

    def result(self) -> RightsVerification:
        members = len(self.access.members)
        return RightsVerification(members, self._lines, self._operations, self._faults, self._since)


def _needed(row: Any) -> Right:
    """The least that whoever did this must have had."""
    if row["list_action"] == DELETE_GROUP or row["record_action"] == CLEAR_ALL:
        return Right.MANAGE
    if row["list_action"] is not None:
        return Right.APPROVE if row["list_action"] == DECIDE else Right.MANAGE
    if row["undoes"] is not None:
        return Right.UNDO
    return Right.NOTE if row["record_action"] in NOTES else Right.TICK
