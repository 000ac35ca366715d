"""Every route of the product, by the files that have them: a new file is a line here."""

from collections.abc import Iterable
from importlib import import_module
from typing import Final

from litestar import Router, get
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from sertantai.http.guards import ANY_TOKEN, public

ACCOUNTS: Final = (
    "api.account",
    "api.signing_in",
    "pages.account.abbreviations",
    "pages.account.account",
    "pages.account.confirming",
    "pages.account.recovery",
    "pages.account.second_factor",
    "pages.account.signing_in",
    "pages.account.signing_out",
    "pages.admin.users",
)
"""What stands without lists and without the register, too."""
API: Final = (
    "api.abbreviations",
    "api.changed",
    "api.combining",
    "api.exports",
    "api.grants",
    "api.groups",
    "api.import_reports",
    "api.import_rows",
    "api.import_tables",
    "api.imports",
    "api.invitations",
    "api.lists",
    "api.members",
    "api.organization_lists",
    "api.organizations",
    "api.past",
    "api.persons.erasures",
    "api.persons.own_data",
    "api.places",
    "api.ranges",
    "api.records",
    "api.reporting.reports",
    "api.retention.desk",
    "api.reporting.saved",
    "api.smart",
    "api.suggestions",
    "api.teams",
    "api.ticks",
    "api.views",
    "api.ways_in.departures",
    "api.ways_in.domains",
    "api.ways_in.provider",
    "live.events",
    "live.tickets",
    "outside.links",
    "scim.tokens",
)
"""Below ``/api/v1``; others state their whole path."""
PAGES: Final = (
    "live.long_polling",
    "pages.persons.certificates",
    "pages.persons.coming_back",
    "pages.persons.data",
    "pages.persons.somebody",
    "pages.account.by_provider",
    "pages.account.connecting",
    "api.audit",
    "api.evidence.operations",
    "api.evidence.packs",
    "pages.admin.audit",
    "pages.admin.performance",
    "pages.admin.retention",
    "pages.admin.security",
    "pages.history.audit",
    "pages.history.history",
    "pages.history.proof",
    "pages.history.reviewing",
    "pages.lists.changed",
    "pages.lists.compare",
    "pages.lists.counts",
    "pages.lists.evidence",
    "pages.lists.exceptions",
    "pages.lists.filter",
    "pages.lists.guest_ticks",
    "pages.lists.copy",
    "pages.lists.hand_over",
    "pages.lists.import_reports",
    "pages.lists.importing",
    "pages.lists.links",
    "pages.lists.list",
    "pages.lists.list_history",
    "pages.lists.overview",
    "pages.lists.past",
    "pages.lists.shared",
    "pages.lists.suggestions",
    "pages.lists.who_sees",
    "pages.organizations.abbreviations",
    "pages.organizations.audit",
    "pages.organizations.departed",
    "pages.organizations.home",
    "pages.organizations.invitation",
    "pages.organizations.invitations",
    "pages.organizations.leave",
    "pages.organizations.looking_in",
    "pages.organizations.member",
    "pages.organizations.members",
    "pages.organizations.organizations",
    "pages.organizations.provisioning",
    "pages.organizations.settings",
    "pages.organizations.teams",
    "pages.organizations.viewing",
    "pages.organizations.ways_in",
    "pages.register.counts",
    "pages.register.printing",
    "pages.register.register",
    "pages.register.suggest_form",
    "pages.register.tick_form",
    "outside.trail",
    "pages.reports.reports",
    "pages.reports.saving",
    "scim.about",
    "scim.resources",
)


@get("/", guards=[public], opt=ANY_TOKEN, include_in_schema=False, sync_to_thread=False)
def home() -> Redirect:
    return Redirect("/records")


def routes_of(files: Iterable[str]) -> list[ControllerRouterHandler]:
    return [route for file in files for route in import_module(f"sertantai.web.{file}").ROUTES]


ALL: Final[list[ControllerRouterHandler]] = [
    home,
    *routes_of((*ACCOUNTS, *PAGES)),
    Router("/api/v1", route_handlers=routes_of(API)),
]
