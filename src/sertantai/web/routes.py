"""Every route of the product, by the files that have them: a new file is imported and named here."""

from types import ModuleType
from typing import Final

from litestar import Router, get
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from sertantai.http.guards import public
from sertantai.web.api import account as account_api
from sertantai.web.api import (
    audit,
    combining,
    exports,
    groups,
    imports,
    places,
    ranges,
    records,
    smart,
    ticks,
    views,
)
from sertantai.web.api import changed as changed_api
from sertantai.web.api import lists as lists_api
from sertantai.web.api import past as past_api
from sertantai.web.api import signing_in as signing_in_api
from sertantai.web.pages.account import account, recovery, second_factor, signing_in
from sertantai.web.pages.admin import performance, security, users
from sertantai.web.pages.history import history
from sertantai.web.pages.lists import changed, compare, exceptions, guest_ticks, importing, overview, past
from sertantai.web.pages.lists import counts as list_counts
from sertantai.web.pages.lists import filter as filter_page
from sertantai.web.pages.lists import list as list_page
from sertantai.web.pages.register import counts, printing, register, tick_form

ACCOUNTS: Final = (signing_in_api, account_api, signing_in, recovery, account, second_factor, users)
"""What stands without lists and without the register, too."""
API: Final = (
    *(records, groups, ticks, ranges, lists_api, places, exports, combining, imports),
    *(past_api, smart, changed_api, views),
)
"""Below ``/api/v1``; others state their whole path."""
PAGES: Final = (
    *(security, performance, audit),
    *(register, tick_form, printing, counts),
    *(overview, list_page, compare, importing, past, filter_page, exceptions, changed, guest_ticks),
    list_counts,
    history,
)


@get("/", guards=[public], include_in_schema=False, sync_to_thread=False)
def home() -> Redirect:
    return Redirect("/records")


def routes_of(*modules: ModuleType) -> list[ControllerRouterHandler]:
    return [route for module in modules for route in module.ROUTES]


ALL: Final[list[ControllerRouterHandler]] = [
    home,
    *routes_of(*ACCOUNTS, *PAGES),
    Router("/api/v1", route_handlers=routes_of(*API)),
]
