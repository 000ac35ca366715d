"""Who could do what in an organization at a moment, worked out from its trail.

Each line of what was done to it is folded again. The same fold decided when it happened, so the trail proves
who was allowed to.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from sertantai.audit import sql
from sertantai.audit.moments import BeforeTheTrail, in_words
from sertantai.core.access_state import AccessState
from sertantai.core.audit_words import (
    ADMIT,
    CREATE_GROUP,
    GRANT,
    HAND_OVER,
    OF_LISTS,
    OF_ORGANIZATIONS,
    TAKE_OVER,
    UPDATE_GROUP,
)
from sertantai.core.bitmaps import EMPTY, pack
from sertantai.core.fold import Outcome, fold
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, UserId
from sertantai.core.links import link_key
from sertantai.core.operations import (
    ACCESS_KINDS,
    EXCEPTION_PREFIX,
    AccessOperation,
    CopiedFrom,
    CreateGroup,
    DeleteGroup,
    HandOver,
    Operation,
    Origin,
    PurgeGroup,
    RestoreGroup,
    TakeOver,
    UpdateGroup,
    of_no_list,
)
from sertantai.core.rights import LEVELS
from sertantai.core.state import GroupState, OwnerState
from sertantai.core.stored_state import decode_state
from sertantai.engine.engine import Engine
from sertantai.postgres import Connection, Database, Role
from sertantai.sync.audit_metadata import FOUNDED_AS

Row: TypeAlias = Any
"""A row of the driver's, which is no Mapping to the type checker."""
PREFETCH_ROWS: Final = 500
YIELD_LINES: Final = 50
WAIT_S: Final = 4.0
KINDS: Final = {str(kind.__struct_config__.tag): kind for kind in ACCESS_KINDS}  # type: ignore[attr-defined]  # of msgspec's
REFUSED: Final = frozenset(
    {
        Outcome.FORBIDDEN,
        Outcome.MEMBER_GONE,
        Outcome.LAST_OWNER,
        Outcome.MEMBER_BACK,
        Outcome.TOO_LATE,
    }
)
NO_RECORDS: Final = pack(EMPTY)


class RightsThen:
    """Who could do what at a moment. Raises `DatabaseUnavailable`: the trail is in PostgreSQL only."""

    def __init__(self, engine: Engine, database: Database) -> None:
        self._engine = engine
        self._database = database

    async def at(self, organization: OwnerId, moment: datetime) -> OwnerState | None:
        """With all that was done until then, as far as it was done before this was asked."""
        hot = await self._engine.hot_owner(organization)
        await self._engine.reached(hot.last, WAIT_S)
        # As the house: what comes out is of the whole organization, and shown to who may know of one list.
        async with self._database.transaction(Role.AUDITOR, readonly=True) as connection:
            return await access_at(connection, organization, moment)


class Line(msgspec.Struct, frozen=True):
    """One line of what was done to an organization; ``fits``: the fold allows it where it stands."""

    operation: Operation
    position: Position
    fits: bool
    state: OwnerState
    """Afterwards; its lists have no laws in it."""


class Start(msgspec.Struct, frozen=True):
    """What the trail of an organization is played onto: as it was at ``position``. ``since``: its trail is
    complete from then on; None: from its first day."""

    state: OwnerState
    position: Position = Position(0)
    since: datetime | None = None


async def start_of_rights(connection: Connection, organization: OwnerId) -> Start | None:
    """An organization before anything was done in it, or as it was when its trail was cut; None: there is
    none. Raises `BeforeTheTrail` where it was cut before that was kept."""
    row = await connection.fetchrow(sql.FOUNDED, organization)
    if row is None:
        return None
    since = await connection.fetchval(sql.REACHES_BACK_TO, organization)
    if (kept := await connection.fetchrow(sql.RIGHTS_KEPT, organization)) is not None:
        return Start(decode_state(kept["state"]), Position(kept["position"]), since)
    if since is not None and row["created_at"] < since:
        raise BeforeTheTrail(
            f"The trail begins at {since:%Y-%m-%d}, and this organisation is older: who could do what cannot "
            "be worked out from its first day."
        )
    default = GroupState(
        row["group_id"], "default", row["created_at"], row["created_at"], is_default=True, version=Position(0)
    )
    return Start(OwnerState(organization, {default.id: default}, AccessState(row["founder_id"])))


async def lines(connection: Connection, start: Start, until: datetime | None = None) -> AsyncIterator[Line]:
    """All that was done to it and its lists themselves since, in order, up to a moment."""
    asked = ([*OF_ORGANIZATIONS, *OF_LISTS], until, start.position)
    state = start.state
    number = 0
    async for row in connection.cursor(sql.RIGHTS_TRAIL, state.owner, *asked, prefetch=PREFETCH_ROWS):
        number += 1
        if number % YIELD_LINES == 0:
            await asyncio.sleep(0)
        operation, position = operation_of(row), Position(row["position"])
        state, change = fold(_as_founded(state, row), position, operation)
        yield Line(operation, position, change.outcome not in REFUSED, state)


def _as_founded(state: OwnerState, row: Row) -> OwnerState:
    """With how the organization was called first, where the line says it: of what earlier releases wrote none
    does, and then nobody knows until it is called otherwise."""
    called = row["metadata"].get(FOUNDED_AS) if row["action"] == ADMIT else None
    if called is None or state.access is None:
        return state
    access = msgspec.structs.replace(state.access, name=called["name"], slug=called["slug"])
    return msgspec.structs.replace(state, access=access)


async def access_at(connection: Connection, organization: OwnerId, moment: datetime) -> OwnerState | None:
    """Who could do what then, with its lists, which have no laws in it; None: there is no organization.
    Raises `BeforeTheTrail`."""
    start = await start_of_rights(connection, organization)
    if start is None:
        return None
    if start.since is not None and moment < start.since:
        raise BeforeTheTrail(f"The history goes back to {in_words(start.since)}.")
    state = start.state
    async for line in lines(connection, start, moment):
        state = line.state
    return state


def operation_of(row: Row) -> Operation:
    """What a line of the trail tells of, as far as rights and lists themselves are concerned."""
    owner, word, said = OwnerId(row["user_id"]), row["action"], row["metadata"]
    common: dict[str, Any] = {
        "id": OperationId(row["operation_id"]),
        "owner": owner,
        "group": of_no_list(owner) if row["group_id"] is None else GroupId(row["group_id"]),
        "at": row["created_at"],
        "origin": Origin(UserId(row["actor_id"]), source=said.get("source", "hand")),
    }
    if word in KINDS:
        return _of_organization(KINDS[word], word, said, common)
    return _of_list(word, said, common)


def _of_organization(
    kind: type[AccessOperation], word: str, said: dict[str, Any], common: dict[str, Any]
) -> Operation:
    own = {name: value for name, value in said.items() if name != "source"}
    if word == GRANT:
        own["level"] = None if own.get("level") is None else int(LEVELS[own["level"]])
    fields = {name: value for name, value in own.items() if name in kind.__struct_fields__}
    return kind(**common, **_typed(kind, fields))


def _typed(kind: type[AccessOperation], fields: dict[str, Any]) -> dict[str, Any]:
    types = {field.name: field.type for field in msgspec.structs.fields(kind)}
    return {name: msgspec.convert(value, types[name]) for name, value in fields.items()}


def _of_link(said: dict[str, Any]) -> dict[str, Any]:
    """What the operation says of a link; the day on which it was opened is of no right."""
    if said["did"] == "revoked":
        return {link_key(said["id"]): None}
    link = [said["by"], said["at"], said["until"], said["notes"], str(said["did"] == "opened" or "")]
    return {link_key(said["id"]): link}


def _of_source(said: dict[str, Any]) -> CopiedFrom:
    return CopiedFrom(GroupId(UUID(said["list"])), OwnerId(UUID(said["owner"])), Position(said["version"]))


def _of_list(word: str, said: dict[str, Any], common: dict[str, Any]) -> Operation:
    if said.get("purged"):
        return PurgeGroup(**common)
    if said.get("restored"):
        return RestoreGroup(records=NO_RECORDS, **common)
    if word == TAKE_OVER:
        return TakeOver(
            giver=OwnerId(UUID(said["handed_over_from"])),
            version=Position(0),
            name=said["name"],
            created_at=common["at"],
            records=NO_RECORDS,
            restricted=bool(said.get("restricted")),
            **common,
        )
    if word == HAND_OVER:
        return HandOver(receiver=OwnerId(UUID(said["handed_over_to"])), **common)
    if word == UPDATE_GROUP:
        settings: dict[str, Any] = {f"{EXCEPTION_PREFIX}0": None} if "exceptions" in said else {}
        if "link" in said:
            settings = _of_link(said["link"])
        return UpdateGroup(
            name=said.get("name"),
            metadata=settings,
            restricted=said.get("restricted"),
            four_eyes=said.get("four_eyes"),
            **common,
        )
    if word == CREATE_GROUP:
        source = said.get("copied_from")
        return CreateGroup(
            name=said["name"],
            restricted=bool(said.get("restricted")),
            four_eyes=bool(said.get("four_eyes")),
            copied_from=None if source is None else _of_source(source),
            **common,
        )
    return DeleteGroup(reason=said.get("reason"), **common)
