"""Every route of accounts."""

from sertantai.accounts import (
    account_pages,
    admin_pages,
    api,
    pages,
    recovery_pages,
    second_factor_pages,
    self_service_api,
)

API = [*api.ROUTES, *self_service_api.ROUTES]
PAGES = [
    *pages.ROUTES,
    *recovery_pages.ROUTES,
    *account_pages.ROUTES,
    *second_factor_pages.ROUTES,
    *admin_pages.ROUTES,
]
ROUTES = [*API, *PAGES]
