"""A view that is chosen without a network is shown when it is back: an order, a filter, a page."""

import re

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.register_page import RegisterPage


@pytest.mark.parametrize(
    ("chosen", "address"),
    [
        ("th a[data-sort] >> nth=1", r"[?&]sort="),
        ("#pages a[rel=next]", r"[?&]page=2"),
        ("#facets input[type=checkbox] >> nth=0", r"[?&][a-z_]+="),
    ],
    ids=["order", "page", "facet"],
)
async def test_what_was_chosen_offline_is_shown_when_the_network_is_back(
    register: RegisterPage, context: BrowserContext, chosen: str, address: str
) -> None:
    await context.set_offline(True)
    place = register.page.locator(chosen)
    await place.scroll_into_view_if_needed()
    await place.click()
    told = register.by_id("toast").filter(has_text="previous view")
    await expect(told).to_be_visible()
    await expect(register.page).not_to_have_url(re.compile(address))
    await context.set_offline(False)
    await expect(register.page).to_have_url(re.compile(address))
    await expect(told).to_have_count(0)
