"""``/groups/{group}/exceptions``: what a live list keeps on top of its filter."""

from datetime import datetime

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from sertantai.core.rights import Right
from sertantai.http.guards import signed_in
from sertantai.http.pages.rendering import page
from sertantai.lists.exceptions import exceptions_of
from sertantai.lists.listing import rows_of
from sertantai.records.rows import RecordRow
from sertantai.web.parts.list_summary import summaries_beside, summary_in
from sertantai.web.parts.shared_lists import may_of, shared
from sertantai.web.requests import allowed
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import LOOKED_AT


class ExceptionRow(msgspec.Struct, frozen=True):
    record: RecordRow
    always: bool
    by: str
    at: datetime


@get("/groups/{group:str}/exceptions", guards=[signed_in], opt=LOOKED_AT, include_in_schema=False)
async def exceptions_page(request: AnyRequest, group: FromPath[str]) -> Response[bytes]:
    """What was ticked and unticked by hand in a list that follows its filter, with who and when."""
    service, shown = services(request), await allowed(request, group, Right.READ)
    target = shown.group
    found = exceptions_of(target)
    records = await rows_of(service.register.catalogue, [one.record for one in found])
    rows = [
        ExceptionRow(record, one.always, "you" if one.by == shown.actor else "somebody else", one.at)
        for one, record in zip(found, records, strict=True)
    ]
    return page(
        request,
        "lists/exceptions.html",
        list=summary_in(shown, target),
        lists=summaries_beside(shown, target),
        shared=shared(shown, target),
        may=may_of(shown, target),
        rows=rows,
    )


ROUTES = [exceptions_page]
