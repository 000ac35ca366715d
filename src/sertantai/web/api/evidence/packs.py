"""``/api/v1/audit/packs``: evidence packs, made and fetched."""

from typing import Final
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, JSONBody
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK

from sertantai.audit.queries import parse_moment
from sertantai.core.errors import NotFound
from sertantai.core.ids import parse_uuid
from sertantai.core.rights import Right
from sertantai.evidence.packs import Made, Question, Subject, words_for
from sertantai.http.answers import in_pieces
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.patience import TAKES_ITS_TIME
from sertantai.lists.access import Allowed
from sertantai.web.requests import allowed, caller_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_BOTH, FOR_READING

AS_PACK: Final = {PURPOSE: "create an evidence pack", TAKES_ITS_TIME: True}
ZIP: Final = "application/zip"
SYNCED_WITHIN_S: Final = 30.0


class PackRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``list``: a list's UUID, or ``default``. ``since`` and ``until``: the period of the report; the proof
    begins where the list's history does. ``for``: who is to get it. ``origins``: with IP addresses and
    browsers, for who may see them."""

    list: str
    since: str | None = None
    until: str | None = None
    made_for: str | None = msgspec.field(default=None, name="for")
    origins: bool = False


class PackAnswer(msgspec.Struct, frozen=True):
    """``id`` is for `GET /audit/packs/{id}`, for an hour. ``origin`` and ``size``: of the head that it is
    under."""

    id: UUID
    bytes: int
    entries: int
    origin: str
    size: int


@post("/api/v1/audit/packs", guards=[signed_in], opt={**FOR_BOTH, **AS_PACK}, tags=["Audit"], status_code=201)
async def make_pack(request: AnyRequest, data: JSONBody[PackRequest]) -> PackAnswer:
    """One file that proves the whole history of a list to somebody who need not trust this server.

    That it was made, for whom and of what, is told in the sealed log.
    """
    found = await may_pack(request, data.list)
    made = await pack_of(request, found, data)
    id = services(request).kept_packs.keep(caller_of(request).user_id, made)
    return PackAnswer(id, len(made.data), made.entries, made.origin, made.size)


@get("/api/v1/audit/packs/{pack:str}", guards=[signed_in], opt=FOR_READING, tags=["Audit"])
async def fetch_pack(request: AnyRequest, pack: FromPath[str]) -> Stream:
    """The file, to whoever had it made."""
    made = services(request).kept_packs.of(caller_of(request).user_id, parse_uuid(pack, "pack"))
    if made is None:
        raise NotFound("There is no such pack, or its hour is over.")
    return pack_file(made)


async def may_pack(request: AnyRequest, reference: str) -> Allowed:
    """Who may read what was done, and take a list along."""
    await allowed(request, reference, Right.EXPORT)
    return await allowed(request, reference, Right.AUDIT)


def sees_origins(found: Allowed) -> bool:
    return Right.AUDIT_PERSONAL in found.rights(found.group)


async def pack_of(request: AnyRequest, found: Allowed, asked: PackRequest) -> Made:
    if asked.origins:
        found.require(Right.AUDIT_PERSONAL, found.group)
    question = Question(
        Subject.LIST,
        str(found.group.id),
        found.owner,
        parse_moment(asked.since, "since") if asked.since else None,
        parse_moment(asked.until, "until", end=True) if asked.until else None,
        words_for(asked.made_for, "for"),
        asked.origins,
    )
    await services(request).engine.reached(found.hot.last, SYNCED_WITHIN_S)
    return await services(request).packs.make(question, caller_of(request).user_id)


def pack_file(made: Made, name: str = "evidence-pack.zip") -> Stream:
    return Stream(
        in_pieces(made.data),
        status_code=HTTP_200_OK,
        media_type=ZIP,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


ROUTES = [make_pack, fetch_pack]
