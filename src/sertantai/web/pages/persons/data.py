"""``/account/data``: what is held about me, taking it away, and erasing my account."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.core.errors import DatabaseUnavailable, SertantaiError
from sertantai.core.ids import UserId, parse_uuid
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import page
from sertantai.http.patience import TAKES_ITS_TIME
from sertantai.http.problems import problem_of, status_of
from sertantai.persons.certificate import stays
from sertantai.persons.desk import PersonsDesk
from sertantai.persons.model import DAYS, REASON_BYTES_MAX
from sertantai.persons.parts import NO_SECRETS, RECIPIENTS, Held
from sertantai.persons.wording import Voice, going, sentences, staying
from sertantai.web.api.persons.own_data import FILE_NAME, desk_of, erase_own, given
from sertantai.web.parts.forms import form_fields
from sertantai.web.requests import accounts_of, session_caller_of, user_of, without_session
from sertantai.web.services import AnyRequest

PATH: Final = "/account/data"
LEAVING: Final = {"member": "/organizations/{}/leave", "last_owner": "/organizations/{}/members"}
"""Where what is in the way can be ended."""


@get(PATH, guards=[signed_in], include_in_schema=False)
async def data(request: AnyRequest) -> Response[Any]:
    return await _page(request)


async def _page(request: AnyRequest, error: SertantaiError | None = None) -> Response[Any]:
    me, desk = session_caller_of(request).user_id, desk_of(request)
    return page(
        request,
        "persons/data.html",
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        held=await held_or_none(desk, me),
        recipients=RECIPIENTS,
        no_secrets=NO_SECRETS,
        file=await desk.file_of(me, me),
        has_password=await accounts_of(request).passwords.has_one(me),
        error=error,
    )


async def held_or_none(desk: PersonsDesk, person: UserId) -> list[Held] | None:
    """None: there is too much to count while somebody waits."""
    try:
        return await desk.held(person)
    except DatabaseUnavailable:
        return None


@post(f"{PATH}/exports", guards=[signed_in], opt={TAKES_ITS_TIME: True}, include_in_schema=False)
async def write(request: AnyRequest) -> Response[Any]:
    me = session_caller_of(request).user_id
    fields = await form_fields(request, "current_password")
    try:
        await accounts_of(request).passwords.require_password(me, fields["current_password"])
        await desk_of(request).write(me, me)
    except SertantaiError as error:
        return await _page(request, error)
    return Redirect(f"{PATH}#take-away", status_code=HTTP_303_SEE_OTHER)


@get(f"{PATH}/exports/{{export:str}}", guards=[signed_in], include_in_schema=False)
async def fetch(request: AnyRequest, export: FromPath[str]) -> Stream:
    me = session_caller_of(request).user_id
    return given(await desk_of(request).file(parse_uuid(export, "export"), me), FILE_NAME)


@get(f"{PATH}/erase", guards=[signed_in], include_in_schema=False)
async def erase_form(request: AnyRequest) -> Response[Any]:
    return await _erase_page(request)


@post(f"{PATH}/erase", guards=[signed_in], include_in_schema=False)
async def erase(request: AnyRequest) -> Response[Any]:
    """What became of it says a page for which nobody needs an account."""
    fields = await form_fields(request, "current_password", "reason")
    try:
        erasure = await erase_own(request, fields["current_password"], fields["reason"])
    except SertantaiError as error:
        return await _erase_page(request, error, fields["reason"])
    leads_to = desk_of(request).certificate_path(erasure.id)
    accounts = accounts_of(request)
    return without_session(Redirect(leads_to, status_code=HTTP_303_SEE_OTHER), secure=accounts.secure_cookies)


async def _erase_page(
    request: AnyRequest, error: SertantaiError | None = None, reason: str = ""
) -> Response[Any]:
    user = await user_of(request)
    plan = await desk_of(request).plan(user)
    words = sentences(plan.in_the_way, user.email or "", Voice.THEMSELVES)
    ways = [LEAVING.get(one.what, "").format(one.about) for one in plan.in_the_way]
    return page(
        request,
        "persons/erase.html",
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        user=user,
        has_password=await accounts_of(request).passwords.has_one(user.user_id),
        in_the_way=list(zip(words, ways, strict=True)),
        going=going(plan.went),
        staying=staying(plan.went),
        grounds=stays(None, desk_of(request).backup_kept_days),
        days=DAYS,
        reason=reason,
        reason_max=REASON_BYTES_MAX,
        error=error.message if error else "",
        error_field=error.field or "" if error else "",
    )


ROUTES = [data, write, fetch, erase_form, erase]
