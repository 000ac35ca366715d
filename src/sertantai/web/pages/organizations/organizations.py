"""``/organizations``: those that somebody is in, and the form for a new one."""

from typing import Any, Final, NamedTuple

import msgspec
from litestar import Response, get, post

from sertantai.core.errors import DatabaseUnavailable, InvalidInput, SertantaiError
from sertantai.core.spelling import one_line
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.lists.access import Lists
from sertantai.lists.groups import listed
from sertantai.organizations.display_names import name_of_address
from sertantai.organizations.joining import Joinable
from sertantai.organizations.organizations import NAME_CHARACTERS_MAX
from sertantai.web.pages.organizations.frame import MINE, Frame, Refused, answer, done, frame, path_of
from sertantai.web.parts.forms import form_fields
from sertantai.web.requests import asked, caller_of, organization_of, user_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

TEMPLATE: Final = "organizations/organizations.html"


class Mine(NamedTuple):
    """An organization in a line; ``lists``: how many of them whoever looks may read."""

    frame: Frame
    lists: int


class Typed(msgspec.Struct, frozen=True):
    """What the form says, so that nothing has to be typed twice."""

    name: str = ""
    slug: str = ""
    your_name: str = ""


@get(
    MINE,
    guards=[signed_in],
    opt={**FOR_READING, PURPOSE: "work with others"},
    include_in_schema=False,
)
async def organizations_page(request: AnyRequest) -> Response[bytes]:
    return await _page(request, Typed(your_name=name_of_address(caller_of(request).email or "")))


@post(MINE, guards=[signed_in], opt={PURPOSE: "work with others"}, include_in_schema=False)
async def create_organization(request: AnyRequest) -> Response[Any]:
    fields = await form_fields(request, "name", "slug", "your_name")
    typed = Typed(**{name: value.strip() for name, value in fields.items()})
    try:
        made = await services(request).organizations.make(
            asked(request).by, _checked(typed.your_name), typed.name, typed.slug.lower() or None
        )
    except SertantaiError as error:
        return await _page(request, typed, Refused(error, "new"))
    return done(request, path_of(made), f"The organisation “{made.access.name}” has been created.")


@post("/join-organization", guards=[signed_in], opt={PURPOSE: "work with others"}, include_in_schema=False)
async def join(request: AnyRequest) -> Response[Any]:
    reference = (await form_fields(request, "organization"))["organization"]
    try:
        joined = await services(request).joining.join(asked(request).by, await user_of(request), reference)
    except SertantaiError as error:
        return await _page(request, Typed(), Refused(error, "join"))
    standing = (await organization_of(request, str(joined))).standing()
    return done(request, path_of(standing), f"Welcome to “{standing.access.name}”.")


async def _page(request: AnyRequest, typed: Typed, refused: Refused | None = None) -> Response[bytes]:
    mine = await services(request).access.organizations_of(asked(request))
    return answer(
        request,
        TEMPLATE,
        refused,
        mine=[_line(lists) for lists in mine],
        joinable=await _joinable(request),
        typed=typed,
    )


async def _joinable(request: AnyRequest) -> list[Joinable]:
    """By the domain of one's address; none to a token, and while the database is not available."""
    if caller_of(request).session_id is None:
        return []
    try:
        return await services(request).joining.offered(await user_of(request))
    except DatabaseUnavailable:
        return []


def _line(lists: Lists) -> Mine:
    return Mine(frame(lists), sum(map(lists.may_read, listed(lists.state))))


def _checked(name: str) -> str:
    name = one_line(name, "your_name")
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        raise InvalidInput(f"Your name: 1 to {NAME_CHARACTERS_MAX} characters.", field="your_name")
    return name


ROUTES = [organizations_page, create_organization, join]
