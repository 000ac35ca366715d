"""``/groups/{group}/links``: who may read a list without an account, until when; made and revoked."""

from datetime import datetime, timedelta
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.audit.queries import parse_moment
from sertantai.core.errors import InvalidInput, SertantaiError
from sertantai.core.ids import parse_uuid
from sertantai.core.rights import Right
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.pages.notices import saying
from sertantai.http.pages.rendering import page
from sertantai.http.pages.time_zone import reader_zone
from sertantai.http.problems import problem_of, status_of
from sertantai.lists.access import Allowed
from sertantai.lists.together.links import LIFETIME, LIFETIME_MAX
from sertantai.lists.together.suggestions import name_of
from sertantai.web.parts.forms import form_fields
from sertantai.web.parts.list_summary import summary_in
from sertantai.web.parts.rights_wording import refusal
from sertantai.web.parts.shared_lists import shared
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH: Final = "/groups/{group:str}/links"


@get(PATH, guards=[signed_in], opt={**FOR_READING, PURPOSE: "share your lists"}, include_in_schema=False)
async def links_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    return await _page(request, await allowed(request, group, Right.SHARE))


@post(PATH, guards=[signed_in], include_in_schema=False)
async def make_link(request: AnyRequest, group: FromPath[str]) -> Response[Any]:
    """``until`` is the last day on which it is good, where whoever asks is."""
    found = await allowed(request, group, Right.SHARE)
    fields = await form_fields(request, "until", "notes")
    try:
        until = _until(request, fields["until"])
        _, token = await services(request).links.make(found, until, notes=bool(fields["notes"]))
    except SertantaiError as error:
        return await _page(request, found, error, fields)
    now = await allowed(request, group, Right.SHARE)
    return await _page(request, now, link=services(request).links.url(token))


@post(f"{PATH}/{{link:str}}/revoke", guards=[signed_in], include_in_schema=False)
async def revoke_link(request: AnyRequest, group: FromPath[str], link: FromPath[str]) -> Response[Any]:
    found = await allowed(request, group, Right.SHARE)
    await services(request).links.revoke(found, parse_uuid(link, "link"))
    back = Redirect(f"/groups/{found.group.id}/links", status_code=HTTP_303_SEE_OTHER)
    return saying(request, back, "The link has been revoked.")


async def _page(
    request: AnyRequest,
    found: Allowed,
    error: SertantaiError | None = None,
    typed: dict[str, str] | None = None,
    link: str = "",
) -> Response[bytes]:
    zone, now = reader_zone(request), services(request).clock.now()
    usual = (now + LIFETIME).astimezone(zone).date().isoformat()
    links = await services(request).links.links(found)
    is_restricted = found.access is not None and found.group.restricted
    return page(
        request,
        "lists/links.html",
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        error=refusal(error) if error else "",
        error_field=(error.field or "") if error else "",
        list=summary_in(found, found.group),
        shared=shared(found, found.group),
        links=links,
        names={one.made_by: "" if found.access is None else name_of(found, one.made_by) for one in links},
        may_make=Right.LINK in found.rights(found.group) and not is_restricted,
        is_restricted=is_restricted,
        link=link,
        until=(typed or {}).get("until") or usual,
        notes=bool((typed or {}).get("notes")),
        first_day=now.astimezone(zone).date().isoformat(),
        last_day=(now + LIFETIME_MAX - timedelta(days=1)).astimezone(zone).date().isoformat(),
        path=f"/groups/{found.group.id}/links",
    )


def _until(request: AnyRequest, day: str) -> datetime:
    """The last second of that day, where the reader is. It has to be said: an empty form makes no link."""
    if not day:
        raise InvalidInput("expires_at: choose the last day on which it is good.", field="expires_at")
    moment = parse_moment(day, "expires_at", end=True, zone=reader_zone(request))
    return moment - timedelta(seconds=1)


ROUTES = [links_page, make_link, revoke_link]
