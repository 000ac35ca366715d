"""``/api/v1/organizations``: made, described, handed over, ended. To whoever is no member there is none.

A personal token reads only: who may do what is decided by somebody who has signed in.
"""

from typing import Any

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody
from msgspec import UNSET, UnsetType

from sertantai.core.ids import OwnerId, UserId
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.pagination import Page
from sertantai.lists.access import Lists
from sertantai.lists.groups import listed
from sertantai.organizations.display_names import name_of_address
from sertantai.organizations.model import OrganizationFacts
from sertantai.organizations.shown import kept_in, organization_facts
from sertantai.web.requests import asked, caller_of, organization_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH = "/organizations/{organization:str}"


class NewOrganization(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without a ``slug`` one is made of the name."""

    name: str
    slug: str | None = None


class OrganizationChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is left out stays as it is; null takes a setting away."""

    name: str | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    settings: dict[str, Any] = {}


class OwnershipOffer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``member`` null: to nobody any more."""

    member: UserId | None


@get(
    "/organizations",
    guards=[signed_in],
    opt={**FOR_READING, PURPOSE: "work with others"},
    summary="My organisations",
)
async def list_organizations(request: AnyRequest) -> Page[OrganizationFacts]:
    """All that I am a member of, in the order in which I came in."""
    found = await services(request).access.organizations_of(asked(request))
    made = await services(request).directory.created_at([lists.owner for lists in found])
    return Page([_facts(request, lists, made.get(lists.owner)) for lists in found], None)


@post(
    "/organizations",
    guards=[signed_in],
    opt={PURPOSE: "create organisations"},
    summary="Create an organisation",
)
async def create_organization(
    request: AnyRequest, data: JSONBody[NewOrganization]
) -> Response[OrganizationFacts]:
    caller = caller_of(request)
    made = await services(request).organizations.make(
        asked(request).by, name_of_address(caller.email or ""), data.name, data.slug
    )
    return Response(await organization_answer(request, made.organization), status_code=201)


@get(PATH, guards=[signed_in], opt=FOR_READING, summary="An organisation")
async def get_organization(request: AnyRequest, organization: FromPath[str]) -> OrganizationFacts:
    return await _shown(request, await organization_of(request, organization))


@patch(PATH, guards=[signed_in], summary="Rename an organisation, or change its settings")
async def update_organization(
    request: AnyRequest, organization: FromPath[str], data: JSONBody[OrganizationChanges]
) -> OrganizationFacts:
    lists = await organization_of(request, organization)
    await services(request).organizations.describe(
        lists.standing(),
        name=None if data.name is UNSET else data.name,
        slug=None if data.slug is UNSET else data.slug,
        settings=data.settings,
    )
    return await organization_answer(request, lists.owner)


@delete(PATH, guards=[signed_in], summary="End an organisation in 30 days")
async def end_organization(request: AnyRequest, organization: FromPath[str]) -> None:
    """Until then it can be read, and restored."""
    lists = await organization_of(request, organization)
    await services(request).organizations.end(lists.standing())


@post(f"{PATH}/restore", guards=[signed_in], status_code=200, summary="Do not end an organisation after all")
async def restore_organization(request: AnyRequest, organization: FromPath[str]) -> OrganizationFacts:
    lists = await organization_of(request, organization)
    await services(request).organizations.go_on(lists.standing())
    return await organization_answer(request, lists.owner)


@post(f"{PATH}/ownership", guards=[signed_in], status_code=200, summary="Offer ownership to a member")
async def offer_ownership(
    request: AnyRequest, organization: FromPath[str], data: JSONBody[OwnershipOffer]
) -> OrganizationFacts:
    lists = await organization_of(request, organization)
    await services(request).organizations.offer_ownership(lists.standing(), data.member)
    return await organization_answer(request, lists.owner)


@post(
    f"{PATH}/ownership/accept",
    guards=[signed_in],
    status_code=200,
    summary="Accept the ownership that I was offered",
)
async def accept_ownership(request: AnyRequest, organization: FromPath[str]) -> OrganizationFacts:
    lists = await organization_of(request, organization)
    await services(request).organizations.take_ownership(lists.standing())
    return await organization_answer(request, lists.owner)


async def organization_answer(request: AnyRequest, organization: OwnerId) -> OrganizationFacts:
    """What it is by now."""
    return await _shown(request, await organization_of(request, str(organization)))


async def _shown(request: AnyRequest, lists: Lists) -> OrganizationFacts:
    made = await services(request).directory.created_at([lists.owner])
    return _facts(request, lists, made.get(lists.owner))


def _facts(request: AnyRequest, lists: Lists, created_at: Any) -> OrganizationFacts:
    readable = sum(map(lists.may_read, listed(lists.state)))
    service, standing = services(request), lists.standing()
    kept = kept_in(standing.access, service.organizations.site_retention_months, service.clock.now())
    return organization_facts(standing, readable, created_at, kept)


ROUTES = [
    list_organizations,
    create_organization,
    get_organization,
    update_organization,
    end_organization,
    restore_organization,
    offer_ownership,
    accept_ownership,
]
