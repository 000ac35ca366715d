"""From a list one opens a law, goes on to the next, writes a note, and is still in the list."""

import re

from playwright.async_api import BrowserContext, Page, expect

from tests.browser.lists.conftest import Shelf
from tests.fixtures.accessibility import FURTHER_ROWS, assert_accessible
from tests.fixtures.browser import Complaints


async def test_a_law_opened_from_a_list_stays_in_the_list(page: Page, shelf: Shelf) -> None:
    group = await shelf.make("L", await shelf.records(30))
    await page.goto(f"/groups/{group}?limit=25&sort=title_en")
    rows = page.get_by_test_id("record-row")
    titles = [await row.get_attribute("data-title") for row in await rows.all()]
    await rows.nth(23).locator(".record-title").click()
    drawer = page.locator("#record-drawer")
    await expect(drawer.locator("#record-title")).to_have_text(titles[23] or "")
    await assert_accessible(page, without=[FURTHER_ROWS])
    await drawer.get_by_role("button", name="Next law").click()
    await expect(drawer.locator("#record-title")).to_have_text(titles[24] or "")
    await drawer.get_by_role("button", name="Next law").click()
    await expect(page).to_have_url(re.compile("page=2"))
    await expect(rows).to_have_count(5)
    await expect(drawer.locator("#record-title")).to_have_text(
        await rows.first.get_attribute("data-title") or ""
    )
    await drawer.get_by_role("button", name="Previous law").click()
    await expect(drawer.locator("#record-title")).to_have_text(titles[24] or "")
    address = page.url
    await page.keyboard.press("Escape")
    await expect(drawer).to_be_hidden()
    await expect(page).to_have_url(re.compile(rf"/groups/{group}\?"))
    await page.goto(address)
    await expect(drawer.locator("#record-title")).to_have_text(titles[24] or "")


async def test_a_row_has_its_details_and_its_removal_in_its_menu(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(2)
    group = await shelf.make("L", records)
    await page.goto(f"/groups/{group}")
    row = page.locator(f"[data-record-id='{records[0]}']")
    await row.locator("summary").click()
    await row.get_by_role("link", name="Details").click()
    await expect(page.locator("#record-drawer #record-title")).to_be_visible()
    await page.keyboard.press("Escape")
    await row.locator("summary").click()
    await row.get_by_role("button", name="Remove from list").click()
    await expect(page.get_by_test_id("selection-count")).to_have_text("1")
    assert await shelf.selected("L") == {records[1]}
    await expect(page.locator("#toasts")).to_contain_text("removed from the list")  # others may say it sooner
    await page.keyboard.press("Control+z")
    await expect(page.get_by_test_id("selection-count")).to_have_text("2")


async def test_the_search_of_a_list_finds_notes_and_tags_and_keeps_its_filters(
    page: Page, shelf: Shelf
) -> None:
    records = await shelf.records(20)
    group = await shelf.make("L", records)
    http = shelf.person.http
    await http.patch(f"/groups/{group}/records/{records[0]}", json={"note": "Asbestos survey, due in March"})
    await http.patch(f"/groups/{group}/records/{records[1]}", json={"tags": ["café Leeds"]})
    await page.goto(f"/groups/{group}")
    rows = page.get_by_test_id("record-row")
    for words, found in (("asbes", records[0]), ("CAFE leeds", records[1]), ("survey march", records[0])):
        await page.get_by_test_id("search").fill(words)
        await expect(rows).to_have_count(1)
        await expect(rows).to_have_attribute("data-record-id", found)
    await page.locator(".all-menu > summary").click()
    await page.locator("[data-all=remove]").click()
    await expect(page.get_by_test_id("selection-count")).to_have_text("19")
    assert records[0] not in await shelf.selected("L")
    await page.get_by_test_id("search").fill("nothing is called so")
    await expect(page.get_by_text("Nothing in this list matches")).to_be_visible()
    await expect(page.get_by_test_id("filter-type-code")).to_be_visible()


async def test_the_note_has_the_focus_and_what_is_typed_offline_is_kept(
    page: Page, shelf: Shelf, context: BrowserContext, complaints: Complaints
) -> None:
    complaints.expect("ERR_INTERNET_DISCONNECTED", "Failed to load")
    [record] = await shelf.records(1)
    group = await shelf.make("L", [record])
    await page.goto(f"/groups/{group}")
    row = page.get_by_test_id("record-row")
    await row.locator("summary").click()
    await row.locator("[data-row=note]").click()
    await expect(page.locator("#note-text")).to_be_focused()
    await context.set_offline(True)
    await page.keyboard.type("Checked on site")
    await page.locator("#note-form [type=submit]").click()
    await expect(page.locator("#note-error")).to_contain_text("safe in this browser", timeout=60_000)
    await context.set_offline(False)
    await page.reload()
    await row.locator("summary").click()
    await row.locator("[data-row=note]").click()
    await expect(page.locator("#note-text")).to_have_value("Checked on site")
    await page.locator("#note-form [type=submit]").click()
    await expect(row).to_contain_text("Checked on site")


async def test_an_import_says_which_line_names_a_law_again(
    page: Page, shelf: Shelf, complaints: Complaints
) -> None:
    complaints.expect("status of 409")
    await shelf.make("Taken")
    law = "Health and Safety at Work etc. Act 1974"
    await page.goto("/groups/import")
    await page.fill("#import-text", f"title,note\n{law},first\nSI 2013/1471,\n{law},second\n")
    await page.get_by_test_id("match").click()
    told = page.get_by_test_id("import-item").filter(has_text="The same law as line 2")
    await expect(told).to_have_count(1)
    await expect(told).to_contain_text("whose note and tags are used")
    await expect(page.get_by_test_id("import-sum")).to_contain_text("1 line names a law again")
    await page.select_option("#import-into", "")
    await page.fill("#import-name", "Taken")
    await page.get_by_test_id("import-save").click()
    refused = page.get_by_test_id("toast").filter(has_text="already have a list")
    await expect(refused).to_be_visible()
    await page.fill("#import-name", "New")
    await page.get_by_test_id("import-save").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("2 laws imported into “New”")
    await expect(refused).to_have_count(0)


async def test_after_an_import_only_what_was_not_found_is_left(page: Page, shelf: Shelf) -> None:
    group = await shelf.make("Into")
    await page.goto(f"/groups/import?into={group}")
    await page.fill("#import-text", "UK_ukpga_1974_37\nSI 1850/77777\nThe Law That Nobody Wrote")
    await page.get_by_test_id("match").click()
    await page.get_by_test_id("import-save").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("1 law imported")
    await expect(page.locator("#found")).to_be_hidden()
    await expect(page.locator("#import-text")).to_have_value("SI 1850/77777\nThe Law That Nobody Wrote")
    await expect(page.locator("#import-told")).to_contain_text("2 lines are left")
