"""``/api/v1/audit/saved-reports``: the caller's reports with names, and to whom they are sent, and when."""

from datetime import datetime
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
from litestar import delete, get, put
from litestar.params import FromPath, JSONBody

from sertantai.core.errors import InvalidInput
from sertantai.core.ids import UserId, parse_uuid
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.pages.time_zone import name_of, zone_named
from sertantai.http.pagination import Page
from sertantai.reporting.asked import asked_of, require_all
from sertantai.reporting.questions import question_named
from sertantai.reporting.saved import QUERY_FIELDS_MAX, SavedReport
from sertantai.web.parts.reporting.sights import sight_of
from sertantai.web.parts.reporting.view import REPORT
from sertantai.web.requests import caller_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_CHANGING, FOR_READING

PATH = "/audit/saved-reports"


class SavedBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``query`` as in the address of the report: ``organization`` and the question's parameters.
    ``schedule``: daily, weekly, monthly, quarterly, or nothing. ``recipients``: ids of people, the caller
    where it is sent and nobody is named; what they may not see they are not sent."""

    name: str
    question: str
    query: str = ""
    schedule: str = ""
    zone: str = "UTC"
    recipients: list[UUID] = []


class SavedAnswer(msgspec.Struct, frozen=True):
    """``next_at`` null: it is not sent. ``last_error``: why it could not be sent the last time."""

    id: UUID
    name: str
    question: str
    query: str
    schedule: str
    zone: str
    recipients: list[UUID]
    url: str
    next_at: datetime | None
    sent_at: datetime | None
    last_error: str


@get(
    PATH,
    guards=[signed_in],
    opt={**FOR_READING, PURPOSE: "save reports"},
    tags=["Audit"],
    summary="My reports",
)
async def list_reports(request: AnyRequest) -> Page[SavedAnswer]:
    """All of them, by name."""
    found = await services(request).saved_reports.list(caller_of(request).user_id)
    return Page([_answer(one) for one in found], None)


@put(
    f"{PATH}/{{report:str}}",
    guards=[signed_in],
    opt={**FOR_CHANGING, PURPOSE: "save reports"},
    tags=["Audit"],
    summary="Save a report",
)
async def put_report(request: AnyRequest, report: FromPath[str], data: JSONBody[SavedBody]) -> SavedAnswer:
    """The caller chooses the UUID: sent again, it is the same report."""
    return _answer(await save(request, parse_uuid(report, "report"), data))


@delete(
    f"{PATH}/{{report:str}}",
    guards=[signed_in],
    opt={**FOR_CHANGING, PURPOSE: "save reports"},
    tags=["Audit"],
    summary="Delete a saved report",
)
async def delete_report(request: AnyRequest, report: FromPath[str]) -> None:
    await services(request).saved_reports.delete(caller_of(request).user_id, parse_uuid(report, "report"))


async def save(request: AnyRequest, id: UUID, data: SavedBody) -> SavedReport:
    """Raises `InvalidInput` for what could never be answered, and as `sight_of` does: nobody saves a report
    about what they may not know of."""
    owner, question = caller_of(request).user_id, question_named(data.question)
    try:
        view = REPORT.parse(parse_qs(data.query.lstrip("?"), max_num_fields=QUERY_FIELDS_MAX))
    except ValueError:
        raise InvalidInput(f"query: at most {QUERY_FIELDS_MAX} fields.", field="query") from None
    zone = zone_named(data.zone)
    if name_of(zone) != data.zone:
        raise InvalidInput(f"zone: {data.zone[:40]!r} is not a zone such as Europe/London.", field="zone")
    require_all(question, view.given)
    asked = asked_of(question, view.given, services(request).clock.now(), zone)
    sight = await sight_of(request, view.organization)
    if sight.owner is None:
        said = "What is asked of everybody is asked on its page, and not sent."
        raise InvalidInput(said, field="organization")
    if asked.list is not None:
        sight.list_named(asked.list)
    recipients = tuple(UserId(one) for one in data.recipients) or ((owner,) if data.schedule else ())
    if not view.organization and set(recipients) - {owner}:
        raise InvalidInput("recipients: your own lists are nobody else's.", field="recipients")
    return await services(request).saved_reports.put(
        SavedReport(
            owner=owner,
            id=id,
            name=data.name,
            question=question.key,
            query=REPORT.write(msgspec.structs.replace(view, zone="")),
            schedule=data.schedule,
            zone=data.zone,
            recipients=recipients,
        )
    )


def address_of(report: SavedReport) -> str:
    """Its page."""
    query = "&".join(part for part in (report.query, f"zone={report.zone}") if part)
    return f"/audit/reports/{report.question}?{query}"


def _answer(report: SavedReport) -> SavedAnswer:
    return SavedAnswer(
        id=report.id,
        name=report.name,
        question=report.question,
        query=report.query,
        schedule=report.schedule,
        zone=report.zone,
        recipients=list(report.recipients),
        url=address_of(report),
        next_at=report.next_at,
        sent_at=report.sent_at,
        last_error=report.last_error,
    )


ROUTES = [list_reports, put_report, delete_report]
