"""``/admin/retention``: what goes next, what is kept for how long, what is held, and what was done."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.core.errors import DatabaseUnavailable, SertantaiError
from sertantai.core.ids import parse_uuid
from sertantai.core.lasting.policies import SETTING_OF
from sertantai.http.aside import aside
from sertantai.http.guards import admin
from sertantai.http.pages.rendering import page
from sertantai.http.problems import status_of
from sertantai.retention import wording
from sertantai.retention.plan import Plan, parse_day
from sertantai.retention.report import as_html
from sertantai.retention.service import RetentionDesk
from sertantai.web.api.retention.desk import YEAR, desk_of
from sertantai.web.parts.forms import form_fields
from sertantai.web.query import Shape, text
from sertantai.web.requests import session_caller_of
from sertantai.web.services import AnyRequest

PATH: Final = "/admin/retention"
RELEASED_SHOWN: Final = 20


class RetentionAsked(msgspec.Struct, frozen=True):
    on: str = ""


RETENTION: Final = Shape(RetentionAsked, {"on": text()})


@get(PATH, guards=[admin], opt=RETENTION.opt, include_in_schema=False)
async def retention(request: AnyRequest) -> Response[Any]:
    return await _page(request, RETENTION.of(request).on)


async def _page(
    request: AnyRequest, on: str = "", error: SertantaiError | None = None, form: Mapping[str, str] = {}
) -> Response[Any]:
    desk = desk_of(request)
    now = desk.clock.now()
    acts, last_run = await desk.done()
    holds = await desk.holds.all()
    return page(
        request,
        "admin/retention.html",
        status=200 if error is None else status_of(error),
        on=on,
        today=now.date().isoformat(),
        plan=await _plan(desk, on),
        policies=await desk.policies.all(),
        settings={str(about): setting for about, setting in SETTING_OF.items()},
        holds=[hold for hold in holds if hold.released_at is None],
        released=[hold for hold in holds if hold.released_at is not None][:RELEASED_SHOWN],
        acts=acts,
        last_run=last_run,
        year=now.year,
        words=wording,
        about=wording.about_in_words,
        error=None if error is None else error.message,
        error_field=None if error is None else error.field,
        form=form,
    )


async def _plan(desk: RetentionDesk, on: str) -> Plan | None:
    """None: there is too much to count while somebody waits."""
    moment = parse_day(on, desk.clock.now()) if on else None
    try:
        return await desk.plan(moment)
    except DatabaseUnavailable:
        return None


@post(f"{PATH}/holds", guards=[admin], include_in_schema=False)
async def place(request: AnyRequest) -> Response[Any]:
    form = await form_fields(request, "scope", "target", "reason")
    by = session_caller_of(request).user_id
    try:
        await desk_of(request).holds.place(form["scope"], form["target"].strip() or None, form["reason"], by)
    except SertantaiError as error:
        return await _page(request, error=error, form=form)
    return Redirect(PATH, status_code=HTTP_303_SEE_OTHER)


@post(f"{PATH}/holds/{{hold:str}}/release", guards=[admin], include_in_schema=False)
async def release(request: AnyRequest, hold: FromPath[str]) -> Response[Any]:
    form = await form_fields(request, "release_reason")
    by = session_caller_of(request).user_id
    await desk_of(request).holds.release(parse_uuid(hold, "hold"), form["release_reason"], by)
    return Redirect(PATH, status_code=HTTP_303_SEE_OTHER)


@get(f"{PATH}/certificate", guards=[admin], opt=YEAR.opt, include_in_schema=False)
async def certificate_file(request: AnyRequest) -> Response[str]:
    desk = desk_of(request)
    found = await desk.certificate(YEAR.of(request).year or desk.clock.now().year)
    name = f"removed-{found.year}.html"
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(await aside(as_html, found), media_type="text/html; charset=utf-8", headers=headers)


ROUTES = [retention, place, release, certificate_file]
