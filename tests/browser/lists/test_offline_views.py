"""A view of a list that is chosen without a network is shown when it is back."""

import re

from playwright.async_api import BrowserContext, Page, expect

from tests.browser.lists.conftest import Shelf


async def test_a_page_and_a_filter_chosen_offline_are_shown_when_the_network_is_back(
    page: Page, shelf: Shelf, context: BrowserContext
) -> None:
    group = await shelf.make("Sites", await shelf.records(60))
    await page.goto(f"/groups/{group}")
    await context.set_offline(True)
    await page.locator(".list-pages a[rel=next]").click()
    told = page.get_by_test_id("toast").filter(has_text="could not be refreshed")
    await expect(told).to_be_visible()
    await context.set_offline(False)
    await expect(page).to_have_url(re.compile(r"[?&]page=2"))
    await expect(told).to_have_count(0)
    await expect(page.get_by_test_id("record-row")).to_have_count(10)
