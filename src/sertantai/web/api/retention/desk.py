"""``/api/v1/retention`` and ``/api/v1/holds``: what is kept, what goes, what is held; for administrators."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from sertantai.core.ids import parse_uuid
from sertantai.http.answers import JsonAnswer
from sertantai.http.aside import aside, encoded
from sertantai.http.guards import admin
from sertantai.retention.holds import Hold
from sertantai.retention.plan import Going, Plan, parse_day
from sertantai.retention.policies import Policy
from sertantai.retention.report import FIRST_YEAR, Certificate
from sertantai.retention.service import STATE_KEY, RetentionDesk
from sertantai.web.query import Shape, text, whole
from sertantai.web.requests import session_caller_of
from sertantai.web.services import AnyRequest

LAST_YEAR: Final = 9_999


class PlanAsked(msgspec.Struct, frozen=True):
    on: str = ""


class YearAsked(msgspec.Struct, frozen=True):
    year: int = 0


PLAN: Final = Shape(PlanAsked, {"on": text("A day from today on, such as 2027-03-01.")})
YEAR: Final = Shape(YearAsked, {"year": whole(FIRST_YEAR, LAST_YEAR)})


class PlanTold(msgspec.Struct, frozen=True):
    on: str
    going: list[Going]
    rows: int
    held: int
    can_no_longer_be_asked: list[str]


class NewPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``about``: deeds or origins; ``organization``: its slug or id; either ``months``, or ``for_ever``."""

    about: str
    reason: str
    months: int | None = None
    for_ever: bool = False
    organization: str | None = None
    action: str | None = None


class PolicySet(msgspec.Struct, frozen=True):
    """``in_force_from`` None: it was so before."""

    in_force_from: str | None


class NewHold(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    scope: str
    reason: str
    target: str | None = None


class HoldPlaced(msgspec.Struct, frozen=True):
    id: UUID


class Released(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    reason: str


@get("/retention/plan", guards=[admin], opt=PLAN.opt, tags=["Retention"])
async def plan(request: AnyRequest) -> Response[PlanTold]:
    """What would go on a day (not stated: in the next night), by which policy, and what a hold keeps."""
    desk = desk_of(request)
    on = PLAN.of(request).on
    found = await desk.plan(parse_day(on, desk.clock.now()) if on else None)
    return JsonAnswer(await aside(_plan_told, found))


@get("/retention/policies", guards=[admin], tags=["Retention"])
async def policies(request: AnyRequest) -> list[Policy]:
    """What counts now, and what waits for its day."""
    return await desk_of(request).policies.all()


@post("/retention/policies", guards=[admin], tags=["Retention"])
async def set_policy(request: AnyRequest, data: JSONBody[NewPolicy]) -> PolicySet:
    """Of an organisation's origins, or of one action. A shorter time begins 14 days later; it is told by
    mail."""
    policies = desk_of(request).policies
    asked = await policies.asked(
        data.about, data.organization, data.action, data.months, for_ever=data.for_ever, reason=data.reason
    )
    at = await policies.set(asked, session_caller_of(request).user_id)
    return PolicySet(None if at is None else at.isoformat())


@get("/retention/report", guards=[admin], opt=YEAR.opt, tags=["Retention"])
async def report(request: AnyRequest) -> Response[Certificate]:
    """What was removed in a year (not stated: in this one), under which policy, and what was held."""
    desk = desk_of(request)
    found = await desk.certificate(YEAR.of(request).year or desk.clock.now().year)
    return JsonAnswer(await aside(_told, found))


@get("/holds", guards=[admin], tags=["Retention"])
async def holds(request: AnyRequest) -> list[Hold]:
    """All legal holds, those that hold first."""
    return await desk_of(request).holds.all()


@post("/holds", guards=[admin], tags=["Retention"])
async def place_hold(request: AnyRequest, data: JSONBody[NewHold]) -> HoldPlaced:
    """Keep what is about an organisation, a list, a law, a person, or everything, until it is released."""
    by = session_caller_of(request).user_id
    return HoldPlaced(await desk_of(request).holds.place(data.scope, data.target, data.reason, by))


@post("/holds/{hold:str}/release", guards=[admin], tags=["Retention"], status_code=204)
async def release_hold(request: AnyRequest, hold: FromPath[str], data: JSONBody[Released]) -> None:
    """What it kept goes with the next turn, where its time is over."""
    by = session_caller_of(request).user_id
    await desk_of(request).holds.release(parse_uuid(hold, "hold"), data.reason, by)


def _plan_told(found: Plan) -> Any:
    lost = found.can_no_longer_be_asked
    return encoded(PlanTold(found.on.isoformat(), found.going, found.rows, found.held, lost))


def _told(found: Certificate) -> Any:
    return encoded(found)


def desk_of(request: AnyRequest) -> RetentionDesk:
    found: Any = request.app.state[STATE_KEY]
    assert isinstance(found, RetentionDesk)
    return found


ROUTES = [plan, policies, set_policy, report, holds, place_hold, release_hold]
