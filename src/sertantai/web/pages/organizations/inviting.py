"""Invitations that wait to be accepted, as pages show them."""

from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID

from sertantai.core.errors import DatabaseUnavailable
from sertantai.core.ids import TeamId
from sertantai.core.rights import Right, Role
from sertantai.organizations.invitation_rows import Invitation
from sertantai.organizations.shown import name_in
from sertantai.organizations.standing import Standing
from sertantai.web.parts.rights_wording import ROLES
from sertantai.web.services import AnyRequest, services

SHOWN: Final = 200


class Pending(NamedTuple):
    """``email`` is empty for a link, which ``uses`` people may still use, with an address in ``domains``."""

    id: UUID
    email: str
    role: str
    teams: list[str]
    by: str
    expires_at: datetime
    uses: int
    domains: list[str]


async def pending_of(request: AnyRequest, standing: Standing) -> list[Pending] | None:
    """The newest first; None for who may not invite, and while the database is not available."""
    if Right.INVITE not in standing.rights:
        return None
    try:
        found = await services(request).invitations.pending(standing)
    except DatabaseUnavailable:
        return None
    return [_shown(standing, one) for one in found[:SHOWN]]


def _shown(standing: Standing, one: Invitation) -> Pending:
    access = standing.access
    return Pending(
        id=one.id,
        email=one.email or "",
        role=ROLES[Role(one.role)],
        teams=[name for team in one.teams if (name := access.teams.get(TeamId(team))) is not None],
        by=name_in(access, one.invited_by),
        expires_at=one.expires_at,
        uses=one.uses_max - one.used,
        domains=one.domains,
    )
