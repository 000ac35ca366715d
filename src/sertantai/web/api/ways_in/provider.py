"""``/api/v1/…/sign-in``: with which provider of OpenID Connect the people of an organization sign in."""

from datetime import datetime
from typing import Final

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath, JSONBody

from sertantai.accounts.providers.provider_settings import NewProvider
from sertantai.http.guards import signed_in
from sertantai.organizations.standing import Standing
from sertantai.web.requests import accounts_of, organization_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH: Final = "/organizations/{organization:str}/sign-in"


class ProviderWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``client_secret`` left out or null: the one of before, if the issuer is the one of before."""

    issuer: str
    client_id: str
    client_secret: str | None = None


class ProviderFacts(msgspec.Struct, frozen=True):
    """``issuer`` null: none is set. ``domains``: whose people it may sign in, those that are proven.
    ``redirect_uri``: what the provider must be told; ``url``: where people sign in."""

    issuer: str | None
    client_id: str | None
    has_secret: bool
    changed_at: datetime | None
    domains: list[str]
    redirect_uri: str
    url: str


@get(PATH, guards=[signed_in], opt=FOR_READING, summary="With what people of an organisation sign in")
async def get_provider(request: AnyRequest, organization: FromPath[str]) -> ProviderFacts:
    return await _facts(request, (await organization_of(request, organization)).standing())


@put(PATH, guards=[signed_in], summary="Set an organisation's provider of OpenID Connect")
async def set_provider(
    request: AnyRequest, organization: FromPath[str], data: JSONBody[ProviderWanted]
) -> ProviderFacts:
    """Once it has answered. The secret is never shown again."""
    standing = (await organization_of(request, organization)).standing()
    wanted = NewProvider(data.issuer, data.client_id, data.client_secret)
    await services(request).providers.save(standing, wanted)
    return await _facts(request, standing)


@delete(PATH, guards=[signed_in], summary="Remove an organisation's provider; accounts and members stay")
async def remove_provider(request: AnyRequest, organization: FromPath[str]) -> None:
    standing = (await organization_of(request, organization)).standing()
    await services(request).providers.remove(standing)


async def _facts(request: AnyRequest, standing: Standing) -> ProviderFacts:
    stated = await services(request).providers.stated(standing)
    url = accounts_of(request).letters.url(f"/sign-in/with/{standing.organization}")
    return ProviderFacts(
        stated.issuer if stated else None,
        stated.client_id if stated else None,
        stated.has_secret if stated else False,
        stated.changed_at if stated else None,
        stated.domains if stated else [],
        f"{url}/callback",
        url,
    )


ROUTES = [get_provider, set_provider, remove_provider]
