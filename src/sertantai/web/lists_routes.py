"""The routes of lists, history, import and export: one line here for each file that has some."""

from litestar.types import ControllerRouterHandler

from sertantai.web.api import changed, combining, exports, imports, lists, past, places, smart, views
from sertantai.web.pages.history import history
from sertantai.web.pages.lists import changed as changed_page
from sertantai.web.pages.lists import compare, exceptions, guest_ticks, importing, overview
from sertantai.web.pages.lists import filter as filter_page
from sertantai.web.pages.lists import list as list_page
from sertantai.web.pages.lists import past as past_page
from sertantai.web.pages.register import printing, tick_form

API: list[ControllerRouterHandler] = [
    *lists.ROUTES,
    *places.ROUTES,
    *exports.ROUTES,
    *combining.ROUTES,
    *imports.ROUTES,
    *past.ROUTES,
    *smart.ROUTES,
    *changed.ROUTES,
    *views.ROUTES,
]
"""Below ``/api/v1``."""

PAGES: list[ControllerRouterHandler] = [
    *overview.ROUTES,
    *list_page.ROUTES,
    *history.ROUTES,
    *compare.ROUTES,
    *importing.ROUTES,
    *past_page.ROUTES,
    *filter_page.ROUTES,
    *exceptions.ROUTES,
    *changed_page.ROUTES,
    *guest_ticks.ROUTES,
    *tick_form.ROUTES,
    *printing.ROUTES,
]
