"""/groups: lists are made, changed, put in order, archived, deleted and brought back."""

from playwright.async_api import Page, expect

from tests.browser.lists.conftest import Shelf
from tests.fixtures.accessibility import assert_accessible
from tests.fixtures.browser import Complaints
from tests.fixtures.colleagues import good


async def test_a_list_is_made_deleted_and_brought_back(page: Page, shelf: Shelf) -> None:
    await page.goto("/groups")
    await page.get_by_test_id("new-list").click()
    await page.fill("#list-name", "Site A")
    await page.fill("#list-description", "What applies there")
    await page.click("#list-save")
    await page.wait_for_url("**/groups/*-*")
    await expect(page.locator("h1")).to_contain_text("Site A")
    await expect(page.get_by_test_id("empty-state")).to_contain_text("This list is empty")

    await page.goto("/groups")
    row = page.get_by_test_id("list-row").filter(has_text="Site A")
    await row.locator("summary").click()
    await row.locator("[data-act=delete]").click()
    await expect(row).to_have_count(0)
    await page.get_by_test_id("restore-list").click()
    await expect(row).to_have_count(1)
    await page.reload()
    await expect(row).to_have_count(1)


async def test_a_list_that_comes_back_under_another_name_is_told_by_it(page: Page, shelf: Shelf) -> None:
    gone = await shelf.make("Site A")
    await good(shelf.person, "DELETE", f"/groups/{gone}")
    await shelf.make("Site A")
    await page.goto("/groups")
    await page.get_by_test_id("restore-list").click()
    await expect(page.get_by_test_id("toast")).to_have_text(
        "“Site A” was restored as “Site A (2)”, with its laws and notes."
    )
    await page.goto("/history")
    entries = page.get_by_test_id("history-entry")
    await expect(entries.filter(has_text="Restored the list")).to_contain_text("Site A (2)")
    await expect(entries.filter(has_text="Changed the list")).to_have_count(0)


async def test_a_name_that_is_taken_is_refused_where_it_was_typed(
    page: Page, shelf: Shelf, complaints: Complaints
) -> None:
    complaints.expect("409")
    await shelf.make("Taken")
    await page.goto("/groups")
    await page.get_by_test_id("new-list").click()
    await page.fill("#list-name", "Taken")
    async with page.expect_response(lambda response: response.status == 409):
        await page.click("#list-save")
    await expect(page.locator("#list-name-error")).to_contain_text("with this name")
    await page.fill("#list-name", "my selection")  # what the list that everybody has is called
    async with page.expect_response(lambda response: response.status == 409):
        await page.click("#list-save")
    await expect(page.locator("#list-name-error")).to_contain_text("with this name")
    await expect(page.locator("#list-name")).to_be_focused()


async def test_lists_are_put_in_order_by_keyboard_and_stay_so(page: Page, shelf: Shelf) -> None:
    for name in ("One", "Two"):
        await shelf.make(name)
    await page.goto("/groups")
    rows = page.get_by_test_id("list-row")
    await rows.filter(has_text="Two").locator("summary").press("Enter")
    await rows.filter(has_text="Two").locator("[data-act=up]").press("Enter")
    await expect(rows.nth(1)).to_contain_text("Two")
    await page.reload()
    await expect(rows.nth(1)).to_contain_text("Two")
    await expect(rows.nth(2)).to_contain_text("One")


async def test_an_archived_list_is_out_of_the_way_until_it_is_brought_back(page: Page, shelf: Shelf) -> None:
    await shelf.make("Old")
    await page.goto("/groups")
    row = page.get_by_test_id("list-row").filter(has_text="Old")
    await row.locator("summary").click()
    await row.locator("[data-act=archive]").click()
    await expect(page.get_by_test_id("archived-row")).to_contain_text("Old")
    await assert_accessible(page)
    await page.get_by_test_id("archived-row").get_by_role("button").click()
    await expect(row).to_have_count(1)


async def test_what_is_being_pressed_is_clicked_though_the_page_is_refreshed(
    page: Page, shelf: Shelf
) -> None:
    group = await shelf.make("Pressed")
    await good(
        shelf.person, "PATCH", f"/groups/{group}", {"metadata": {"archived_at": "2024-01-01T00:00:00Z"}}
    )
    await page.goto("/groups")
    await page.get_by_test_id("archived-row").get_by_role("button").hover()
    await page.mouse.down()
    async with page.expect_response(lambda response: "hx-request" in response.request.headers) as refreshed:
        await page.evaluate("dispatchEvent(new Event('focus'))")
    await (await refreshed.value).finished()
    await page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    await page.mouse.up()
    await expect(page.get_by_test_id("list-row").filter(has_text="Pressed")).to_have_count(1)


async def test_a_menu_of_the_browser_holds_no_refresh_back(page: Page, shelf: Shelf) -> None:
    await shelf.make("Before")
    await page.goto("/groups")
    await page.get_by_test_id("list-row").filter(has_text="Before").hover()
    await page.mouse.down(button="right")  # its release is the menu's
    await shelf.make("Meanwhile")
    await page.evaluate("dispatchEvent(new Event('focus'))")
    await expect(page.get_by_test_id("list-row").filter(has_text="Meanwhile")).to_have_count(1)
    await page.mouse.up(button="right")
