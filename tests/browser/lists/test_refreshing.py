"""A page of lists is brought up to date around what somebody does there: rows stay who they are."""

import asyncio
import re
from typing import Any

import pytest_asyncio
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.browser.lists.conftest import Shelf
from tests.fixtures.browser import Complaints
from tests.fixtures.colleagues import good

LOOKS_AGAIN = "window.dispatchEvent(new Event('focus'))"


@pytest_asyncio.fixture(loop_scope="session")
async def other(page: Page, context: BrowserContext, complaints: Complaints) -> Page:
    """A second tab of the browser that `page` is in."""
    tab = await context.new_page()
    complaints.watch(tab)
    return tab


async def test_rows_their_focus_and_their_menus_stay_as_others_come_and_go(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(12)
    group = await shelf.make("L", records[2:8])
    await page.goto(f"/groups/{group}")
    row = page.locator(f"tr[data-record-id='{records[5]}']")
    await row.locator("summary").click()
    await row.evaluate("row => { row.isTheSame = true; }")
    await shelf.person.operate("bulk_select", group, record_ids=records[:2])
    await shelf.person.operate("bulk_deselect", group, record_ids=[records[3]])
    await page.evaluate(LOOKS_AGAIN)
    rows = page.get_by_test_id("record-row")
    await expect(rows).to_have_count(7)
    assert await row.evaluate("row => row.isTheSame === true")
    await expect(row.locator("details[open]")).to_have_count(1)
    await expect(page.locator("#list-records details[open]")).to_have_count(1)
    await expect(row.locator("summary")).to_be_focused()
    shown = await rows.evaluate_all("rows => rows.map(row => row.dataset.recordId)")
    listed = await shelf.person.get(f"/groups/{group}/records")
    assert shown == [one["id"] for one in listed["items"]]


async def test_who_is_in_a_row_that_goes_is_in_the_next(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(4)
    group = await shelf.make("L", records)
    await page.goto(f"/groups/{group}")
    rows = page.get_by_test_id("record-row")
    gone, following = [await rows.nth(at).get_attribute("data-record-id") for at in (1, 2)]
    await rows.nth(1).locator("summary").focus()
    await shelf.person.operate("bulk_deselect", group, record_ids=[gone])
    await page.evaluate(LOOKS_AGAIN)
    await expect(rows).to_have_count(3)
    await expect(page.locator(f"tr[data-record-id='{following}'] summary")).to_be_focused()


async def test_a_view_on_its_way_is_not_lost_to_what_happens_elsewhere(page: Page, shelf: Shelf) -> None:
    """The page looks again meanwhile; what was chosen is shown, with what has happened."""
    records = await shelf.records(60)
    group = await shelf.make("L", records)
    await page.goto(f"/groups/{group}")
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def hold(route: Route) -> None:
        response = await route.fetch()
        if not asked.is_set():
            asked.set()
            await goes_on.wait()
        await route.fulfill(response=response)

    await page.route("**/groups/*page=2*", hold)
    await page.locator(".list-pages a[rel=next]").click()
    await asked.wait()
    await shelf.person.operate("bulk_deselect", group, record_ids=records[-3:])
    async with page.expect_response(f"**/groups/{group}?page=2"):
        await page.evaluate(LOOKS_AGAIN)
    goes_on.set()
    await expect(page).to_have_url(re.compile(r"[?&]page=2"))
    await expect(page.locator("#list-records[aria-busy]")).to_have_count(0)
    await expect(page.get_by_test_id("record-row")).to_have_count(7)


async def test_a_year_that_is_half_written_stays(page: Page, shelf: Shelf, other: Page) -> None:
    made = await good(
        shelf.person, "POST", "/groups", {"name": "Noise", "filter": {"q": "noise"}, "frozen": True}
    )
    group = made["id"]
    await page.goto(f"/groups/{group}/filter")
    year = page.locator("input[name=year_from]")
    await year.press_sequentially("19")
    await year.evaluate("field => { field.isTheSame = true; }")
    count = page.get_by_test_id("filter-matching")
    before = await count.inner_text()
    await page.locator("input[name=q]").fill("noise insulation")
    await expect(count).not_to_have_text(before)
    await expect(year).to_have_value("19")
    assert await year.evaluate("field => field.isTheSame === true")


async def test_back_leads_to_the_place_where_one_was(page: Page, shelf: Shelf) -> None:
    group = await shelf.make("L", await shelf.records(60))
    await page.goto(f"/groups/{group}")
    next_page = page.locator(".list-pages a[rel=next]")
    await next_page.scroll_into_view_if_needed()
    place: Any = await page.evaluate("scrollY")
    await next_page.click()
    await expect(page.get_by_test_id("record-row")).to_have_count(10)
    await page.go_back()
    await expect(page.get_by_test_id("record-row")).to_have_count(50)
    await page.wait_for_function("place => Math.abs(scrollY - place) < 40", arg=place)
