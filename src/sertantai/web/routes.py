"""Every route of the product."""

from litestar import Router, get
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from sertantai.http.guards import public
from sertantai.web import lists_routes
from sertantai.web.accounts_routes import ROUTES as ACCOUNTS
from sertantai.web.api import groups, ranges
from sertantai.web.api import records as register
from sertantai.web.api import ticks as ticking
from sertantai.web.api.audit import ROUTES as AUDIT_API
from sertantai.web.pages.admin.performance import ROUTES as MONITORING_PAGES
from sertantai.web.pages.admin.security import ROUTES as SECURITY_PAGES
from sertantai.web.pages.register.register import ROUTES as REGISTER_PAGES


@get("/", guards=[public], include_in_schema=False, sync_to_thread=False)
def home() -> Redirect:
    return Redirect("/records")


API = Router(
    "/api/v1",
    route_handlers=[*register.ROUTES, *groups.ROUTES, *ticking.ROUTES, *ranges.ROUTES, *lists_routes.API],
)

ALL: list[ControllerRouterHandler] = [
    home,
    *ACCOUNTS,
    *SECURITY_PAGES,
    *MONITORING_PAGES,
    *AUDIT_API,
    *REGISTER_PAGES,
    API,
    *lists_routes.PAGES,
]
