"""``/admin/users/{user}/data`` and ``/admin/erasures``: what is held about somebody, handing it to them,
erasing them; and who was erased, and is to be."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.accounts.model import User
from sertantai.core.errors import InvalidInput, NotFound, SertantaiError
from sertantai.core.ids import parse_uuid
from sertantai.http.guards import admin
from sertantai.http.pages.notices import saying
from sertantai.http.pages.rendering import page
from sertantai.http.patience import TAKES_ITS_TIME
from sertantai.http.problems import problem_of, status_of
from sertantai.persons.certificate import stays
from sertantai.persons.model import DAYS, DAYS_MAX, REASON_BYTES_MAX
from sertantai.persons.wording import Voice, going, sentences, staying
from sertantai.web.api.persons.erasures import person_of, voice_of
from sertantai.web.api.persons.own_data import desk_of, given
from sertantai.web.pages.persons.certificates import certificate_file
from sertantai.web.pages.persons.data import held_or_none
from sertantai.web.parts.forms import form_fields
from sertantai.web.requests import accounts_of, ip_of, session_caller_of
from sertantai.web.services import AnyRequest

PERSON: Final = "/admin/users/{user:str}"
ERASURES: Final = "/admin/erasures"
OWN: Final = "/account/data"


@get(f"{PERSON}/data", guards=[admin], include_in_schema=False)
async def person_page(request: AnyRequest, user: FromPath[str]) -> Response[Any]:
    person = await person_of(request, user)
    if person.user_id == session_caller_of(request).user_id:
        return Redirect(OWN, status_code=HTTP_303_SEE_OTHER)
    return await _page(request, person)


@post(f"{PERSON}/exports", guards=[admin], opt={TAKES_ITS_TIME: True}, include_in_schema=False)
async def write(request: AnyRequest, user: FromPath[str]) -> Response[Any]:
    """All that is held about them, for the administrator to hand over: it is told to the sealed log."""
    person, me = await person_of(request, user), session_caller_of(request).user_id
    fields = await form_fields(request, "current_password")
    try:
        await accounts_of(request).passwords.require_password(me, fields["current_password"])
        await desk_of(request).write(person.user_id, me)
    except SertantaiError as error:
        return await _page(request, person, error, "export")
    return Redirect(f"{_path(person)}#take-away", status_code=HTTP_303_SEE_OTHER)


@get(f"{PERSON}/exports/{{export:str}}", guards=[admin], include_in_schema=False)
async def fetch(request: AnyRequest, user: FromPath[str], export: FromPath[str]) -> Stream:
    person, me = parse_uuid(user, "user"), session_caller_of(request).user_id
    file = await desk_of(request).file(parse_uuid(export, "export"), me)
    if file.about != person:
        raise NotFound("There is no such file.")
    return given(file, "about-a-person.zip")


@post(f"{PERSON}/erase", guards=[admin], include_in_schema=False)
async def erase(request: AnyRequest, user: FromPath[str]) -> Response[Any]:
    person, me = await person_of(request, user), session_caller_of(request).user_id
    fields = await form_fields(request, "current_password", "reason", "days")
    try:
        days = _days(fields["days"])
        await accounts_of(request).passwords.require_password(me, fields["current_password"])
        asked: dict[str, Any] = {"days": days, "by": me, "ip": ip_of(request), "voice": voice_of(person, me)}
        await desk_of(request).erase(person, fields["reason"], **asked)
    except SertantaiError as error:
        return await _page(request, person, error, "erase", fields)
    back = Redirect(ERASURES, status_code=HTTP_303_SEE_OTHER)
    return saying(request, back, f"{person.email} is shut out, and will be erased.")


@post(f"{PERSON}/erase/undo", guards=[admin], include_in_schema=False)
async def undo(request: AnyRequest, user: FromPath[str]) -> Response[Any]:
    person = await person_of(request, user)
    me, ip = session_caller_of(request).user_id, ip_of(request)
    await desk_of(request).undo(person, by=me, ip=ip)
    back = Redirect(_path(person), status_code=HTTP_303_SEE_OTHER)
    return saying(request, back, f"The erasure of {person.email} was undone.")


@get(ERASURES, guards=[admin], include_in_schema=False)
async def erasures(request: AnyRequest) -> Response[Any]:
    desk = desk_of(request)
    found = await desk.erasures.all()
    people = await desk.erasures.addresses_of([one.person for one in found])
    return page(request, "persons/erasures.html", erasures=found, people=people, back=desk.back)


@get(
    f"{ERASURES}/{{erasure:str}}/{{file:str}}",
    guards=[admin],
    opt={TAKES_ITS_TIME: True},
    include_in_schema=False,
)
async def certificate(request: AnyRequest, erasure: FromPath[str], file: FromPath[str]) -> Response[Any]:
    return await certificate_file(await desk_of(request).proof(parse_uuid(erasure, "erasure")), file)


async def _page(
    request: AnyRequest,
    person: User,
    error: SertantaiError | None = None,
    at: str = "",
    form: Mapping[str, str] = {},
) -> Response[Any]:
    """``at`` names the form that ``error`` belongs to."""
    desk, me = desk_of(request), session_caller_of(request).user_id
    plan = await desk.plan(person)
    return page(
        request,
        "persons/somebody.html",
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        person=person,
        path=f"/admin/users/{person.user_id}",
        waiting=await desk.erasures.waiting(person.user_id),
        held=await held_or_none(desk, person.user_id),
        file=await desk.file_of(person.user_id, me),
        in_the_way=sentences(plan.in_the_way, person.email or str(person.user_id), Voice.ADMINISTRATOR),
        going=going(plan.went),
        staying=staying(plan.went),
        grounds=stays(None, desk.backup_kept_days),
        days=form.get("days") or str(DAYS),
        days_max=DAYS_MAX,
        reason=form.get("reason", ""),
        reason_max=REASON_BYTES_MAX,
        error=error,
        error_at=at,
    )


def _path(person: User) -> str:
    return f"/admin/users/{person.user_id}/data"


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4):
        raise InvalidInput(f"days: 0 to {DAYS_MAX}.", field="days")
    return int(text)


ROUTES = [person_page, write, fetch, erase, undo, erasures, certificate]
