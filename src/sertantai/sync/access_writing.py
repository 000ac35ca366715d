"""What an organization's operation writes beside its line in the trail: the rows that it changed."""

from collections.abc import Mapping
from typing import Any, assert_never
from uuid import UUID

from sertantai.core.access_state import AccessState, Grant, Member
from sertantai.core.ids import GroupId, OwnerId, Position, UserId
from sertantai.core.operations import (
    AccessOperation,
    Admit,
    ChangeMember,
    Describe,
    EndOrganization,
    Expel,
    ExportList,
    JoinTeam,
    LookIn,
    OfferOwnership,
    SetGrant,
    SetTeam,
    TakeBack,
    TakeOwnership,
)
from sertantai.postgres import Connection
from sertantai.sync import access_sql as sql
from sertantai.sync.departures import kept_of
from sertantai.sync.store import AccessChange, SuggestionChange


async def save_access(connection: Connection, change: AccessChange) -> None:
    operation, after = change.operation, change.after
    owner = operation.owner
    match operation:
        case Admit() | TakeBack() | ChangeMember() | Expel() | TakeOwnership():
            await _save_members(connection, operation, change.position, after)
        case SetTeam(team=team, name=None):
            await connection.execute(sql.END_TEAM, owner, team)
            await connection.execute(sql.END_GRANTS_OF, owner, team)
        case SetTeam(team=team, name=name):
            await connection.execute(sql.SAVE_TEAM, owner, team, name)
        case JoinTeam(team=team, member=member, joined=True):
            await connection.execute(sql.JOIN_TEAMS, owner, [team], member)
        case JoinTeam(team=team, member=member):
            await connection.execute(sql.LEAVE_TEAM, owner, team, member)
        case SetGrant(level=None):
            await connection.execute(sql.END_GRANT, owner, operation.group, operation.grantee)
        case SetGrant():
            await _save_grant(connection, operation, after)
        case OfferOwnership() | Describe() | EndOrganization() | LookIn():
            await _save_organization(connection, owner, change.position, after)
            await _save_retention(connection, operation, after)
        case ExportList():
            pass  # its line in the trail is all that there is of it
        case _:
            assert_never(operation)


async def _save_member(connection: Connection, owner: OwnerId, id: UserId, after: AccessState) -> None:
    member = after.members[id]
    await connection.execute(
        sql.SAVE_MEMBER,
        owner,
        id,
        member.role,
        member.name,
        _permissions(member),
        member.suspended,
        member.joined_at,
        member.position,
    )


def _permissions(member: Member) -> dict[str, Any]:
    """As the plan's column has them; nothing where the role alone decides."""
    said = {"allow": sorted(member.allow), "deny": sorted(member.deny)}
    return {name: rights for name, rights in said.items() if rights}


async def _save_members(
    connection: Connection,
    operation: Admit | TakeBack | ChangeMember | Expel | TakeOwnership,
    position: Position,
    after: AccessState,
) -> None:
    owner = operation.owner
    match operation:
        case Admit(member=member):
            await _save_member(connection, owner, member, after)
            await connection.execute(sql.FORGET_DEPARTURE, owner, member)
        case TakeBack(member=member, left=left):
            await _save_member(connection, owner, member, after)
            await _save_grants_at(connection, owner, after.grants, position)
            await connection.execute(sql.END_HANDED_ON, owner, member, left)
            await connection.execute(sql.UNDO_DEPARTURE, owner, member, left)
        case ChangeMember(member=member):
            await _save_member(connection, owner, member, after)
        case Expel():
            await _expel(connection, operation, position, after)
            await _save_organization(connection, owner, position, after)
        case TakeOwnership():
            await _save_member(connection, owner, operation.origin.actor, after)
            await _save_organization(connection, owner, position, after)
        case _:
            assert_never(operation)
    if isinstance(operation, Admit | TakeBack):
        teams = list(after.members[operation.member].teams)
        await connection.execute(sql.JOIN_TEAMS, owner, teams, operation.member)


async def _expel(connection: Connection, operation: Expel, position: Position, after: AccessState) -> None:
    owner, member = operation.owner, operation.member
    went = (operation.at, operation.origin.actor, position, kept_of(after.departed[member]))
    await connection.execute(sql.END_MEMBER, owner, member, *went)
    first = next(iter(after.departed.values()))
    await connection.execute(sql.FORGET_DEPARTURES_BEFORE, owner, first.position)
    await connection.execute(sql.END_GRANTS_OF, owner, member)
    handed = {group: after.grants[group] for group in operation.hands}
    await _save_grants_at(connection, owner, handed, position)


async def _save_grants_at(
    connection: Connection,
    owner: OwnerId,
    grants: Mapping[GroupId, Mapping[UUID, Grant]],
    position: Position,
) -> None:
    """Those that an operation has made, of many lists."""
    made = [
        _grant_row(owner, group, grantee, grant)
        for group, granted in grants.items()
        for grantee, grant in granted.items()
        if grant.position == position
    ]
    await connection.executemany(sql.SAVE_GRANT, made)


async def _save_grant(connection: Connection, operation: SetGrant, after: AccessState) -> None:
    owner, group, grantee = operation.owner, operation.group, operation.grantee
    grant = after.grants[group][grantee]
    await connection.execute(sql.SAVE_GRANT, *_grant_row(owner, group, grantee, grant))


def _grant_row(owner: OwnerId, group: GroupId, grantee: UUID, grant: Grant) -> tuple[object, ...]:
    said = (grant.level.word, grant.by, grant.at, grant.ends_at, grant.position)
    return owner, group, grantee, *said


async def _save_organization(
    connection: Connection, owner: OwnerId, position: Position, after: AccessState
) -> None:
    await connection.execute(
        sql.SAVE_ORGANIZATION,
        owner,
        after.name,
        after.slug,
        after.settings,
        after.offered,
        after.ends_at,
        position,
    )


async def _save_retention(connection: Connection, operation: AccessOperation, after: AccessState) -> None:
    """Where the operation says something of it."""
    retention, owner = after.retention, operation.owner
    if not isinstance(operation, Describe) or operation.audit_retention_months is None or retention is None:
        return
    await connection.execute(sql.FORGET_RETENTION, owner)
    for period in (retention.now, retention.next):
        if period is not None:
            await connection.execute(
                sql.SAVE_RETENTION, owner, period.months, period.in_force_from, period.asked_at, period.by
            )


async def save_suggestion(connection: Connection, change: SuggestionChange) -> None:
    after = change.after
    if after is None:
        await connection.execute(sql.END_SUGGESTION, change.owner, change.group, change.id)
        return
    await connection.execute(
        sql.SAVE_SUGGESTION,
        change.owner,
        change.group,
        change.id,
        after.by,
        after.at,
        after.position,
        after.add,
        after.remove,
        after.reason,
    )
