"""What was imported into a list, on its page: the lines with no law yet, the report, and its end."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.browser.lists.conftest import Shelf
from tests.fixtures.accessibility import assert_accessible
from tests.fixtures.colleagues import good


def missing(count: int, text: str = "House rules") -> list[dict[str, Any]]:
    return [{"line": at, "text": f"{text} {at}", "outcome": "missing"} for at in range(1, count + 1)]


async def send(shelf: Shelf, group: str, report: list[dict[str, Any]]) -> str:
    items = [{"record_id": line["record_id"]} for line in report if line["outcome"] == "imported"]
    sent = await good(shelf.person, "POST", f"/groups/{group}/imports", {"items": items, "report": report})
    id: str = sent["import_id"]
    assert id, sent
    return id


async def test_lines_with_no_law_yet_stand_first_and_lead_to_the_search(page: Page, shelf: Shelf) -> None:
    [law] = await shelf.records(1)
    group = await shelf.make("Brought in")
    older = await send(shelf, group, missing(1, "Old rules"))
    report = [
        {"line": 1, "text": "found", "outcome": "imported", "record_id": law},
        {"line": 2, "text": "Noise", "outcome": "ambiguous", "reason": "12 laws could be meant"},
        {"line": 3, "text": "<b>Waste & water</b>", "outcome": "missing"},
    ]
    await send(shelf, group, report)
    await page.goto(f"/groups/{group}")
    await page.locator("#list-menu summary").click()
    await page.get_by_role("link", name="Earlier imports").click()
    cards = page.get_by_test_id("import")
    await expect(cards).to_have_count(2)
    await expect(cards.first).to_contain_text("3 lines: 1 imported, 1 not chosen, 1 not found")
    lines = cards.first.get_by_test_id("import-line")
    await expect(lines).to_have_count(2)
    await expect(lines.first).to_contain_text("<b>Waste & water</b>")
    await expect(lines.first).to_contain_text("Not found")
    await expect(lines.nth(1)).to_contain_text("12 laws could be meant")
    await assert_accessible(page)
    await cards.nth(1).get_by_role("link", name="Show 1 line with no law yet").click()
    await expect(page).to_have_url(f"/groups/{group}/imports?import={older}")
    await expect(cards.nth(1).get_by_test_id("import-line")).to_contain_text("Old rules 1")
    await expect(cards.first.get_by_test_id("import-line")).to_have_count(0)
    await cards.nth(1).get_by_role("link", name="Search for Old rules 1").click()
    await expect(page.get_by_test_id("search")).to_have_value("Old rules 1")


async def test_a_report_is_downloaded_and_removed_by_the_keyboard(
    page: Page, shelf: Shelf, tmp_path: Path
) -> None:
    group = await shelf.make("Brought in")
    for _ in range(2):
        await send(shelf, group, missing(1))
    await page.goto(f"/groups/{group}/imports")
    cards = page.get_by_test_id("import")
    async with page.expect_download() as downloading:
        await cards.first.get_by_role("link", name="Download report").click()
    file = await (await downloading.value).path()
    assert "House rules 1" in file.read_text("utf-8-sig")
    for left in (1, 0):
        await cards.first.get_by_role("button", name="Remove").focus()
        await page.keyboard.press("Enter")
        dialog = page.locator("dialog[open]")
        await expect(dialog).to_contain_text("stay in the list")
        await dialog.get_by_role("button", name="Remove").focus()
        await page.keyboard.press("Enter")
        await expect(cards).to_have_count(left)
        if left:
            await expect(cards.first.get_by_role("button", name="Remove")).to_be_focused()
    await expect(page.get_by_test_id("empty-state")).to_contain_text("No imports yet")


async def test_of_many_lines_the_first_are_shown_and_the_rest_is_counted(page: Page, shelf: Shelf) -> None:
    group = await shelf.make("Brought in")
    chosen = [{"line": 1, "text": "Noise", "outcome": "ambiguous"}]
    await send(shelf, group, [*chosen, *missing(205)])
    await page.goto(f"/groups/{group}/imports")
    await expect(page.get_by_test_id("import-line")).to_have_count(200)
    await expect(page.get_by_test_id("import-line").first).to_contain_text("House rules 1")
    await expect(page.locator(".import-lines-rest")).to_have_text("and 6 lines more, in the report")
