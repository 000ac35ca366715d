"""What is done in one tab is soon seen in the other, on every page of lists; no note is lost."""

import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.lists.conftest import Shelf
from tests.browser.register_page import RegisterPage
from tests.fixtures.browser import Complaints
from tests.fixtures.colleagues import good


@pytest_asyncio.fixture(loop_scope="session")
async def other(page: Page, context: BrowserContext, complaints: Complaints) -> Page:
    """A second tab of the browser that `page` is in."""
    tab = await context.new_page()
    complaints.watch(tab)
    return tab


async def test_a_list_and_the_register_follow_each_other(page: Page, other: Page, shelf: Shelf) -> None:
    records = await shelf.records(3, q="noise")
    group = await shelf.make("L", records[:1])
    await page.goto(f"/groups/{group}")
    register = RegisterPage(other, shelf.person)
    await register.open(f"?q=noise&group={group}")
    await register.boxes.nth(1).click()
    await expect(page.locator(f"tr[data-record-id='{records[1]}']")).to_be_visible()
    await expect(page.get_by_test_id("selection-count")).to_have_text("2")
    await page.bring_to_front()
    await page.locator(f"tr[data-record-id='{records[0]}']").get_by_test_id("record-checkbox").uncheck()
    await expect(register.boxes.nth(0)).not_to_be_checked()
    await register.in_list(1)


async def test_what_is_open_and_marked_stays_when_another_tab_changes_the_list(
    page: Page, other: Page, shelf: Shelf
) -> None:
    records = await shelf.records(5)
    group = await shelf.make("L", records[:4])
    await page.goto(f"/groups/{group}")
    await page.bring_to_front()
    rows = page.get_by_test_id("record-row")
    await rows.nth(0).locator("td.col-year").click()
    await rows.nth(2).locator("td.col-year").click()
    await rows.nth(1).locator("td.col-menu summary").click()
    register = RegisterPage(other, shelf.person)
    await register.open(f"?record={records[4]}&group={group}")
    await other.locator("#record-tick").check()
    await expect(rows).to_have_count(5)
    await expect(page.locator("tr.is-marked")).to_have_count(2)
    await expect(page.locator("#marked-count")).to_have_text("2")
    await expect(page.locator("td.col-menu details[open]")).to_have_count(1)


async def test_two_tabs_of_one_list_show_the_same_notes_and_order(
    page: Page, other: Page, shelf: Shelf
) -> None:
    group = await shelf.make("L", await shelf.records(3))
    for tab in (page, other):
        await tab.goto(f"/groups/{group}")
    await page.bring_to_front()
    rows = page.get_by_test_id("record-row")
    await rows.nth(2).get_by_test_id("record-checkbox").focus()
    await page.keyboard.press("Alt+ArrowUp")
    await rows.nth(0).locator("td.col-menu summary").click()
    await rows.nth(0).locator("[data-row=note]").click()
    await page.fill("#note-text", "Seen in both")
    await page.click("#note-form button[type=submit]")
    await expect(other.get_by_test_id("record-row").nth(0)).to_contain_text("Seen in both")
    order = "rows => rows.map(row => row.dataset.recordId)"
    assert await rows.evaluate_all(order) == await other.get_by_test_id("record-row").evaluate_all(order)


async def test_a_note_that_was_changed_in_another_tab_is_not_written_over_unseen(
    page: Page, shelf: Shelf, complaints: Complaints
) -> None:
    complaints.expect("status of 409")
    [record] = await shelf.records(1)
    group = await shelf.make("L", [record])
    await page.goto(f"/groups/{group}")
    row = page.get_by_test_id("record-row")
    await row.locator("td.col-menu summary").click()
    await row.locator("[data-row=note]").click()
    await page.fill("#note-text", "Mine")
    await good(shelf.person, "PATCH", f"/groups/{group}/records/{record}", {"note": "Theirs"})
    await page.click("#note-form button[type=submit]")
    await expect(page.locator("#note-error")).to_contain_text("This note was changed elsewhere to “Theirs”.")
    await expect(page.locator("#note-text")).to_have_value("Mine")
    await page.click("#note-form button[type=submit]")
    await expect(row).to_contain_text("Mine")
    await page.get_by_test_id("toast").get_by_test_id("undo").click()
    await expect(row).to_contain_text("Theirs")


async def test_the_overview_follows(page: Page, other: Page, shelf: Shelf) -> None:
    group = await shelf.make("Before", await shelf.records(2))
    await page.goto("/groups")
    row = page.locator(f".list-row[data-list='{group}']")
    await expect(row.get_by_test_id("list-count")).to_have_text("2")
    await other.goto(f"/groups/{group}")
    await other.get_by_test_id("record-checkbox").first.uncheck()
    await expect(row.get_by_test_id("list-count")).to_have_text("1")
    await other.locator("#list-menu summary").click()
    await other.locator("[data-act=edit]").click()
    await other.fill("#list-name", "Afterwards")
    await other.click("#list-save")
    await expect(row).to_contain_text("Afterwards")
    await other.locator("#list-menu summary").click()
    await other.locator("[data-act=delete]").click()
    await expect(page.get_by_test_id("deleted-row")).to_contain_text("Afterwards")


async def test_the_counts_of_combined_lists_follow(page: Page, other: Page, shelf: Shelf) -> None:
    records = await shelf.records(4)
    a, b = await shelf.make("A", records[:3]), await shelf.make("B", records[2:])
    await page.goto(f"/groups/compare?of={a}&of={b}&op=intersection")
    await expect(page.get_by_test_id("result-count")).to_have_text("1 law")
    await other.goto(f"/groups/{b}")
    await other.locator(f"tr[data-record-id='{records[2]}']").get_by_test_id("record-checkbox").uncheck()
    await expect(page.get_by_test_id("result-count")).to_have_text("0 laws")
    await expect(page.locator(f"[data-in-list='{b}']")).to_have_text("1")
    await page.reload()
    await expect(page.locator("input[value=intersection]")).to_be_checked()
    await expect(page.get_by_test_id("result-count")).to_have_text("0 laws")


async def test_the_history_follows_what_is_undone(page: Page, other: Page, shelf: Shelf) -> None:
    records = await shelf.records(2)
    group = await shelf.make("L", records)
    for tab in (page, other):
        await tab.goto(f"/history?group={group}&action=ticked")
    entry = page.get_by_test_id("history-entry")
    await expect(entry).to_have_count(1)
    await other.get_by_test_id("history-entry").get_by_test_id("undo").click()
    await expect(entry).to_contain_text("undone")
    assert await shelf.selected("L") == set()


async def test_the_drift_of_a_frozen_list_follows(page: Page, other: Page, shelf: Shelf) -> None:
    group = await shelf.make("Frozen", (await shelf.records(500, q="noise"))[1:])
    frozen = {"filter": {"q": "noise"}, "frozen": True}
    await good(shelf.person, "PUT", f"/groups/{group}/filter", frozen)
    await page.goto(f"/groups/{group}/filter")
    await expect(page.get_by_test_id("drift")).to_contain_text("1 new match")
    await other.goto(f"/groups/{group}")
    await other.get_by_test_id("drift-notice").get_by_role("button", name="Accept").click()
    await expect(page.get_by_test_id("drift")).to_contain_text("contains exactly")
