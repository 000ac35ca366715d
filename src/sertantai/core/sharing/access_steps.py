"""The fold of what is done to an organization: who comes in, what they may do, who goes."""

from typing import Any

from sertantai.core.access_state import AccessState, Grant, Member, owners_left
from sertantai.core.changes import APPLIED, Change, Outcome, Step, live, replace
from sertantai.core.ids import Position
from sertantai.core.lasting.retention import Retention, asked
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
from sertantai.core.rights import Role
from sertantai.core.sharing.open_looks import settings_after
from sertantai.core.state import OwnerState

_Stepped = tuple[OwnerState, Change]


def _admit(state: OwnerState, position: Position, operation: Admit) -> _Stepped:
    access = _of(state)
    if operation.member in access.members:
        return _refused(state, position, operation, Outcome.UNCHANGED)
    teams = frozenset(operation.teams) & access.teams.keys()
    member = Member(operation.role, operation.name, operation.at, position, teams=teams)
    return _now(state, position, operation, members={**access.members, operation.member: member})


def _change_member(state: OwnerState, position: Position, operation: ChangeMember) -> _Stepped:
    access = _of(state)
    member = access.members.get(operation.member)
    if member is None:
        return _refused(state, position, operation, Outcome.MEMBER_GONE)
    if operation.viewed is not None:
        return _now(state, position, operation)
    wanted: dict[str, Any] = {
        "role": operation.role,
        "allow": None if operation.allow is None else frozenset(operation.allow),
        "deny": None if operation.deny is None else frozenset(operation.deny),
        "suspended": operation.suspended,
        "name": operation.name,
    }
    after = replace(member, **{name: value for name, value in wanted.items() if value is not None})
    if after == member:
        return _refused(state, position, operation, Outcome.UNCHANGED)
    members = {**access.members, operation.member: replace(after, position=position)}
    if not owners_left(members):
        return _refused(state, position, operation, Outcome.LAST_OWNER)
    return _now(state, position, operation, members=members)


def _expel(state: OwnerState, position: Position, operation: Expel) -> _Stepped:
    access = _of(state)
    if operation.member not in access.members:
        return _refused(state, position, operation, Outcome.UNCHANGED)
    members = {id: member for id, member in access.members.items() if id != operation.member}
    if not owners_left(members):
        return _refused(state, position, operation, Outcome.LAST_OWNER)
    grants = {
        list_: {grantee: grant for grantee, grant in granted.items() if grantee != operation.member}
        if operation.member in granted
        else granted
        for list_, granted in access.grants.items()
    }
    offered = None if access.offered == operation.member else access.offered
    return _now(state, position, operation, members=members, grants=grants, offered=offered)


def _offer_ownership(state: OwnerState, position: Position, operation: OfferOwnership) -> _Stepped:
    access = _of(state)
    if operation.member == access.offered:
        return _refused(state, position, operation, Outcome.UNCHANGED)
    if operation.member is not None and operation.member not in access.members:
        return _refused(state, position, operation, Outcome.MEMBER_GONE)
    return _now(state, position, operation, offered=operation.member)


def _take_ownership(state: OwnerState, position: Position, operation: TakeOwnership) -> _Stepped:
    access, actor = _of(state), operation.origin.actor
    owner = replace(access.members[actor], role=Role.OWNER, position=position)
    return _now(state, position, operation, members={**access.members, actor: owner}, offered=None)


def _set_team(state: OwnerState, position: Position, operation: SetTeam) -> _Stepped:
    access, team = _of(state), operation.team
    if access.teams.get(team) == operation.name:
        return _refused(state, position, operation, Outcome.UNCHANGED)
    if operation.name is not None:
        if operation.name in access.teams.values():
            return _refused(state, position, operation, Outcome.NAME_TAKEN)
        return _now(state, position, operation, teams={**access.teams, team: operation.name})
    return _now(
        state,
        position,
        operation,
        teams={id: name for id, name in access.teams.items() if id != team},
        members={
            id: replace(member, teams=member.teams - {team}) if team in member.teams else member
            for id, member in access.members.items()
        },
        grants={
            list_: {grantee: grant for grantee, grant in granted.items() if grantee != team}
            for list_, granted in access.grants.items()
        },
    )


def _join_team(state: OwnerState, position: Position, operation: JoinTeam) -> _Stepped:
    access = _of(state)
    member = access.members.get(operation.member)
    if member is None or operation.team not in access.teams:
        return _refused(state, position, operation, Outcome.MEMBER_GONE)
    if (operation.team in member.teams) is operation.joined:
        return _refused(state, position, operation, Outcome.UNCHANGED)
    after = replace(member, teams=member.teams ^ {operation.team})
    return _now(state, position, operation, members={**access.members, operation.member: after})


def _set_grant(state: OwnerState, position: Position, operation: SetGrant) -> _Stepped:
    access, grantee = _of(state), operation.grantee
    if live(state, operation) is None:
        return _refused(state, position, operation, Outcome.GROUP_GONE)
    granted = access.grants.get(operation.group, {})
    had = granted.get(grantee)
    if operation.level is None:
        is_another = operation.ends_at is not None and had is not None and had.ends_at != operation.ends_at
        if had is None or is_another:
            return _refused(state, position, operation, Outcome.UNCHANGED)
        left = {id: grant for id, grant in granted.items() if id != grantee}
        return _now(state, position, operation, grants={**access.grants, operation.group: left})
    if grantee not in access.teams and grantee not in access.members:
        return _refused(state, position, operation, Outcome.MEMBER_GONE)
    if had is not None and (had.level, had.ends_at) == (operation.level, operation.ends_at):
        return _refused(state, position, operation, Outcome.UNCHANGED)
    grant = Grant(operation.level, operation.origin.actor, operation.at, position, operation.ends_at)
    return _now(
        state, position, operation, grants={**access.grants, operation.group: {**granted, grantee: grant}}
    )


def _describe(state: OwnerState, position: Position, operation: Describe) -> _Stepped:
    access = _of(state)
    settings = {**access.settings, **operation.settings}
    after = replace(
        access,
        name=access.name if operation.name is None else operation.name,
        slug=access.slug if operation.slug is None else operation.slug,
        settings={key: value for key, value in settings.items() if value is not None},
        retention=_retention_after(access, operation),
    )
    if after == access:
        return _refused(state, position, operation, Outcome.UNCHANGED)
    return _with(state, position, operation, after)


def _retention_after(access: AccessState, operation: Describe) -> Retention | None:
    if operation.audit_retention_months is None:
        return access.retention
    return asked(
        access.retention,
        operation.audit_retention_months,
        operation.site_retention_months or 0,
        operation.at,
        operation.origin.actor,
    )


def _end_organization(state: OwnerState, position: Position, operation: EndOrganization) -> _Stepped:
    if operation.ends_at == _of(state).ends_at:
        return _refused(state, position, operation, Outcome.UNCHANGED)
    return _now(state, position, operation, ends_at=operation.ends_at)


def _look_in(state: OwnerState, position: Position, operation: LookIn) -> _Stepped:
    """That it was done is what counts; nothing is another than before, but for what is open."""
    if operation.step == "list" and live(state, operation) is None:
        return _refused(state, position, operation, Outcome.GROUP_GONE)
    settings = settings_after(_of(state).settings, operation)
    return _now(state, position, operation, settings=settings)


def _of(state: OwnerState) -> AccessState:
    assert state.access is not None, "`may_be_done` refuses what is done to a person as to an organization"
    return state.access


def _now(state: OwnerState, position: Position, operation: AccessOperation, **fields: Any) -> _Stepped:
    return _with(state, position, operation, replace(_of(state), **fields))


def _with(state: OwnerState, position: Position, operation: AccessOperation, access: AccessState) -> _Stepped:
    group = state.groups.get(operation.group)
    return state.with_access(access), Change(position, operation, APPLIED, group, access=access)


def _refused(state: OwnerState, position: Position, operation: AccessOperation, outcome: Outcome) -> _Stepped:
    return state, Change(position, operation, outcome, state.groups.get(operation.group))


ACCESS_STEPS: dict[type, Step] = {
    Admit: _admit,
    ChangeMember: _change_member,
    Expel: _expel,
    OfferOwnership: _offer_ownership,
    TakeOwnership: _take_ownership,
    SetTeam: _set_team,
    JoinTeam: _join_team,
    SetGrant: _set_grant,
    Describe: _describe,
    EndOrganization: _end_organization,
    LookIn: _look_in,
}
