"""The fold of what is done to an organization: who comes in, what they may do. Who goes: `leaving_steps`."""

from typing import Any

from sertantai.core.access_state import AccessState, Grant, Member, owners_left
from sertantai.core.changes import APPLIED, Change, Outcome, Step, live, replace
from sertantai.core.ids import Position
from sertantai.core.lasting.retention import Retention, asked
from sertantai.core.operations import (
    Admit,
    ChangeMember,
    Describe,
    EndOrganization,
    ExportList,
    JoinTeam,
    LookIn,
    OfferOwnership,
    SetGrant,
    SetTeam,
    TakeOwnership,
)
from sertantai.core.rights import Role
from sertantai.core.sharing.access_changes import Stepped, access_of, now, now_with, refused
from sertantai.core.sharing.leaving_steps import LEAVING_STEPS
from sertantai.core.sharing.open_looks import settings_after
from sertantai.core.state import OwnerState


def _admit(state: OwnerState, position: Position, operation: Admit) -> Stepped:
    access = access_of(state)
    if operation.member in access.members:
        return refused(state, position, operation, Outcome.UNCHANGED)
    teams = frozenset(operation.teams) & access.teams.keys()
    member = Member(operation.role, operation.name, operation.at, position, teams=teams)
    departed = access.departed
    if operation.member in departed:
        departed = {id: one for id, one in departed.items() if id != operation.member}
    members = {**access.members, operation.member: member}
    return now_with(state, position, operation, members=members, departed=departed)


def _change_member(state: OwnerState, position: Position, operation: ChangeMember) -> Stepped:
    access = access_of(state)
    member = access.members.get(operation.member)
    if member is None:
        return refused(state, position, operation, Outcome.MEMBER_GONE)
    if operation.viewed is not None:
        return now_with(state, position, operation)
    wanted: dict[str, Any] = {
        "role": operation.role,
        "allow": None if operation.allow is None else frozenset(operation.allow),
        "deny": None if operation.deny is None else frozenset(operation.deny),
        "suspended": operation.suspended,
        "name": operation.name,
    }
    after = replace(member, **{name: value for name, value in wanted.items() if value is not None})
    if after == member:
        return refused(state, position, operation, Outcome.UNCHANGED)
    members = {**access.members, operation.member: replace(after, position=position)}
    if not owners_left(members):
        return refused(state, position, operation, Outcome.LAST_OWNER)
    return now_with(state, position, operation, members=members)


def _offer_ownership(state: OwnerState, position: Position, operation: OfferOwnership) -> Stepped:
    access = access_of(state)
    if operation.member == access.offered:
        return refused(state, position, operation, Outcome.UNCHANGED)
    if operation.member is not None and operation.member not in access.members:
        return refused(state, position, operation, Outcome.MEMBER_GONE)
    return now_with(state, position, operation, offered=operation.member)


def _take_ownership(state: OwnerState, position: Position, operation: TakeOwnership) -> Stepped:
    access, actor = access_of(state), operation.origin.actor
    owner = replace(access.members[actor], role=Role.OWNER, position=position)
    return now_with(state, position, operation, members={**access.members, actor: owner}, offered=None)


def _set_team(state: OwnerState, position: Position, operation: SetTeam) -> Stepped:
    access, team = access_of(state), operation.team
    if access.teams.get(team) == operation.name:
        return refused(state, position, operation, Outcome.UNCHANGED)
    if operation.name is not None:
        if operation.name in access.teams.values():
            return refused(state, position, operation, Outcome.NAME_TAKEN)
        return now_with(state, position, operation, teams={**access.teams, team: operation.name})
    return now_with(
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


def _join_team(state: OwnerState, position: Position, operation: JoinTeam) -> Stepped:
    access = access_of(state)
    member = access.members.get(operation.member)
    if member is None or operation.team not in access.teams:
        return refused(state, position, operation, Outcome.MEMBER_GONE)
    if (operation.team in member.teams) is operation.joined:
        return refused(state, position, operation, Outcome.UNCHANGED)
    after = replace(member, teams=member.teams ^ {operation.team})
    return now_with(state, position, operation, members={**access.members, operation.member: after})


def _set_grant(state: OwnerState, position: Position, operation: SetGrant) -> Stepped:
    access, grantee = access_of(state), operation.grantee
    if live(state, operation) is None:
        return refused(state, position, operation, Outcome.GROUP_GONE)
    granted = access.grants.get(operation.group, {})
    had = granted.get(grantee)
    if operation.level is None:
        is_another = operation.ends_at is not None and had is not None and had.ends_at != operation.ends_at
        if had is None or is_another:
            return refused(state, position, operation, Outcome.UNCHANGED)
        left = {id: grant for id, grant in granted.items() if id != grantee}
        return now_with(state, position, operation, grants={**access.grants, operation.group: left})
    if grantee not in access.teams and grantee not in access.members:
        return refused(state, position, operation, Outcome.MEMBER_GONE)
    if had is not None and (had.level, had.ends_at) == (operation.level, operation.ends_at):
        return refused(state, position, operation, Outcome.UNCHANGED)
    grant = Grant(operation.level, operation.origin.actor, operation.at, position, operation.ends_at)
    return now_with(
        state, position, operation, grants={**access.grants, operation.group: {**granted, grantee: grant}}
    )


def _describe(state: OwnerState, position: Position, operation: Describe) -> Stepped:
    access = access_of(state)
    settings = {**access.settings, **operation.settings}
    after = replace(
        access,
        name=access.name if operation.name is None else operation.name,
        slug=access.slug if operation.slug is None else operation.slug,
        settings={key: value for key, value in settings.items() if value is not None},
        retention=_retention_after(access, operation),
    )
    if after == access and operation.before is None:  # else it was done elsewhere, and is told of here
        return refused(state, position, operation, Outcome.UNCHANGED)
    return now(state, position, operation, after)


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


def _end_organization(state: OwnerState, position: Position, operation: EndOrganization) -> Stepped:
    if operation.ends_at == access_of(state).ends_at:
        return refused(state, position, operation, Outcome.UNCHANGED)
    return now_with(state, position, operation, ends_at=operation.ends_at)


def _look_in(state: OwnerState, position: Position, operation: LookIn) -> Stepped:
    """That it was done is what counts; nothing is another than before, but for what is open."""
    if operation.step == "list" and live(state, operation) is None:
        return refused(state, position, operation, Outcome.GROUP_GONE)
    settings = settings_after(access_of(state).settings, operation)
    return now_with(state, position, operation, settings=settings)


def _export_list(state: OwnerState, position: Position, operation: ExportList) -> Stepped:
    """Nothing is another than before: not even the version of the list."""
    group = live(state, operation)
    if group is None:
        return refused(state, position, operation, Outcome.GROUP_GONE)
    return state, Change(position, operation, APPLIED, group, access=access_of(state))


ACCESS_STEPS: dict[type, Step] = {
    Admit: _admit,
    ChangeMember: _change_member,
    **LEAVING_STEPS,
    OfferOwnership: _offer_ownership,
    TakeOwnership: _take_ownership,
    SetTeam: _set_team,
    JoinTeam: _join_team,
    SetGrant: _set_grant,
    Describe: _describe,
    EndOrganization: _end_organization,
    LookIn: _look_in,
    ExportList: _export_list,
}
