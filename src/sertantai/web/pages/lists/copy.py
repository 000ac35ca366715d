"""``/groups/{group}/copy``: a new list as a copy of this one."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.core.errors import InvalidInput, SertantaiError
from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.http.pages.notices import saying
from sertantai.http.pages.rendering import page
from sertantai.http.problems import problem_of, status_of
from sertantai.lists.access import Allowed, Lists
from sertantai.lists.between.copying import CopyWanted
from sertantai.lists.between.receiving import may_come
from sertantai.lists.groups import NAME_CHARACTERS_MAX, OPEN, RESTRICTED, fitting_name
from sertantai.organizations.settings import comes_restricted
from sertantai.web.api.organization_lists import ME, receiver
from sertantai.web.parts.forms import form_fields
from sertantai.web.parts.list_summary import summary_in
from sertantai.web.parts.rights_wording import refusal
from sertantai.web.parts.shared_lists import may_of, shared
from sertantai.web.requests import allowed, asked, lists_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH: Final = "/groups/{group:str}/copy"
FIELDS: Final = ("to", "name", "notes", "tags", "order")


@get(PATH, guards=[signed_in], opt=FOR_READING, include_in_schema=False)
async def copy_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    return await _page(request, await allowed(request, group, Right.READ))


@post(PATH, guards=[signed_in], include_in_schema=False)
async def copy_list(request: AnyRequest, group: FromPath[str]) -> Response[Any]:
    """``to``: an organization's UUID, or ``me``; an empty ``name`` is that of the list."""
    found = await allowed(request, group, Right.READ)
    fields = await form_fields(request, *FIELDS)
    try:
        if not fields["to"]:
            raise InvalidInput("Choose where the copy goes.", field="to")
        to = await receiver(request, fields["to"], keyed=True)
        parts = {part: bool(fields[part]) for part in ("notes", "tags", "order")}
        wanted = CopyWanted(fields["name"].strip() or None, **parts)
        made = await services(request).copying.copy(found, to, wanted)
    except SertantaiError as error:
        return await _page(request, found, error, fields)
    back = Redirect(f"/groups/{made.group.id}", status_code=HTTP_303_SEE_OTHER)
    return saying(request, back, "The list was copied. You are looking at the copy.")


async def _page(
    request: AnyRequest,
    found: Allowed,
    error: SertantaiError | None = None,
    fields: Mapping[str, str] | None = None,
) -> Response[bytes]:
    places = await _places(request, found)
    list_ = summary_in(found, found.group)
    here = next((lists for lists in places if lists.owner == found.owner), None)
    name = list_.name if here is None else fitting_name(here.state, list_.name)
    usual = {"to": _value(found if here is not None or not places else places[0]), "name": name}
    usual |= dict.fromkeys(("notes", "tags", "order"), "1")
    return page(
        request,
        "lists/copy.html",
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        error=refusal(error) if error else "",
        list=list_,
        shared=shared(found, found.group),
        path=f"/groups/{found.group.id}/copy",
        places=[(_value(one), _called(one)) for one in places],
        fields=usual if fields is None else fields,
        name_max=NAME_CHARACTERS_MAX,
        is_restricted=found.group.restricted,
    )


async def _places(request: AnyRequest, found: Allowed) -> list[Lists]:
    """Where the copy can go: among one's own lists, and where one may create lists. Out of an organization
    only what one may take out of it."""
    organizations = await services(request).access.organizations_of(asked(request))
    takes_out = may_of(found, found.group).export
    places = [one for one in organizations if may_come(one) and (takes_out or one.owner == found.owner)]
    if found.access is None or takes_out:
        places.insert(0, await lists_of(request))
    # Where the list is comes first: the copy stays there unless something else is chosen.
    return sorted(places, key=lambda one: one.owner != found.owner)


def _value(lists: Lists) -> str:
    return ME if lists.access is None else str(lists.owner)


def _called(lists: Lists) -> str:
    access = lists.access
    if access is None:
        return "Your own lists"
    usual = RESTRICTED if comes_restricted(access) else OPEN
    return f"{access.name}: new lists are {usual}"


ROUTES = [copy_page, copy_list]
