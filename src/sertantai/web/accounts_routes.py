"""Every route of accounts."""

from sertantai.web.api import account as self_service_api
from sertantai.web.api import signing_in as api
from sertantai.web.pages.account import account as account_pages
from sertantai.web.pages.account import recovery as recovery_pages
from sertantai.web.pages.account import second_factor as second_factor_pages
from sertantai.web.pages.account import signing_in as pages
from sertantai.web.pages.admin import users as admin_pages

API = [*api.ROUTES, *self_service_api.ROUTES]
PAGES = [
    *pages.ROUTES,
    *recovery_pages.ROUTES,
    *account_pages.ROUTES,
    *second_factor_pages.ROUTES,
    *admin_pages.ROUTES,
]
ROUTES = [*API, *PAGES]
