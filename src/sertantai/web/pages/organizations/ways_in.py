"""``/organizations/{organization}/ways-in``: its domains, and with what its people sign in."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from sertantai.accounts.providers.provider_settings import NewProvider, Stated
from sertantai.core.errors import NotFound, SertantaiError
from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.lists.access import Lists
from sertantai.organizations.domains import Mode
from sertantai.web.pages.organizations.frame import PATH, Refused, answer, done, frame, path_of
from sertantai.web.parts.forms import form_fields
from sertantai.web.requests import accounts_of, organization_of
from sertantai.web.services import AnyRequest, services

ALL: Final = f"{PATH}/ways-in"
ADD, DOMAIN, SIGN_IN = "add", "domain", "sign-in"


@get(ALL, guards=[signed_in], include_in_schema=False)
async def ways_in_page(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    return await _page(request, await organization_of(request, organization))


@post(ALL, guards=[signed_in], include_in_schema=False)
async def add_domain(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    lists = await organization_of(request, organization)
    text = (await form_fields(request, "domain"))["domain"]
    try:
        made = await services(request).domains.add(lists.standing(), text)
    except SertantaiError as error:
        return await _page(request, lists, Refused(error, ADD), typed=text)
    return _back(request, lists, f"Now put the TXT of {made.shown} into its DNS, then check it.")


@post(f"{ALL}/domain", guards=[signed_in], include_in_schema=False)
async def change_domain(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    """``do`` is check, suggest, admit or remove."""
    lists = await organization_of(request, organization)
    fields = await form_fields(request, "domain", "do")
    domains, standing, domain = services(request).domains, lists.standing(), fields["domain"]
    try:
        if fields["do"] == "check":
            found = await domains.check(standing, domain)
            proven = found.verified_at is not None and found.missing_since is None
            said = (
                f"{found.shown} is proven."
                if proven
                else f"The DNS of {found.shown} does not hold its TXT yet."
            )
        elif fields["do"] == "remove":
            await domains.remove(standing, domain)
            said = "The domain has been removed. Members stay."
        else:
            mode = Mode.ADMIT if fields["do"] == Mode.ADMIT else Mode.SUGGEST
            await domains.set_mode(standing, domain, mode)
            said = "Saved."
    except SertantaiError as error:
        return await _page(request, lists, Refused(error, DOMAIN))
    return _back(request, lists, said)


@post(f"{ALL}/sign-in", guards=[signed_in], include_in_schema=False)
async def set_provider(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    """An empty secret leaves the one of before."""
    lists = await organization_of(request, organization)
    fields = await form_fields(request, "issuer", "client_id", "client_secret")
    wanted = NewProvider(fields["issuer"], fields["client_id"], fields["client_secret"] or None)
    try:
        await services(request).providers.save(lists.standing(), wanted)
    except SertantaiError as error:
        return await _page(request, lists, Refused(error, SIGN_IN), provider=fields)
    return _back(request, lists, "The sign-in has been saved.")


@post(f"{ALL}/sign-in/remove", guards=[signed_in], include_in_schema=False)
async def remove_provider(request: AnyRequest, organization: FromPath[str]) -> Response[Any]:
    lists = await organization_of(request, organization)
    try:
        await services(request).providers.remove(lists.standing())
    except NotFound:
        return _back(request, lists, "There is no sign-in any more.")
    return _back(request, lists, "The sign-in has been removed. Accounts and members stay.")


async def _page(
    request: AnyRequest,
    lists: Lists,
    refused: Refused | None = None,
    typed: str = "",
    provider: dict[str, str] | None = None,
) -> Response[Any]:
    standing = lists.standing()
    rights = standing.rights
    if not rights & {Right.DOMAINS, Right.SSO}:
        lists.require(Right.DOMAINS)
    stated = await services(request).providers.stated(standing) if Right.SSO in rights else None
    url = accounts_of(request).letters.url(f"/sign-in/with/{standing.organization}")
    return answer(
        request,
        "organizations/ways_in.html",
        refused,
        org=frame(lists),
        path=f"{path_of(standing)}/ways-in",
        domains=await services(request).domains.all(standing) if Right.DOMAINS in rights else None,
        typed=typed,
        may_sign_in=Right.SSO in rights,
        provider=provider or _typed(stated),
        stated=stated,
        redirect_uri=f"{url}/callback",
    )


def _typed(stated: Stated | None) -> dict[str, str]:
    if stated is None:
        return {"issuer": "", "client_id": ""}
    return {"issuer": stated.issuer, "client_id": stated.client_id}


def _back(request: AnyRequest, lists: Lists, words: str) -> Response[Any]:
    return done(request, f"{path_of(lists.standing())}/ways-in", words)


ROUTES = [ways_in_page, add_domain, change_domain, set_provider, remove_provider]
