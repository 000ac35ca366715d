"""Proves, for one organization, that everything in its trail was done by somebody who was allowed to.

Its members, teams, grants and suggestions are rebuilt from the trail, line by line; every operation on a
list is held against the rights of that moment; and what comes out at the end against what the database has of
them, of those who left, of who may do what with its lists, of the organization itself, and of how long the
trail is kept.
"""

from collections.abc import AsyncIterable, AsyncIterator, Collection
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec

from sertantai.audit import sql
from sertantai.audit.rights_stored import (
    former_members_differing,
    grants_differing,
    lists_differing,
    members_differing,
    organization_differing,
    retention_differing,
    teams_differing,
)
from sertantai.audit.rights_then import Line, Start, lines, start_of_rights
from sertantai.audit.suggestions_then import SuggestionsThen
from sertantai.audit.whole_trail import whole_trail_now
from sertantai.core.access_state import AccessState, rights_in
from sertantai.core.audit_words import CLEAR_ALL, DECIDE, DELETE_GROUP, MOVING, NOTES, OF_SUGGESTIONS
from sertantai.core.ids import OperationId, OwnerId, Position, UserId
from sertantai.core.notes import REVIEWED_AT, SIGNATURES
from sertantai.core.operations import HandOver, PurgeGroup
from sertantai.core.responsible import OF_REVIEWS
from sertantai.core.rights import Right
from sertantai.postgres import Connection, Database, Record
from sertantai.sync import access_sql

PREFETCH_ROWS: Final = 2_000
FAULTS_MAX: Final = 1_000


class RightsFault(StrEnum):
    NOT_ALLOWED = "not_allowed"
    """Somebody did what they had no right to where it stands."""
    MEMBERS_DIFFER = "members_differ"
    """The members that the trail leads to, or the teams that they are in, are not those of the database."""
    FORMER_MEMBERS_DIFFER = "former_members_differ"
    """What is kept of those who left, to take them back, is not what the trail leads to."""
    TEAMS_DIFFER = "teams_differ"
    """The teams themselves are not what the trail leads to."""
    GRANTS_DIFFER = "grants_differ"
    """What members and teams are granted of lists is not what the trail leads to."""
    SUGGESTIONS_DIFFER = "suggestions_differ"
    """What waits for a decision is not what members have suggested."""
    LISTS_DIFFER = "lists_differ"
    """Which lists there are, who made them, or how they are shared is not what the trail leads to."""
    ORGANIZATION_DIFFERS = "organization_differs"
    """What it is called, its settings, to whom ownership is offered, or when it ends, is not what the trail
    leads to."""
    RETENTION_DIFFERS = "retention_differs"
    """How long the trail is kept is not what it says itself."""


class RightsDifference(msgspec.Struct, frozen=True):
    """``actor``: who did it, or of whom what is stored differs: a member, a team, or the organization itself.
    ``needed``: the right; or what differs."""

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
        check, since = _Check(start), start.position
        acted = _Rows(connection.cursor(sql.ACTED, organization, since, prefetch=PREFETCH_ROWS))
        asked = (organization, [*OF_SUGGESTIONS], since)
        suggested = _Rows(connection.cursor(sql.SUGGESTED, *asked, prefetch=PREFETCH_ROWS))
        async for line in lines(connection, start):
            await check.until(line.position, acted, suggested)
            check.line(line)
        await check.until(None, acted, suggested)
        check.stored(await _stored(connection, organization))
    return check.result()


class _Stored(NamedTuple):
    organizations: list[Record]
    members: list[Record]
    former: list[Record]
    teams: list[Record]
    grants: list[Record]
    lists: list[Record]
    suggestions: list[Record]
    retention: list[Record]


async def _stored(connection: Connection, organization: OwnerId) -> _Stored:
    return _Stored(
        await connection.fetch(access_sql.ORGANIZATIONS_OF, [organization]),
        await connection.fetch(access_sql.MEMBERS_OF, [organization]),
        await connection.fetch(access_sql.DEPARTED_OF, [organization]),
        await connection.fetch(access_sql.TEAMS_OF, [organization]),
        await connection.fetch(access_sql.GRANTS_OF, [organization]),
        await connection.fetch(sql.LISTS_THEMSELVES, organization),
        await connection.fetch(access_sql.SUGGESTIONS_OF, [organization]),
        await connection.fetch(access_sql.RETENTION_OF, [organization]),
    )


class _Rows:
    """In the order of their positions, and read as far as they are wanted."""

    def __init__(self, rows: AsyncIterable[Any]) -> None:
        self._rows = aiter(rows)
        self._next: Any | None = None
        self._begun = False

    async def until(self, position: Position | None) -> AsyncIterator[Any]:
        """Those before it; all that are left where there is none."""
        if not self._begun:
            self._begun, self._next = True, await anext(self._rows, None)
        while (row := self._next) is not None and (position is None or row["position"] < position):
            yield row
            self._next = await anext(self._rows, None)


class _Check:
    def __init__(self, start: Start) -> None:
        self._state = start.state
        self._suggestions = SuggestionsThen(start.position)
        self._since = start.since
        self._lines = self._operations = 0
        self._faults: list[RightsDifference] = []

    async def until(self, position: Position | None, acted: _Rows, suggested: _Rows) -> None:
        """All that was done with the rights of now."""
        async for row in acted.until(position):
            self.acted(row)
        async for row in suggested.until(position):
            self.suggested(row)

    def line(self, line: Line) -> None:
        self._lines += 1
        operation = line.operation
        if not line.fits:
            self._add(operation.origin.actor, line.position, operation.id, type(operation).__name__)
        self._state = line.state
        if isinstance(operation, HandOver | PurgeGroup):
            self._suggestions.end_list(operation.group)

    def acted(self, row: Any) -> None:
        """An operation on the laws of a list. What the organization does by itself is allowed."""
        self._operations += 1
        actor, access = UserId(row["actor_id"]), self._state.access
        if actor == self._state.owner or access is None:
            return
        if row["list_action"] in (*MOVING, DECIDE):
            return  # its line says whether it was allowed
        group = self._state.groups.get(row["group_id"])
        needed = _needed(row)
        rights = frozenset() if group is None else rights_in(access, actor, group.access)
        if needed not in rights:
            self._add(actor, Position(row["position"]), OperationId(row["operation_id"]), needed)

    def suggested(self, row: Any) -> None:
        """Something suggested, decided or withdrawn."""
        if not self._suggestions.play(row, self._state):
            where = Position(row["position"]), OperationId(row["operation_id"])
            self._add(UserId(row["actor_id"]), *where, row["action"])

    @property
    def access(self) -> AccessState:
        assert self._state.access is not None
        return self._state.access

    def stored(self, stored: _Stored) -> None:
        """What the database has, against what came out."""
        state, access, owner = self._state, self.access, self._state.owner
        for fault, found in (
            (RightsFault.ORGANIZATION_DIFFERS, organization_differing(owner, access, stored.organizations)),
            (RightsFault.MEMBERS_DIFFER, members_differing(access, stored.members)),
            (RightsFault.FORMER_MEMBERS_DIFFER, former_members_differing(access, stored.former)),
            (RightsFault.TEAMS_DIFFER, teams_differing(access, stored.teams)),
            (RightsFault.GRANTS_DIFFER, grants_differing(access, stored.grants)),
            (RightsFault.LISTS_DIFFER, lists_differing(state, stored.lists)),
            (RightsFault.SUGGESTIONS_DIFFER, self._suggestions.differing(stored.suggestions)),
            (RightsFault.RETENTION_DIFFERS, retention_differing(owner, access, stored.retention)),
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
        return Right.MANAGE
    if row["undoes"] is not None:
        return Right.UNDO
    if row["record_action"] in NOTES:
        return _needed_to_say(row["keys"] or ())
    return Right.TICK


def _needed_to_say(keys: Collection[str]) -> Right:
    """As `core.sharing.permission` asks. Who answers for a law may say that it still applies with no other
    right than to read; whom it was assigned to then is not looked up."""
    said = set(keys) - SIGNATURES.keys()
    if not said <= OF_REVIEWS:
        return Right.NOTE
    return Right.READ if said <= {REVIEWED_AT} else Right.REVIEW
