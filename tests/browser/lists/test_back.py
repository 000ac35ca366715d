"""Back before a page of a list is there."""

from playwright.async_api import Page, expect

from tests.browser.leaving import left_before_its_answer
from tests.browser.lists.conftest import Shelf


async def test_a_page_of_a_list_that_was_left_is_not_shown(page: Page, shelf: Shelf) -> None:
    group = await shelf.make("Long", await shelf.records(120))

    async def shows(address: str) -> None:
        wanted = "2" if "page=2" in address else "1"
        await expect(page.locator("#list-state")).to_have_attribute("data-page", wanted)

    await page.goto(f"/groups/{group}")
    turn = page.locator(".list-pages a[rel=next]").click
    await left_before_its_answer(page, turn, f"**/groups/{group}", f"**/groups/{group}?page=2", shows=shows)
