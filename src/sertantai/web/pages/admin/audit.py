"""``/admin/audit``: what was done in the whole installation, for its administrators: sums, which name nobody,
and the questions that can be asked of everybody. Who asks one is told to the sealed log."""

from typing import Any, Final

from litestar import Response, get

from sertantai.audit.tallies.everybody import Activity
from sertantai.core.errors import DatabaseUnavailable
from sertantai.http.guards import admin
from sertantai.http.pages.rendering import page
from sertantai.reporting.questions import ALL
from sertantai.web.parts.reporting.heat_map import first_day, heat_map
from sertantai.web.parts.reporting.sights import EVERYBODY
from sertantai.web.parts.reporting.view import REPORT, ReportView
from sertantai.web.requests import caller_of
from sertantai.web.services import AnyRequest, services

PATH: Final = "/admin/audit"
QUESTIONS: Final = "/audit/reports"
FIRST: Final = "everything"


class Days:
    """Where a day of the calendar leads to."""

    def url(self, *, since: str, until: str) -> str:
        view = ReportView(organization=EVERYBODY, zone="UTC", since=since, until=until)
        return REPORT.address(f"{QUESTIONS}/{FIRST}", view)


@get(PATH, guards=[admin], include_in_schema=False)
async def audit_of_everybody(request: AnyRequest) -> Response[Any]:
    service = services(request)
    today = service.clock.now().date()
    who = caller_of(request).user_id
    try:
        found: Activity | None = await service.reporting.activity_of_everybody(who, first_day(today), today)
    except DatabaseUnavailable:
        found = None
    asked = sorted(ALL, key=lambda one: one.key != FIRST)
    query = REPORT.write(ReportView(organization=EVERYBODY))
    return page(
        request,
        "admin/audit.html",
        calendar=None if found is None else heat_map(found.days, today),
        months=[] if found is None else found.months,
        is_away=found is None,
        wanted=Days(),
        questions=[(one, f"{QUESTIONS}/{one.key}?{query}") for one in asked if one.of_everybody],
    )


ROUTES = [audit_of_everybody]
