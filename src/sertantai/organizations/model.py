"""What callers see of organizations."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from sertantai.core.ids import OwnerId, TeamId, UserId


class Kept(msgspec.Struct, frozen=True):
    """For how long the trail is kept, in whole months beside the current one: ``months`` as asked here (0: as
    the site's), ``site_months`` by the site (0: for ever). ``next_months`` is in force from ``next_from``
    on."""

    months: int
    site_months: int
    next_months: int | None = None
    next_from: datetime | None = None


class OrganizationFacts(msgspec.Struct, frozen=True):
    """An organization as one of its members sees it. ``rights``: what they may do outside of single lists."""

    id: OwnerId
    slug: str
    name: str
    role: str
    members: int
    lists: int
    created_at: datetime | None
    settings: dict[str, object]
    rights: Sequence[str]
    ownership_offered_to: UserId | None = None
    ends_at: datetime | None = None
    audit_retention: Kept | None = None


class MemberName(msgspec.Struct, frozen=True, omit_defaults=True):
    """``email`` is left out for who may not see addresses."""

    id: UserId
    name: str
    email: str | None = None


class MemberFacts(msgspec.Struct, frozen=True):
    """``permissions``: what the member is allowed, or denied, beside their role."""

    user: MemberName
    role: str
    permissions: dict[str, list[str]]
    joined_at: datetime
    teams: Sequence[TeamId]
    suspended: bool


class TeamFacts(msgspec.Struct, frozen=True):
    """``members``: how many. Who they are is asked of the members."""

    id: TeamId
    name: str
    members: int


class ListedMember(msgspec.Struct, frozen=True):
    """A member as the site's operator sees them."""

    id: UserId
    email: str | None
    name: str
    role: str
    joined_at: datetime
    suspended: bool


class Listed(msgspec.Struct, frozen=True):
    """An organization as the site's operator sees it: nothing of what is in it."""

    id: OwnerId
    slug: str
    name: str
    members: int
    created_at: datetime
    ends_at: datetime | None


class Sized(msgspec.Struct, frozen=True):
    """How much there is in an organization, and nothing of it: for the site's administrators."""

    id: OwnerId
    slug: str
    name: str
    members: int
    lists: int
    created_at: datetime
    ends_at: datetime | None
