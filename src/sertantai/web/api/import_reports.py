"""``/api/v1/groups/{group}/imports``: what was imported into a list, and what became of each line."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from litestar import delete, get
from litestar.params import FromPath
from litestar.response import Stream

from sertantai.core.ids import parse_uuid
from sertantai.core.rights import Right
from sertantai.files.formats import ExportFormat, content_disposition
from sertantai.http.aside import aside
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.pagination import Page
from sertantai.http.patience import TAKES_ITS_TIME
from sertantai.http.protocol.head_requests import only_head_wanted
from sertantai.http.turns import timed
from sertantai.lists.access import Allowed
from sertantai.lists.between.taken_out import REPORT, Given, make_known
from sertantai.lists.groups import display_name
from sertantai.lists.importing.kept_reports import ReportPart
from sertantai.lists.importing.report_file import HEAD, NamedLaw, rows
from sertantai.lists.importing.reports import ReportLine, unpacked
from sertantai.records.catalogue import Catalogue
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, Services, services
from sertantai.web.token_scopes import FOR_CHANGING, FOR_READING

LINES_AT_A_TIME: Final = 1_000


class ImportOutcomes(msgspec.Struct, frozen=True):
    """How many lines had which outcome."""

    imported: int
    already: int
    repeated: int
    ambiguous: int
    missing: int
    left_out: int


class ImportAnswer(msgspec.Struct, frozen=True):
    """``actor_id``: who imported."""

    id: UUID
    imported_at: datetime
    actor_id: UUID
    lines: int
    outcomes: ImportOutcomes


@get("/groups/{group:str}/imports", guards=[signed_in], opt=FOR_READING, summary="Imports into a list")
async def list_imports(request: AnyRequest, group: FromPath[str]) -> Page[ImportAnswer]:
    """Those that were sent with a report, newest first; all of them. Old ones go when there is no room."""
    found = await allowed(request, group, Right.READ)
    kept = await services(request).import_reports.of_list(found)
    return Page([msgspec.convert(one, ImportAnswer, from_attributes=True) for one in kept], None)


@get(
    "/groups/{group:str}/imports/{import_id:str}/report.csv",
    guards=[signed_in],
    opt={**FOR_READING, PURPOSE: "export laws", TAKES_ITS_TIME: True},
    summary="What became of each line of an import",
)
async def import_report(request: AnyRequest, group: FromPath[str], import_id: FromPath[str]) -> Stream:
    """Every line that was brought, with the law that it became, if any, as the register calls it now."""
    service, found = services(request), await allowed(request, group, Right.EXPORT)
    id = parse_uuid(import_id, "import")
    parts = await service.import_reports.parts(found, id)
    catalogue = await service.register.current()
    # Asked for before the answer begins: what cannot be read is an error then, and no file that breaks off.
    first = await service.import_reports.report(found, id, parts[0])
    if not only_head_wanted(request):
        await make_known(service.engine, Given(found, sum(part.with_law for part in parts)), REPORT)
    title = f"{display_name(found.group)} import {parts[0].imported_at:%Y-%m-%d}"
    return Stream(
        timed(_file(service, found, id, parts, first, catalogue)),
        media_type="text/csv; header=present",
        headers={"Content-Disposition": content_disposition(title, ExportFormat.CSV)},
    )


@delete(
    "/groups/{group:str}/imports/{import_id:str}",
    guards=[signed_in],
    opt=FOR_CHANGING,
    summary="Remove the report of an import",
)
async def remove_import(request: AnyRequest, group: FromPath[str], import_id: FromPath[str]) -> None:
    """The laws that were imported stay in the list."""
    found = await allowed(request, group, Right.MANAGE)
    await services(request).import_reports.remove(found, parse_uuid(import_id, "import"))


async def _file(
    service: Services,
    found: Allowed,
    id: UUID,
    parts: Sequence[ReportPart],
    first: bytes,
    catalogue: Catalogue,
) -> AsyncIterator[bytes]:
    yield HEAD.encode()
    for at, part in enumerate(parts):
        report = first if at == 0 else await service.import_reports.report(found, id, part)
        lines = await aside(unpacked, report)
        for start in range(0, len(lines), LINES_AT_A_TIME):
            some = lines[start : start + LINES_AT_A_TIME]
            yield await aside(_rows, catalogue, some)


def _rows(catalogue: Catalogue, lines: Sequence[ReportLine]) -> bytes:
    ids = [line.record_id for line in lines if line.record_id is not None]
    known = [(id, no) for id, no in zip(ids, catalogue.numbers_of_each(ids), strict=True) if no >= 0]
    shown = catalogue.rows([number for _, number in known])
    laws = {id: NamedLaw(row.name, row.title_en) for (id, _), row in zip(known, shown, strict=True)}
    return rows(lines, laws).encode()


ROUTES = [list_imports, import_report, remove_import]
