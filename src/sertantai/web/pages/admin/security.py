"""``/admin/security``: events, filters, trend, who must wait, and a test of the alerts."""

from typing import Any, Final

import msgspec
from litestar import Response, get, post
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER

from sertantai.accounts.administration import waiting
from sertantai.http.caller import AnyRequest
from sertantai.http.guards import admin
from sertantai.http.pages.rendering import page
from sertantai.http.pages.time_zone import reader_zone
from sertantai.security.asked import DAYS_MAX, EventsAsked, cursor_after, filter_of
from sertantai.security.rules import Alert, thresholds
from sertantai.security.service import STATE_KEY, Security
from sertantai.web.pages.admin import security_wording as wording
from sertantai.web.pages.admin.security_trend import trend_of
from sertantai.web.query import Shape, whole
from sertantai.web.requests import accounts_of

EVENTS_A_PAGE: Final = 100
LOCKED_SHOWN: Final = 50


def test_alert() -> Alert:
    return Alert("test", "system", "This is a test: you receive alerts from this server.")


@get("/admin", guards=[admin], include_in_schema=False, sync_to_thread=False)
def overview() -> Redirect:
    return Redirect("/admin/security")


class SecurityAsked(EventsAsked, frozen=True):
    alert_sent: str = ""


SECURITY: Final = Shape(SecurityAsked, {"days": whole(1, DAYS_MAX)})
PATH: Final = "/admin/security"


@get(PATH, guards=[admin], opt=SECURITY.opt, include_in_schema=False)
async def events(request: AnyRequest) -> Response[Any]:
    security = _security(request)
    asked = SECURITY.of(request)
    now = security.clock.now()
    wanted = await filter_of(security.store, asked, now)
    found = await security.store.newest(wanted, now, EVENTS_A_PAGE + 1)
    shown = found[:EVENTS_A_PAGE]
    locked = waiting(accounts_of(request), security.clock.monotonic())
    next_url = None
    if len(found) > EVENTS_A_PAGE:
        next_url = _url(asked, cursor_after(shown[-1].at, shown[-1].id))
    return page(
        request,
        "admin/security.html",
        events=shown,
        asked=asked,
        kinds=wording.KINDS,
        title_of=wording.title,
        details_of=wording.details,
        trend=trend_of(await security.store.trend(now), reader_zone(request)),
        locked=[(wording.LOCKED.get(kind, kind), name, s) for kind, name, s in locked[:LOCKED_SHOWN]],
        rules=thresholds(security.rules),
        has_recipients=security.has_recipients,
        next_url=next_url,
        first_url=_url(asked, "") if asked.cursor else None,
        alert_sent=bool(asked.alert_sent),
    )


@post("/admin/security/alerts/test", guards=[admin], include_in_schema=False)
async def send_test_alert(request: AnyRequest) -> Redirect:
    _security(request).alerting.raise_alert(test_alert())
    return Redirect("/admin/security?alert_sent=1", status_code=HTTP_303_SEE_OTHER)


def _url(asked: SecurityAsked, cursor: str) -> str:
    return SECURITY.address(PATH, msgspec.structs.replace(asked, cursor=cursor, alert_sent=""))


def _security(request: AnyRequest) -> Security:
    found: Security = request.app.state[STATE_KEY]
    return found


ROUTES = [overview, events, send_test_alert]
