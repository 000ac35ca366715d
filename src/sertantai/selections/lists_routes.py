"""The routes of lists, history, import and export: one line here for each file that has some."""

from litestar.types import ControllerRouterHandler

from sertantai.selections.api import combining, exports, lists
from sertantai.selections.pages import comparing, group, groups, history

API: list[ControllerRouterHandler] = [*lists.ROUTES, *exports.ROUTES, *combining.ROUTES]
"""Below ``/api/v1``."""

PAGES: list[ControllerRouterHandler] = [*groups.ROUTES, *group.ROUTES, *history.ROUTES, *comparing.ROUTES]
