"""What an organization's operation writes beside its line in the trail: the rows that it changed."""

from typing import Any, assert_never

from sertantai.core.access_state import AccessState, Member
from sertantai.core.ids import OwnerId, Position, UserId
from sertantai.core.operations import (
    AccessOperation,
    Admit,
    ChangeMember,
    Describe,
    EndOrganization,
    Expel,
    JoinTeam,
    LookIn,
    OfferOwnership,
    SetGrant,
    SetTeam,
    TakeOwnership,
)
from sertantai.postgres import Connection
from sertantai.sync import access_sql as sql
from sertantai.sync.store import AccessChange, SuggestionChange


async def save_access(connection: Connection, change: AccessChange) -> None:
    operation, after = change.operation, change.after
    owner, actor = operation.owner, operation.origin.actor
    match operation:
        case Admit(member=member):
            await _save_member(connection, owner, member, after)
            await connection.execute(sql.JOIN_TEAMS, owner, list(after.members[member].teams), member)
        case ChangeMember(member=member):
            await _save_member(connection, owner, member, after)
        case Expel(member=member):
            await connection.execute(sql.END_MEMBER, owner, member, operation.at, actor, change.position)
            await connection.execute(sql.END_GRANTS_OF, owner, member)
            await _save_organization(connection, owner, change.position, after)
        case TakeOwnership():
            await _save_member(connection, owner, actor, after)
            await _save_organization(connection, owner, change.position, after)
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


async def _save_grant(connection: Connection, operation: SetGrant, after: AccessState) -> None:
    grant = after.grants[operation.group][operation.grantee]
    await connection.execute(
        sql.SAVE_GRANT,
        operation.owner,
        operation.group,
        operation.grantee,
        grant.level.word,
        grant.by,
        grant.at,
        grant.ends_at,
        grant.position,
    )


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
