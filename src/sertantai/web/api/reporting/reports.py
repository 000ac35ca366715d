"""``/api/v1/audit/reports``: questions to the trail, and their answers, also as files."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import msgspec
from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Stream

from sertantai.core.errors import InvalidInput
from sertantai.files.formats import content_disposition
from sertantai.files.report_files import FORMATS, media_type_of, require_format
from sertantai.files.report_rows import Plain, plain
from sertantai.http.guards import PURPOSE, signed_in
from sertantai.http.limits.limit_classes import OPTION, LimitClass
from sertantai.http.patience import TAKES_ITS_TIME
from sertantai.http.protocol.head_requests import only_head_wanted
from sertantai.http.request_end import at_end
from sertantai.http.turns import timed
from sertantai.reporting.asked import CHOICES, LABELLED, asked_of, require_all
from sertantai.reporting.questions import ALL, Question, question_named
from sertantai.reporting.report import Report
from sertantai.web.parts.reporting.sights import sight_of
from sertantai.web.parts.reporting.view import REPORT, ReportView, zone_of
from sertantai.web.requests import caller_of
from sertantai.web.services import AnyRequest, services
from sertantai.web.token_scopes import FOR_READING

PATH: Final = "/audit/reports"
FOR_REPORTS: Final = {**FOR_READING, PURPOSE: "see reports"}


class ParameterFacts(msgspec.Struct, frozen=True):
    """``choices``: what it can be, where that is a closed list."""

    name: str
    label: str
    needed: bool
    choices: list[str]


class ColumnFacts(msgspec.Struct, frozen=True):
    name: str
    label: str
    kind: str


class QuestionFacts(msgspec.Struct, frozen=True):
    """``leaves_out``: what nobody should read into the answer."""

    key: str
    number: int
    title: str
    answers: str
    leaves_out: str
    parameters: list[ParameterFacts]
    columns: list[ColumnFacts]


class Questions(msgspec.Struct, frozen=True):
    questions: list[QuestionFacts]
    formats: list[str]


class Answered(msgspec.Struct, frozen=True):
    """The first rows. ``total`` None: there are more than these, and how many was not counted; with
    ``counted`` false it is the least that there are. ``report``: what each file ends with."""

    question: str
    title: str
    about: str
    columns: list[ColumnFacts]
    rows: list[dict[str, Plain]]
    total: int | None
    counted: bool
    report: dict[str, Any]


@get(
    PATH,
    guards=[signed_in],
    opt=FOR_REPORTS,
    tags=["Audit"],
    summary="Questions to the trail",
    sync_to_thread=False,
)
def questions() -> Questions:
    """Each with what it answers and does not, its parameters and columns."""
    return Questions([_facts(one) for one in ALL], list(FORMATS))


@get(
    f"{PATH}/{{question:str}}",
    guards=[signed_in],
    opt={**FOR_REPORTS, TAKES_ITS_TIME: True, OPTION: LimitClass.EXPORTS, **REPORT.opt},
    tags=["Audit"],
    summary="Put a question to the trail",
)
async def answer(request: AnyRequest, question: FromPath[str]) -> Response[Any]:
    """`question` is its key or number. With an ending (`.csv`, `.json`, `.ndjson`, `.xlsx`, `.parquet`,
    `.pdf`) it is a file with all rows, without one the first 200.

    Newest first. Each answer ends with how many rows it has, of which time, and the SHA-256 of its rows as
    lines of JSON arrays. From where something was done is told to who has the right `audit_personal`.
    """
    key, dot, ending = question.partition(".")
    asked_for, view = question_named(key), REPORT.of(request)
    if dot:
        require_format(ending)
    report = await report_of(request, asked_for, view, as_file=bool(dot))
    return await _file(request, report, ending) if dot else Response(await _first(report))


async def report_of(
    request: AnyRequest, question: Question, view: ReportView, *, as_file: bool = False
) -> Report:
    """Raises `InvalidInput` for a parameter, and as `sight_of` does."""
    require_all(question, view.given)
    service = services(request)
    sight = await sight_of(request, view.organization, list_=view.list, as_file=as_file)
    given = view.given
    if sight.owner is None:
        if not question.of_everybody:
            raise InvalidInput(
                "This is asked of one organisation, or of your own lists.", field="organization"
            )
        if "@" in view.person:
            given["person"] = str(await service.reporting.person_named(view.person))
    asked = asked_of(question, given, service.clock.now(), zone_of(request, view))
    if sight.owner is None:
        await service.reporting.looked(asked, caller_of(request).user_id)
    return service.reporting.report(sight, asked)


async def _first(report: Report) -> Answered:
    shown = await report.shown()
    names = [column.name for column in shown.columns]
    return Answered(
        question=report.question.key,
        title=report.question.title,
        about=report.sight.whose,
        columns=[ColumnFacts(one.name, one.label, one.kind) for one in shown.columns],
        rows=[dict(zip(names, map(plain, row), strict=True)) for row in shown.rows],
        total=shown.total,
        counted=shown.is_counted,
        report=shown.ending.end.said,
    )


async def _file(request: AnyRequest, report: Report, ending: str) -> Stream:
    """In turn with exports: two at a time, one a person. What is refused is refused before the first byte."""
    exports, who = services(request).exports, caller_of(request).user_id
    title = f"{report.question.title.rstrip('?')} - {report.sight.whose}"
    file: AsyncIterator[bytes] = _nothing()
    if not only_head_wanted(request):
        piece = exports.piece(who, None, None, report.question.title)
        turn = exports.queue.join(who, piece)
        at_end(request.scope, turn.end)
        if await _waits_for(request, turn.began):
            begun = await _begun(report.file(ending))
            await services(request).reporting.tell(report, ending, who)
            file = turn.to_its_end(begun)
    return Stream(
        timed(file),
        media_type=media_type_of(ending),
        headers={"Content-Disposition": content_disposition(title, ending)},
    )


async def _begun(file: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The file, whose first piece is made by now. Raises whatever that raises."""
    first = await anext(file, b"")

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for piece in file:
            yield piece

    return whole()


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


def _facts(question: Question) -> QuestionFacts:
    return QuestionFacts(
        key=question.key,
        number=question.number,
        title=question.title,
        answers=question.answers,
        leaves_out=question.leaves_out,
        parameters=[
            ParameterFacts(
                name,
                LABELLED[name],
                name in question.needs,
                [value for value, _ in CHOICES.get(name, ())],
            )
            for name in question.takes
        ],
        columns=[ColumnFacts(one.name, one.label, one.kind) for one in question.columns],
    )


ROUTES = [questions, answer]
