"""A view of a list that is chosen without a network is shown when it is back."""

import asyncio
import re

from playwright.async_api import BrowserContext, Page, Route, expect

from tests.browser.lists.conftest import Shelf

LOOKS_AGAIN_MS = 600
"""More than the page lets pass before it follows a change; with less the test would only see less."""


async def test_a_page_chosen_offline_is_shown_when_the_network_is_back(
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


async def test_a_search_made_offline_is_shown_when_the_network_is_back(
    page: Page, shelf: Shelf, context: BrowserContext
) -> None:
    records = await shelf.records(20)
    group = await shelf.make("Sites", records)
    name = (await shelf.person.get(f"/records/{records[0]}"))["name"]
    await page.goto(f"/groups/{group}")
    await context.set_offline(True)
    await page.get_by_test_id("search").fill(name)
    told = page.get_by_test_id("toast").filter(has_text="could not be refreshed")
    await expect(told).to_be_visible()
    await context.set_offline(False)
    await expect(page).to_have_url(re.compile(r"[?&]q="))
    await expect(page.get_by_test_id("record-row")).to_have_count(1)


async def test_what_changes_while_the_chosen_view_is_on_its_way_is_in_it(
    page: Page, shelf: Shelf, context: BrowserContext
) -> None:
    group = await shelf.make("Sites", await shelf.records(60))
    await page.goto(f"/groups/{group}")
    answered, changed = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        response = await route.fetch()
        answered.set()
        await changed.wait()
        await route.fulfill(response=response)

    await context.set_offline(True)
    await page.locator(".list-pages a[rel=next]").click()
    await expect(page.get_by_test_id("toast").filter(has_text="could not be refreshed")).to_be_visible()
    await page.route("**/groups/*page=2*", hold)
    await context.set_offline(False)
    await answered.wait()
    await shelf.person.operate("bulk_deselect", group, record_ids=(await shelf.records(60))[-3:])
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await page.wait_for_timeout(LOOKS_AGAIN_MS)
    changed.set()
    await expect(page.get_by_test_id("record-row")).to_have_count(7)
    await expect(page).to_have_url(re.compile(r"[?&]page=2"))
