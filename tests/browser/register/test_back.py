"""Back and forward before an answer is there: what is on its way to the place that was left is let go."""

import pytest
from playwright.async_api import expect

from tests.browser.leaving import Held, back, forward, left_before_its_answer
from tests.browser.register_page import RegisterPage

pytestmark = pytest.mark.unopened


async def test_a_search_that_was_left_is_not_shown_elsewhere(register: RegisterPage) -> None:
    await register.open()
    whole = await register.total()
    found = (await register.person.get("/records", q="health", limit=1))["total"]

    async def shows(address: str) -> None:
        await register.shows(found if "health" in address else whole)
        await expect(register.by_id("search")).to_have_value("health" if "health" in address else "")

    search = register.by_id("search")
    await left_before_its_answer(
        register.page, lambda: search.fill("health"), "**/records", "**/records?q=health", shows=shows
    )


async def test_forward_again_before_any_answer(register: RegisterPage) -> None:
    await register.open()
    whole = await register.total()
    found = (await register.person.get("/records", q="health", limit=1))["total"]
    async with Held(register.page) as held:
        await register.by_id("search").fill("health")
        await held.asked()
        await back(register.page, "**/records")
        await forward(register.page, "**/records?q=health")
    await register.shows(found)
    await back(register.page, "**/records")
    await register.shows(whole)


async def test_the_next_search_leaves_the_entry_that_they_went_back_to(register: RegisterPage) -> None:
    await register.open()
    whole = await register.total()
    async with Held(register.page) as held:
        await register.by_id("search").press_sequentially("health")
        await held.asked()
        await back(register.page, "**/records")
    await register.by_id("search").fill("noise")
    await register.page.wait_for_url("**/records?q=noise")
    await back(register.page, "**/records")
    await register.shows(whole)


async def test_a_page_of_results_that_was_left_is_not_shown(register: RegisterPage) -> None:
    await register.open("?q=fire&limit=25")
    results = register.page.locator("#results")

    async def shows(address: str) -> None:
        await expect(results).to_have_attribute("data-page", "2" if "page=2" in address else "1")

    turn = register.page.locator("#pages a[rel=next]").click
    here = "**/records?q=fire&limit=25"
    await left_before_its_answer(register.page, turn, here, "**/records?q=fire*page=2", shows=shows)


async def test_details_that_close_over_a_page_leave_what_is_on_its_way(register: RegisterPage) -> None:
    """Going back out of them is no step in the register."""
    await register.open()
    async with Held(register.page) as held:
        # Not by the mouse: a page is fetched ahead where that hovers.
        await register.page.locator("#pages a[rel=next]").evaluate("link => link.click()")
        await held.asked()
        await register.rows.first.locator("a.record-title").click()
        await register.page.wait_for_url("**record=**")
        await register.page.keyboard.press("Escape")
        await register.page.wait_for_url("**/records?page=2")
    await expect(register.page.locator("#results")).to_have_attribute("data-page", "2")
    assert len([one for one in held.addresses if "page=2" in one]) == 1


async def test_counts_that_were_wanted_meanwhile_come_where_they_went_back_to(register: RegisterPage) -> None:
    await register.open()
    whole = await register.total()
    async with Held(register.page) as held:
        await register.by_id("search").fill("health")
        await held.asked()
        await register.boxes.first.click()
        await register.saved()
        async with register.page.expect_response("**/records/counts?*"):
            await back(register.page, "**/records")
    await expect(register.page.locator("#results")).to_have_attribute("data-list-count", "1")
    await register.shows(whole)
