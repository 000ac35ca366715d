"""``…/export.csv`` and its sisters: a list, or any filtered view of the register, as a streamed file."""

import asyncio
from collections.abc import AsyncIterator
from typing import Final

import msgspec
from litestar import get
from litestar.params import FromPath
from litestar.response import Stream

from sertantai.core.rights import Right
from sertantai.core.sealing.notes import head_in_words
from sertantai.files.formats import ExportFormat, content_disposition, parse_format
from sertantai.files.rows import ExportMeta, ExportRow
from sertantai.files.streaming import MADE_BY_PROCESS, check_rows, export_rows
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.patience import TAKES_ITS_TIME
from sertantai.http.protocol.head_requests import only_head_wanted
from sertantai.http.request_end import at_end
from sertantai.http.turns import timed
from sertantai.lists.between.taken_out import Given, make_known
from sertantai.lists.exporting.queue import SMALL_ROWS_MAX
from sertantai.lists.exporting.running import ExportProgress
from sertantai.lists.exporting.source import list_meta, list_rows, register_rows
from sertantai.lists.listing import laws_asked_for, matching
from sertantai.web.api.asked import EXPORT, EXPORT_LIST
from sertantai.web.requests import allowed, caller_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING, LOOKED_AT
from sertantai.web.viewing import title_of_file

LIST_PATHS: Final = [f"/groups/{{group:str}}/export.{one}" for one in ExportFormat]
AS_FILE: Final = {PURPOSE: "export laws", TAKES_ITS_TIME: True}
VIEW_PATHS: Final = [f"/records/export.{one}" for one in ExportFormat]


@get(LIST_PATHS, guards=[signed_in], opt={**LOOKED_AT, **AS_FILE, **EXPORT_LIST.opt}, summary="Export a list")
async def export_list(request: AnyRequest, group: FromPath[str]) -> Stream:
    """With notes, tags and order, in the list's own order; the filters and ``sort`` of ``/records`` apply,
    and ``responsible`` and ``review`` of ``/groups/{group}/records``.

    The file imports again as the list that it was. The JSON of a smart list has its ``filter`` and its
    ``exceptions`` too; an import takes neither, and says so.

    ``progress``: a key to ask for how far it is, with ``GET /exports/{key}``.
    """
    service = services(request)
    wanted = EXPORT_LIST.of(request, notes=True)
    target = await allowed(request, group, Right.EXPORT)
    catalogue = await service.register.current()
    found = await laws_asked_for(catalogue, wanted, target, wanted.reviewing) & target.group.records
    rows = list_rows(service.effects, catalogue, target, found, wanted.order, Right.EXPORT)
    meta = list_meta(catalogue, target.group, service.clock.now())
    meta = msgspec.structs.replace(meta, title=title_of_file(request, meta.title))
    return await _file(request, rows, len(found), meta, wanted.progress, Given(target, len(found)))


@get(
    VIEW_PATHS,
    guards=[signed_in],
    opt={**FOR_READING, **AS_FILE, **EXPORT.opt},
    summary="Export a view of the register",
)
async def export_view(request: AnyRequest) -> Stream:
    """The records that the filters of ``/records`` leave, ``selected`` and ``group`` included.

    ``progress`` as for a list.
    """
    service = services(request)
    wanted = EXPORT.of(request)
    target = await allowed(request, wanted.group, Right.EXPORT)
    catalogue = await service.register.current()
    found = matching(catalogue, wanted, target.group.records)
    rows = register_rows(
        catalogue, found, catalogue.ordered(wanted.order, wanted.filter.q, wanted.filter.own)
    )
    meta = ExportMeta("Register", service.clock.now())
    given = None
    if wanted.selected is not None:  # what is not in a list tells what is
        given = Given(target, len(catalogue.matching(wanted.filter) & target.group.records))
    return await _file(request, rows, len(found), meta, wanted.progress, given)


class Progress(msgspec.Struct, frozen=True):
    """``rows`` of ``total`` are made. A spreadsheet is closed and sent after its last row. Nothing is
    ``running`` before an export has begun and after its end."""

    running: bool
    rows: int = 0
    total: int = 0


@get("/exports/{key:str}", guards=[signed_in], opt=FOR_READING, summary="Progress of an export")
async def export_progress(request: AnyRequest, key: FromPath[str]) -> Progress:
    """Of one that was asked for with ``progress=KEY``."""
    found = services(request).exports.progress(caller_of(request).user_id, key)
    return (
        Progress(running=False)
        if found is None
        else Progress(running=True, rows=found.rows, total=found.total)
    )


async def _file(
    request: AnyRequest,
    rows: AsyncIterator[ExportRow],
    count: int,
    meta: ExportMeta,
    key: str | None,
    given: Given | None = None,
) -> Stream:
    file_format = parse_format(request.url.path.rpartition(".")[2])
    check_rows(file_format, count)
    exports, who = services(request).exports, caller_of(request).user_id
    if file_format is ExportFormat.XLSX:
        meta = msgspec.structs.replace(meta, head=head_in_words(services(request).sealer.head))
    progress = ExportProgress(count)
    file = export_rows(progress.counting(rows), file_format, meta)
    if key is not None:
        exports.check_key(who, key)
        file = exports.watched(who, key, progress, file)
    wanted = not only_head_wanted(request)
    if not wanted:
        file = _nothing()
    elif count > SMALL_ROWS_MAX or file_format in MADE_BY_PROCESS:
        progress.piece = exports.piece(who, key, meta.group_id, meta.title)
        turn = exports.queue.join(who, progress.piece)
        file = turn.to_its_end(file)
        at_end(request.scope, turn.end)
        wanted = await _waits_for(request, turn.began)
        if not wanted:
            file = _nothing()
    if wanted and given is not None:
        service = services(request)
        await make_known(service.engine, given, file_format)
        if (own := given.target).access is None:
            facts = own.actor, own.group.id, own.owner, own.group.version, given.laws
            service.accesses.exported(*facts, file_format)
    return Stream(
        timed(file),
        media_type=file_format.media_type.replace("; charset=utf-8", ""),
        headers={"Content-Disposition": content_disposition(meta.title, file_format), "X-Total": str(count)},
    )


async def _waits_for(request: AnyRequest, turn: asyncio.Future[None]) -> bool:
    """False for somebody who hangs up before it is their turn: their place is another's at once."""
    gone = asyncio.ensure_future(_hung_up(request))
    try:
        await asyncio.wait((turn, gone), return_when=asyncio.FIRST_COMPLETED)
    finally:
        gone.cancel()
    return turn.done()


async def _hung_up(request: AnyRequest) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _nothing() -> AsyncIterator[bytes]:
    pieces: tuple[bytes, ...] = ()
    for piece in pieces:
        yield piece


ROUTES = [export_list, export_view, export_progress]
