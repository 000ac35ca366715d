"""``/api/v1/…/domains``: which domains are an organization's own; and joining one by one's address."""

from datetime import datetime
from typing import Final

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from sertantai.core.ids import OwnerId
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.pagination import Page
from sertantai.organizations.domains import Domain, Mode
from sertantai.organizations.model import OrganizationFacts
from sertantai.web.api.organizations import organization_answer
from sertantai.web.requests import asked, organization_of, user_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH: Final = "/organizations/{organization:str}/domains"
ONE: Final = f"{PATH}/{{domain:str}}"


class NewDomain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    domain: str


class DomainChanges(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    mode: Mode


class DnsRecord(msgspec.Struct, frozen=True):
    name: str
    type: str
    text: str


class DomainFacts(msgspec.Struct, frozen=True):
    """``record``: what its DNS must say. ``mode``: whether people with a confirmed address there are shown
    the organization (``suggest``), or let in when they sign in (``admit``). ``missing_since``: it was
    verified, but the record is gone: nobody joins by it, and in a week it is verified no more."""

    domain: str
    mode: Mode
    record: DnsRecord
    added_at: datetime
    verified_at: datetime | None
    checked_at: datetime | None
    missing_since: datetime | None


class JoinableOrganization(msgspec.Struct, frozen=True):
    id: OwnerId
    slug: str
    name: str


@get(PATH, guards=[signed_in], opt=FOR_READING, summary="Domains of an organisation")
async def list_domains(request: AnyRequest, organization: FromPath[str]) -> Page[DomainFacts]:
    standing = (await organization_of(request, organization)).standing()
    return Page([_facts(one) for one in await services(request).domains.all(standing)], None)


@post(PATH, guards=[signed_in], summary="Add a domain, to be proven")
async def add_domain(
    request: AnyRequest, organization: FromPath[str], data: JSONBody[NewDomain]
) -> Response[DomainFacts]:
    standing = (await organization_of(request, organization)).standing()
    made = await services(request).domains.add(standing, data.domain)
    return Response(_facts(made), status_code=201)


@post(f"{ONE}/check", guards=[signed_in], status_code=200, summary="Look at a domain's DNS now")
async def check_domain(
    request: AnyRequest, organization: FromPath[str], domain: FromPath[str]
) -> DomainFacts:
    """``verified_at`` says whether it is proven."""
    standing = (await organization_of(request, organization)).standing()
    return _facts(await services(request).domains.check(standing, domain))


@patch(ONE, guards=[signed_in], summary="Suggest an organisation to people of a domain, or admit them")
async def update_domain(
    request: AnyRequest, organization: FromPath[str], domain: FromPath[str], data: JSONBody[DomainChanges]
) -> DomainFacts:
    standing = (await organization_of(request, organization)).standing()
    return _facts(await services(request).domains.set_mode(standing, domain, data.mode))


@delete(ONE, guards=[signed_in], summary="Remove a domain; members stay")
async def remove_domain(request: AnyRequest, organization: FromPath[str], domain: FromPath[str]) -> None:
    standing = (await organization_of(request, organization)).standing()
    await services(request).domains.remove(standing, domain)


@get("/joinable-organizations", guards=[signed_in], summary="Organisations that I may join")
async def list_joinable(request: AnyRequest) -> Page[JoinableOrganization]:
    """By the domain of my address, if it is confirmed; none that I am in."""
    found = await services(request).joining.offered(await user_of(request))
    return Page([JoinableOrganization(one.id, one.slug, one.name) for one in found], None)


@post(
    "/joinable-organizations/{organization:str}",
    guards=[signed_in],
    opt={PURPOSE: "join an organisation", OPTION: LimitClass.CHANGES},
    status_code=200,
    summary="Join an organisation by the domain of my address",
)
async def join_organization(request: AnyRequest, organization: FromPath[str]) -> OrganizationFacts:
    by = asked(request).by
    joined = await services(request).joining.join(by, await user_of(request), organization)
    return await organization_answer(request, joined)


def _facts(one: Domain) -> DomainFacts:
    return DomainFacts(
        one.domain,
        one.mode,
        DnsRecord(one.record_name, "TXT", one.record_text),
        one.added_at,
        one.verified_at,
        one.checked_at,
        one.missing_since,
    )


ROUTES = [
    list_domains,
    add_domain,
    check_domain,
    update_domain,
    remove_domain,
    list_joinable,
    join_organization,
]
