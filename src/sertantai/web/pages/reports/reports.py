"""``/audit/reports``: the questions; ``/audit/reports/{question}``: one with its parameters and answer."""

from typing import Any, Final, NamedTuple

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from markupsafe import Markup

from sertantai.audit.queries import DEFAULT_GROUP
from sertantai.core.errors import DatabaseUnavailable, SertantaiError
from sertantai.core.rights import Right
from sertantai.files.report_files import FORMATS
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.pages.rendering import page
from sertantai.http.patience import ReadingLate
from sertantai.http.problems import problem_of, status_of
from sertantai.organizations.shown import offered
from sertantai.postgres.errors import DatabaseBusy
from sertantai.reporting.asked import CHOICES, KINDS, LABELLED, missing
from sertantai.reporting.periods import USUAL
from sertantai.reporting.questions import ALL, Question, question_named
from sertantai.reporting.report import Shown
from sertantai.reporting.saved import SavedReport
from sertantai.reporting.schedules import SCHEDULES
from sertantai.reporting.sight import EVERYBODYS, Sight
from sertantai.reporting.sights import MINE
from sertantai.reporting.wording import SOURCES
from sertantai.web.api.reporting.reports import PATH as API_PATH
from sertantai.web.api.reporting.reports import report_of
from sertantai.web.api.reporting.saved import address_of
from sertantai.web.parts.reporting.sights import EVERYBODY, may_look_over_everybody, sight_of
from sertantai.web.parts.reporting.view import REPORT, ReportView
from sertantai.web.parts.rights_wording import refusal
from sertantai.web.query import Shape
from sertantai.web.requests import asked, caller_of, reader_today
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH: Final = "/audit/reports"
PEOPLE_OFFERED: Final = 200
FOR_REPORTS: Final = {**FOR_READING, PURPOSE: "see reports"}
GROUPS: Final = (
    ("What applies", ("applicable", "differences", "coverage", "never-considered", "reviews", "response")),
    ("What was done", ("everything", "removals", "mass-changes", "outside-hours", "law", "person")),
    ("Who may, and who saw", ("rights", "rules", "access", "sign-ins")),
    ("The history itself", ("whole", "trail-reviews", "dropped")),
)
FORMAT_LABELS: Final = {
    "csv": "CSV",
    "json": "JSON",
    "ndjson": "NDJSON",
    "xlsx": "Excel (XLSX)",
    "parquet": "Parquet",
    "pdf": "PDF",
}


class Whose(msgspec.Struct, frozen=True):
    """Whose trail: the slug of an organization; empty for one's own lists."""

    organization: str = ""


WHOSE: Final = Shape(Whose)


class Field(NamedTuple):
    """A parameter in the form. ``kind``: select, date, number or text."""

    name: str
    label: str
    kind: str
    value: str
    choices: list[tuple[str, str]]
    is_needed: bool


@get(PATH, guards=[signed_in], opt={**FOR_REPORTS, **WHOSE.opt}, include_in_schema=False)
async def reports_page(request: AnyRequest) -> Response[bytes]:
    whose = WHOSE.of(request)
    sight = await sight_of(request, whose.organization)
    by_key = {one.key: one for one in ALL if _is_asked_of(one, sight)}
    groups = [(name, [by_key[key] for key in keys if key in by_key]) for name, keys in GROUPS]
    return page(
        request,
        "reports/reports.html",
        here=PATH,
        whose=whose,
        about=sight.whose,
        owners=await _owners(request),
        groups=[(name, found) for name, found in groups if found],
        saved=[(one, address_of(one)) for one in await _saved(request)],
        schedules=SCHEDULES,
        query=WHOSE.write(whose),
    )


@get(
    f"{PATH}/{{question:str}}", guards=[signed_in], opt={**FOR_REPORTS, **REPORT.opt}, include_in_schema=False
)
async def report_page(request: AnyRequest, question: FromPath[str]) -> Response[bytes]:
    wanted, view = question_named(question), REPORT.of(request)
    sight = await sight_of(request, view.organization)
    view = _with_usual(request, wanted, view, sight)
    error: SertantaiError | None = None
    found: Shown | None = None
    lacks = missing(wanted, view.given)
    is_away = False
    if not lacks:
        try:
            found = await (await report_of(request, wanted, view)).shown()
        except DatabaseBusy as busy:
            raise ReadingLate from busy
        except DatabaseUnavailable:
            is_away = True
        except SertantaiError as refused:
            error = refused
    query = REPORT.write(view)
    return page(
        request,
        "reports/report.html",
        status=status_of(error) if error else 200,
        headers=problem_of(error, "").headers if error else None,
        question=wanted,
        about=sight.whose,
        owners=await _owners(request),
        view=view,
        fields=_fields(request, wanted, view, sight),
        lacks=[LABELLED[name] for name in lacks],
        found=found,
        chart=Markup(found.chart) if found and found.chart else "",  # noqa: S704  # made by `charts`, escaped
        error=refusal(error) if error else "",
        error_field=(error.field or "") if error else "",
        is_away=is_away,
        query=query,
        schedules=list(SCHEDULES.items()),
        back=f"{PATH}?organization={view.organization}" if view.organization else PATH,
        here=f"{PATH}/{wanted.key}",
        files=[
            (FORMAT_LABELS[one], f"/api/v1{API_PATH}/{wanted.key}.{one}{'?' + query if query else ''}")
            for one in FORMATS
        ],
    )


def _is_asked_of(question: Question, sight: Sight) -> bool:
    if sight.owner is None:
        return question.of_everybody
    if question.key == "sign-ins":
        return sight.events_of is not None
    return not question.in_organizations or sight.rights_then is not None


def _with_usual(request: AnyRequest, question: Question, view: ReportView, sight: Sight) -> ReportView:
    """With a list and a day where the question needs them: whoever opens it sees an answer."""
    usual: dict[str, str] = {}
    if "list" in question.needs and not view.list and sight.lists:
        first = next(
            (one for one in sight.lists.values() if one.is_default), next(iter(sight.lists.values()))
        )
        usual["list"] = str(first.id)
    if "at" in question.needs and not view.at:
        usual["at"] = reader_today(request).isoformat()
    return msgspec.structs.replace(view, **usual)


async def _saved(request: AnyRequest) -> list[SavedReport]:
    try:
        return await services(request).saved_reports.list(caller_of(request).user_id)
    except DatabaseUnavailable:
        return []


async def _owners(request: AnyRequest) -> list[tuple[str, str]]:
    """Whose trails may be asked for: pairs of slug and name, one's own first."""
    found = await services(request).access.organizations_of(asked(request))
    shared = [
        (lists.access.slug, lists.access.name)
        for lists in found
        if lists.access is not None and Right.AUDIT not in lists.standing().member.deny
    ]
    everybody = [(EVERYBODY, EVERYBODYS)] if may_look_over_everybody(request) else []
    return [("", MINE), *sorted(shared, key=lambda one: one[1].casefold()), *everybody]


def _fields(request: AnyRequest, question: Question, view: ReportView, sight: Sight) -> list[Field]:
    return [_field(request, name, question, getattr(view, name), sight) for name in question.takes]


def _field(request: AnyRequest, name: str, question: Question, value: str, sight: Sight) -> Field:
    if name in ("list", "other") and value == DEFAULT_GROUP:
        value = next((str(one.id) for one in sight.lists.values() if one.is_default), value)
    choices = _choices(request, name, sight, value)
    needed = name in question.needs
    if name in ("since", "until", "at", "then"):
        kind = "date"
    else:
        kind = "select" if choices is not None else "number" if name == "least" else "text"
    if name == "period":
        value = value or USUAL
    offered = [] if choices is None else choices
    if kind == "select" and not needed and name not in ("period", "state", "why", "by"):
        offered = [("", "Any"), *offered]
    return Field(name, LABELLED[name], kind, value[:10] if kind == "date" else value, offered, needed)


def _choices(request: AnyRequest, name: str, sight: Sight, value: str) -> list[tuple[str, str]] | None:
    if sight.owner is None and name in ("list", "person"):
        return None  # of so many nobody chooses from a menu
    match name:
        case "list" | "other":
            return [(str(one.id), one.name) for one in sight.lists.values()]
        case "person":
            return _people(request, sight, value)
        case "source":
            return list(SOURCES.items())
        case "kind":
            return [(kind, kind.replace("_", " ").capitalize()) for kind in KINDS]
        case "family" | "type":
            columns = services(request).register.catalogue.columns
            values = columns["family" if name == "family" else "type_code"].values
            return [(str(one), str(one)) for one in values or () if one]
        case _:
            return list(CHOICES[name]) if name in CHOICES else None


def _people(request: AnyRequest, sight: Sight, value: str) -> list[tuple[str, str]]:
    if sight.access is None:
        caller: Any = caller_of(request)
        return [(str(caller.user_id), caller.email or "I")]
    return offered(sight.access, value, PEOPLE_OFFERED)


ROUTES = [reports_page, report_page]
