"""The routes of lists, history, import and export: one line here for each file that has some."""

from litestar.types import ControllerRouterHandler

from sertantai.selections.api import combining, exports, importing, keeping, lists, places, views
from sertantai.selections.pages import comparing, group, groups, guest_ticks, history, printing, tick_form
from sertantai.selections.pages import importing as import_page
from sertantai.selections.pages import keeping as keeping_pages

API: list[ControllerRouterHandler] = [
    *lists.ROUTES,
    *places.ROUTES,
    *exports.ROUTES,
    *combining.ROUTES,
    *importing.ROUTES,
    *keeping.ROUTES,
    *views.ROUTES,
]
"""Below ``/api/v1``."""

PAGES: list[ControllerRouterHandler] = [
    *groups.ROUTES,
    *group.ROUTES,
    *history.ROUTES,
    *comparing.ROUTES,
    *import_page.ROUTES,
    *keeping_pages.ROUTES,
    *guest_ticks.ROUTES,
    *tick_form.ROUTES,
    *printing.ROUTES,
]
