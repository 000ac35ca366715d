"""Laws that a later import amended are told of wherever their list is, and reviewed there."""

from playwright.async_api import BrowserContext, Page, expect

from tests.browser.lists.amended.conftest import Amendments
from tests.browser.lists.conftest import Shelf
from tests.browser.lists.refusing import AWAY, refuse
from tests.fixtures.accessibility import assert_accessible
from tests.fixtures.browser import Complaints


async def test_changed_laws_are_told_at_lists_in_the_sidebar_and_at_the_list(
    page: Page, shelf: Shelf, amendments: Amendments
) -> None:
    group = await shelf.make("Watched")
    await amendments.of(group, 2)
    await page.goto("/groups")
    at_lists = page.locator(".main-nav").get_by_test_id("changed-badge")
    await expect(at_lists).to_have_attribute("title", "2 laws of your lists changed")
    row = page.locator(f".list-row[data-list='{group}']")
    await expect(row.get_by_test_id("changed-badge")).to_contain_text("2")
    await assert_accessible(page)
    await page.goto(f"/groups/{group}")
    side = page.locator("#lists-side a[aria-current=page]").get_by_test_id("changed-badge")
    await expect(side).to_contain_text("2")
    await page.goto("/records")
    await expect(at_lists).to_contain_text("2")


async def test_an_unticked_law_has_changed_no_more(page: Page, shelf: Shelf, amendments: Amendments) -> None:
    group = await shelf.make("L")
    await amendments.of(group, 2)
    await page.goto(f"/groups/{group}")
    notice = page.get_by_test_id("changed-notice")
    await expect(notice).to_contain_text("2 laws changed since you ticked them.")
    ticked = page.locator("[data-testid=record-checkbox]:checked")
    await ticked.first.click()
    await expect(notice).to_contain_text("1 law changed since you ticked it.")
    await expect(ticked).to_have_count(1)  # the other is unticked, or gone: the register was read again
    await ticked.first.click()
    await expect(notice).to_be_hidden()


async def test_laws_reviewed_in_one_tab_are_reviewed_in_the_other(
    page: Page, context: BrowserContext, shelf: Shelf, amendments: Amendments, complaints: Complaints
) -> None:
    other = await context.new_page()
    complaints.watch(other)
    group = await shelf.make("L")
    await amendments.of(group, 2)
    for tab in (page, other):
        await tab.goto(f"/groups/{group}/changed")
    cards = page.get_by_test_id("changed-record")
    await expect(cards).to_have_count(2)
    await other.get_by_test_id("changed-record").first.get_by_role("button", name="Still applies").click()
    await expect(cards).to_have_count(1)
    await other.get_by_test_id("changed-record").first.get_by_role("button", name="Remove").click()
    await expect(cards).to_have_count(0)
    await page.reload()
    await expect(page.get_by_test_id("empty-state")).to_contain_text("No changes")


async def test_a_changed_law_that_cannot_be_marked_stays_marked(
    page: Page, shelf: Shelf, amendments: Amendments, complaints: Complaints
) -> None:
    complaints.expect("500", "reviews")
    group = await shelf.make("L")
    await amendments.of(group, 1)
    await page.goto(f"/groups/{group}/changed")
    await refuse(page, "**/reviews", {**AWAY, "status": 500})
    keep = page.get_by_role("button", name="Still applies")
    await keep.click()
    await expect(page.get_by_test_id("toast")).to_contain_text("The journal cannot be written.")
    await expect(keep).to_be_visible()
    await page.unroute("**/reviews")
    await keep.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("changed-record")).to_have_count(0)
