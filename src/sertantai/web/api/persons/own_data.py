"""``/api/v1/account``: what is held about oneself, taking it away, erasing one's account, coming back."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK

from sertantai.core.errors import NotFound
from sertantai.core.ids import parse_uuid
from sertantai.http.answers import from_disk
from sertantai.http.guards import public, signed_in
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.patience import TAKES_ITS_TIME
from sertantai.persons.desk import STATE_KEY, PersonsDesk
from sertantai.persons.given import GivenFile
from sertantai.persons.model import DAYS, Erasure
from sertantai.persons.parts import Held
from sertantai.persons.wording import Voice, sentences
from sertantai.web.requests import accounts_of, ip_of, session_caller_of, user_of, whereabouts_of
from sertantai.web.services import AnyRequest

TAGS: Final = ["Accounts"]
ZIP: Final = "application/zip"
FILE_NAME: Final = "about-you.zip"


class FileTold(msgspec.Struct, frozen=True):
    """``url`` is good until then, in a session of who asked for it."""

    id: UUID
    url: str
    bytes: int
    made_at: datetime
    until: datetime


class ErasureTold(msgspec.Struct, frozen=True):
    """``state``: waiting, begun, undone, done. ``certificate``: a page that says what became of it, for who
    has no account any more."""

    id: UUID
    state: str
    reason: str
    asked_at: datetime
    due_at: datetime
    certificate: str


class DataHeld(msgspec.Struct, frozen=True):
    """``file``: the one that may be fetched now."""

    items: list[Held]
    file: FileTold | None


class PlanTold(msgspec.Struct, frozen=True):
    """``went``: how many rows would go, or lose what is personal, by table and act. ``refusals``: what is in
    the way, and the way out; none: nothing is. ``days``: to come back."""

    went: dict[str, int]
    refusals: list[str]
    days: int


class Proven(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``current_password``: whoever has only got hold of a session takes nothing away."""

    current_password: str


class EraseRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``reason`` stays for ever: it should name nobody."""

    current_password: str
    reason: str


class ComeBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As at a sign-in: ``code`` where the account has a second factor."""

    email: str
    password: str
    code: str | None = None


def desk_of(request: AnyRequest) -> PersonsDesk:
    found: Any = request.app.state[STATE_KEY]
    assert isinstance(found, PersonsDesk)
    return found


@get("/account/data", guards=[signed_in], tags=TAGS)
async def held(request: AnyRequest) -> DataHeld:
    """What is held about me, by kind: how many rows, what for, and for how long."""
    me, desk = session_caller_of(request).user_id, desk_of(request)
    file = await desk.file_of(me, me)
    return DataHeld(await desk.held(me), None if file is None else file_told(file))


@post("/account/data/exports", guards=[signed_in], opt={TAKES_ITS_TIME: True}, tags=TAGS, status_code=201)
async def write(request: AnyRequest, data: JSONBody[Proven]) -> FileTold:
    """Write all of it into a ZIP that I may fetch for seven days, with my password. The one of before goes;
    that it was asked for is recorded."""
    me = session_caller_of(request).user_id
    await accounts_of(request).passwords.require_password(me, data.current_password)
    return file_told(await desk_of(request).write(me, me))


@get("/account/data/exports/{export:str}", guards=[signed_in], tags=TAGS)
async def fetch(request: AnyRequest, export: FromPath[str]) -> Stream:
    """The ZIP: a page to read, and each kind as JSON."""
    me = session_caller_of(request).user_id
    return given(await desk_of(request).file(parse_uuid(export, "export"), me), FILE_NAME)


@get("/account/erasure", guards=[signed_in], tags=TAGS)
async def plan(request: AnyRequest) -> PlanTold:
    """What would go if I erased my account, and what is in the way. Nothing is done."""
    user = await user_of(request)
    found = await desk_of(request).plan(user)
    return PlanTold(found.went, sentences(found.in_the_way, user.email or "", Voice.THEMSELVES), DAYS)


@post("/account/erasure", guards=[signed_in], tags=TAGS, status_code=201)
async def erase(request: AnyRequest, data: JSONBody[EraseRequest]) -> ErasureTold:
    """Erase my account, with my password. I am signed out everywhere at once, and have 14 days to come
    back."""
    return erasure_told(request, await erase_own(request, data.current_password, data.reason))


@post(
    "/account/erasure/undo",
    guards=[public],
    opt={OPTION: LimitClass.SIGN_IN},
    tags=TAGS,
    status_code=HTTP_200_OK,
)
async def undo(request: AnyRequest, data: JSONBody[ComeBack]) -> ErasureTold:
    """Come back before my account is erased. Sign in afterwards."""
    user = await accounts_of(request).sign_in.coming_back_with_password(
        data.email, data.password, data.code, whereabouts_of(request)
    )
    return erasure_told(request, await desk_of(request).undo(user, by=user.user_id, ip=ip_of(request)))


async def erase_own(request: AnyRequest, password: str, reason: str) -> Erasure:
    user = await user_of(request)
    await accounts_of(request).passwords.require_password(user.user_id, password)
    return await desk_of(request).erase(
        user, reason, by=user.user_id, ip=ip_of(request), voice=Voice.THEMSELVES
    )


def given(file: GivenFile, name: str) -> Stream:
    if not file.path.exists():  # a newer one has just taken its place
        raise NotFound("There is no such file any more. Make a new one.")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Stream(from_disk(file.path), status_code=HTTP_200_OK, media_type=ZIP, headers=headers)


def file_told(file: GivenFile) -> FileTold:
    return FileTold(file.id, f"/api/v1/account/data/exports/{file.id}", file.size, file.made_at, file.until)


def erasure_told(request: AnyRequest, erasure: Erasure) -> ErasureTold:
    certificate = accounts_of(request).letters.url(desk_of(request).certificate_path(erasure.id))
    times = erasure.asked_at, erasure.due_at
    return ErasureTold(erasure.id, erasure.state, erasure.reason, *times, certificate)


ROUTES = [held, write, fetch, plan, erase, undo]
