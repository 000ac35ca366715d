"""Forms of the reports' pages: a report is saved with a name, and deleted."""

from typing import Any, Final

from litestar import Response, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.core.errors import SertantaiError
from sertantai.core.ids import parse_uuid
from sertantai.http.guards import signed_in
from sertantai.http.pages.notices import saying
from sertantai.http.pages.rendering import page
from sertantai.http.pages.time_zone import name_of, reader_zone
from sertantai.http.problems import problem_of, status_of
from sertantai.process.new_ids import new_id
from sertantai.reporting.schedules import SCHEDULES
from sertantai.web.api.reporting.saved import SavedBody, save
from sertantai.web.pages.reports.reports import PATH
from sertantai.web.parts.forms import form_fields
from sertantai.web.parts.rights_wording import refusal
from sertantai.web.requests import caller_of
from sertantai.web.services import AnyRequest, services

SAVED: Final = "/audit/saved-reports"


@post(SAVED, guards=[signed_in], include_in_schema=False)
async def save_report(request: AnyRequest) -> Response[Any]:
    """As it is shown, in the reader's zone; sent, where it is, to whoever saves it."""
    fields = await form_fields(request, "name", "question", "query", "schedule")
    try:
        zone = name_of(reader_zone(request))
        body = SavedBody(fields["name"], fields["question"], fields["query"], fields["schedule"], zone)
        await save(request, new_id(), body)
    except SertantaiError as error:
        return page(
            request,
            "reports/save.html",
            status=status_of(error),
            headers=problem_of(error, "").headers,
            fields=fields,
            schedules=list(SCHEDULES.items()),
            error=refusal(error),
            error_field=error.field or "",
            back=PATH,
        )
    return saying(request, Redirect(PATH, status_code=HTTP_303_SEE_OTHER), "The report is saved.")


@post(f"{SAVED}/{{report:str}}/delete", guards=[signed_in], include_in_schema=False)
async def delete_saved(request: AnyRequest, report: FromPath[str]) -> Response[Any]:
    id = parse_uuid(report, "report")
    await services(request).saved_reports.delete(caller_of(request).user_id, id)
    return saying(request, Redirect(PATH, status_code=HTTP_303_SEE_OTHER), "The report is deleted.")


ROUTES = [save_report, delete_saved]
