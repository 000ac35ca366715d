"""Organizations made, described and ended; members changed; teams; what lists are granted.

Each is an operation of the organization's own log, so that it has its place among what members do.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, InvalidInput, PermissionNeeded
from sertantai.core.fold import Change
from sertantai.core.ids import GroupId, OperationId, OwnerId, TeamId, UserId
from sertantai.core.operations import (
    AccessOperation,
    Admit,
    ChangeMember,
    Describe,
    EndOrganization,
    Expel,
    JoinTeam,
    OfferOwnership,
    Origin,
    SetGrant,
    SetTeam,
    TakeOwnership,
    of_no_list,
)
from sertantai.core.rights import Level, Right, Role
from sertantai.core.sharing.permission import may_view_as
from sertantai.core.spelling import one_line
from sertantai.engine.engine import Engine
from sertantai.engine.errors import MemberNotFound
from sertantai.organizations.before_the_log import BeforeTheLog
from sertantai.organizations.errors import HasEnded, TooManyOrganizations
from sertantai.organizations.giving import require_grant, require_may_be_given, require_over
from sertantai.organizations.memberships import Memberships
from sertantai.organizations.settings import parsed_settings, retention_months
from sertantai.organizations.slugs import parse_slug
from sertantai.organizations.standing import Standing, who_can_give
from sertantai.postgres import Database
from sertantai.process.new_ids import new_id
from sertantai.sealing.notices import Notices

NAME_CHARACTERS_MAX: Final = 200
ORGANIZATIONS_OF_PERSON_MAX: Final = 50
MEMBERS_MAX: Final = 5_000
TEAMS_MAX: Final = 500
GRACE: Final = timedelta(days=30)
"""How long after it was asked for an organization ends; until then it can be read, and that called off."""


class Organizations:
    def __init__(
        self,
        database: Database,
        engine: Engine,
        memberships: Memberships,
        clock: Clock,
        site_retention_months: int = 0,
        notices: Notices | None = None,
    ) -> None:
        self.site_retention_months = site_retention_months
        self._database = database
        self._engine = engine
        self._memberships = memberships
        self._clock = clock
        self._before = BeforeTheLog(database, engine, clock, notices)

    # ------------------------------------------------------------------------------ the organization

    async def make(
        self,
        by: Origin,
        founder_name: str,
        name: str,
        slug: str | None = None,
        *,
        by_operator: bool = False,
    ) -> Standing:
        """A new one, whose owner is whoever asks. ``by_operator``: who asks for somebody else, and does it in
        the organization's own name.

        Raises `SlugTaken`, `SlugRefused`, `TooManyOrganizations`.
        """
        name = _name(name)
        await self.require_room_for(by.actor)
        organization = await self._before.principal(by.actor, name, slug)
        await self.perform(
            Admit,
            by_itself(organization) if by_operator else by,
            organization,
            member=by.actor,
            role=Role.OWNER,
            name=_name(founder_name),
            given_by=by.actor,
            way="founder",
        )
        return Standing(by, await self._engine.state(organization))

    def changes_of(self, person: UserId) -> int:
        """See `Memberships.changes_of`."""
        return self._memberships.changes_of(person)

    async def require_room_for(self, person: UserId) -> None:
        """Raises `TooManyOrganizations`."""
        if len([one async for one in self._memberships.of(person)]) >= ORGANIZATIONS_OF_PERSON_MAX:
            raise TooManyOrganizations(
                f"You are in {ORGANIZATIONS_OF_PERSON_MAX} organisations, which is the maximum."
            )

    async def describe(
        self,
        standing: Standing,
        *,
        name: str | None = None,
        slug: str | None = None,
        settings: dict[str, Any] | None = None,
    ) -> Standing:
        """None leaves as it is; a setting of None is taken away."""
        said = parsed_settings(settings or {})
        if said.retention_months is not None:
            standing.require(Right.RETENTION)
        if name is not None or slug is not None or said.settings or said.retention_months is None:
            standing.require(Right.SETTINGS)
        if slug is not None and slug != standing.access.slug:
            await self._before.take_slug(standing.organization, parse_slug(slug))
        await self.perform(
            Describe,
            standing.by,
            standing.organization,
            name=None if name is None else _name(name),
            slug=slug,
            settings=said.settings,
            **self._kept(said.retention_months),
        )
        return await self._now(standing)

    async def keep_trail(self, by: Origin, organization: OwnerId, months: int) -> Change:
        """For how long, see `core.lasting.retention`."""
        return await self.perform(Describe, by, organization, **self._kept(retention_months(months)))

    def _kept(self, months: int | None) -> dict[str, Any]:
        if months is None:
            return {}
        return {"audit_retention_months": months, "site_retention_months": self.site_retention_months}

    async def end(self, standing: Standing) -> Standing:
        """It can be read for 30 days more, and that it ends be called off. Asked again: the day stays."""
        standing.require(Right.END)
        if standing.access.ends_at is not None:
            return await self._now(standing)
        at = self._clock.now() + GRACE
        await self.perform(EndOrganization, standing.by, standing.organization, ends_at=at)
        return await self._now(standing)

    async def go_on(self, standing: Standing) -> Standing:
        """It does not end after all. Raises `HasEnded` once its last day is over."""
        standing.require(Right.END)
        ends_at = standing.access.ends_at
        if ends_at is not None and ends_at <= self._clock.now():
            raise HasEnded
        await self.perform(EndOrganization, standing.by, standing.organization, ends_at=None)
        return await self._now(standing)

    # ---------------------------------------------------------------------------------------- members

    async def admit(
        self,
        organization: OwnerId,
        by: Origin,
        member: UserId,
        *,
        role: Role,
        name: str,
        given_by: UserId,
        way: str,
        teams: Sequence[TeamId] = (),
    ) -> Change:
        """``given_by``: whose right lets them in; the organization's own id: it does itself."""
        await self.require_room_in(organization, member)
        return await self.perform(
            Admit,
            by,
            organization,
            member=member,
            role=role,
            name=_name(name),
            given_by=given_by,
            way=way,
            teams=tuple(teams),
        )

    async def require_room_in(self, organization: OwnerId, person: UserId) -> None:
        """Raises `Conflict` where there are as many members as can be, and ``person`` is none of them."""
        access = (await self._engine.state(organization)).access
        if access is not None and len(access.members) >= MEMBERS_MAX and person not in access.members:
            raise Conflict(f"The organisation has {MEMBERS_MAX:,} members, which is the maximum.")

    async def change_member(
        self,
        standing: Standing,
        member: UserId,
        *,
        role: Role | None = None,
        allow: Sequence[Right] | None = None,
        deny: Sequence[Right] | None = None,
        suspended: bool | None = None,
    ) -> Standing:
        """Raises `PermissionNeeded`, `MemberNotFound`, `LastOwner`."""
        standing.require(Right.MEMBERS_MANAGE)
        found = standing.access.members.get(member)
        if found is None:
            raise MemberNotFound
        require_over(standing, found.role)
        lifted = () if deny is None else found.deny - set(deny)
        require_may_be_given(standing, None if role is found.role else role, allow or (), lifted)
        await self.perform(
            ChangeMember,
            standing.by,
            standing.organization,
            member=member,
            role=None if role is found.role else role,
            allow=None if allow is None else tuple(allow),
            deny=None if deny is None else tuple(deny),
            suspended=suspended,
        )
        return await self._now(standing)

    async def view_as(self, standing: Standing, member: UserId) -> None:
        """Whoever asks begins to look at the lists as a member does: it stands in the trail. Raises
        `PermissionNeeded`, `MemberNotFound`."""
        standing.require(Right.MEMBERS_MANAGE)
        if member not in standing.access.members:
            raise MemberNotFound
        if not may_view_as(standing.access, standing.actor, member):
            raise PermissionNeeded(Right.MEMBERS_MANAGE.value, who_can_give(standing.access, standing.actor))
        await self.perform(ChangeMember, standing.by, standing.organization, member=member, viewed=True)

    async def stop_viewing(self, standing: Standing, member: UserId) -> None:
        await self.perform(ChangeMember, standing.by, standing.organization, member=member, viewed=False)

    async def rename_member(self, standing: Standing, name: str) -> Standing:
        """What colleagues are shown of oneself; done by the organization, as it is no right."""
        organization = standing.organization
        await self.perform(
            ChangeMember,
            by_itself(organization),
            organization,
            member=standing.actor,
            name=_name(name),
        )
        return await self._now(standing)

    async def expel(
        self, standing: Standing, member: UserId, hands: Mapping[GroupId, UserId] | None = None
    ) -> None:
        """``hands``: by list who manages it then. Raises `PermissionNeeded`, `LastOwner`."""
        if member != standing.actor:
            standing.require(Right.MEMBERS_MANAGE)
            if (found := standing.access.members.get(member)) is None:
                raise MemberNotFound
            require_over(standing, found.role)
        await self.perform(Expel, standing.by, standing.organization, member=member, hands=dict(hands or {}))

    async def offer_ownership(self, standing: Standing, member: UserId | None) -> Standing:
        standing.require(Right.TRANSFER)
        await self.perform(OfferOwnership, standing.by, standing.organization, member=member)
        return await self._now(standing)

    async def take_ownership(self, standing: Standing) -> Standing:
        if standing.access.offered != standing.actor:
            raise PermissionNeeded(Right.TRANSFER.value, who_can_give(standing.access, standing.actor))
        await self.perform(TakeOwnership, standing.by, standing.organization)
        return await self._now(standing)

    # ------------------------------------------------------------------------------- teams and grants

    async def make_team(self, standing: Standing, name: str, *, id: TeamId | None = None) -> TeamId:
        standing.require(Right.TEAMS)
        if len(standing.access.teams) >= TEAMS_MAX:
            raise Conflict(f"There are {TEAMS_MAX} teams, which is the maximum.")
        team = id or TeamId(new_id())
        await self.perform(SetTeam, standing.by, standing.organization, team=team, name=_name(name))
        return team

    async def rename_team(self, standing: Standing, team: TeamId, name: str | None) -> None:
        """Without a name it ends. Raises `MemberNotFound` where there is no such team."""
        standing.require(Right.TEAMS)
        if team not in standing.access.teams:
            raise MemberNotFound
        named = None if name is None else _name(name)
        await self.perform(SetTeam, standing.by, standing.organization, team=team, name=named)

    async def join_team(self, standing: Standing, team: TeamId, member: UserId, *, joined: bool) -> None:
        standing.require(Right.TEAMS)
        await self.perform(
            JoinTeam, standing.by, standing.organization, team=team, member=member, joined=joined
        )

    async def grant(
        self,
        standing: Standing,
        group: GroupId,
        grantee: UUID,
        level: Level | None,
        ends_at: datetime | None = None,
    ) -> Change:
        """A level of a list for a member or a team; None ends it. The door has seen to the right to it.
        Raises `PermissionNeeded` for a level above one's own."""
        require_grant(standing, group, grantee, level, self._clock.now())
        if ends_at is not None and ends_at <= self._clock.now():
            raise InvalidInput("expires_at: it is in the past.", field="expires_at")
        return await self.perform(
            SetGrant,
            standing.by,
            standing.organization,
            group=group,
            grantee=grantee,
            level=level,
            ends_at=ends_at,
        )

    # ------------------------------------------------------------------------------------- inside here

    async def perform(
        self,
        kind: type[AccessOperation],
        by: Origin,
        organization: OwnerId,
        *,
        group: GroupId | None = None,
        **fields: Any,
    ) -> Change:
        """One operation of the organization's log. The fold decides about it; but see `before_the_log`."""
        operation = kind(
            id=OperationId(new_id()),
            owner=organization,
            group=group or of_no_list(organization),
            at=self._clock.now(),
            origin=by,
            **fields,
        )
        await self.require_able_owner(operation)
        return await self._engine.perform(operation)

    async def require_able_owner(self, operation: AccessOperation) -> None:
        """Raises `OwnersShut`."""
        await self._before.require_able_owner(operation)

    async def _now(self, standing: Standing) -> Standing:
        return msgspec.structs.replace(standing, state=await self._engine.state(standing.organization))


def by_itself(organization: OwnerId) -> Origin:
    """What happens in an organization in its own name: by its operator, or by nobody."""
    return Origin(UserId(organization), source="system")


def _name(name: str) -> str:
    name = one_line(name, "name")
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        raise InvalidInput(f"name: 1 to {NAME_CHARACTERS_MAX} characters.", field="name")
    return name
