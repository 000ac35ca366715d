"""/groups/{group}: what is in a list is unticked, noted, marked, copied, moved, cleared, filtered."""

import json

import pytest
from playwright.async_api import Page, expect

from tests.browser.lists.conftest import Shelf
from tests.fixtures.accessibility import assert_accessible
from tests.fixtures.browser import Complaints
from tests.fixtures.colleagues import good


async def open_list(page: Page, shelf: Shelf, name: str, query: str = "") -> None:
    await page.goto(f"/groups/{shelf.ids[name]}{query}")


async def test_an_unticked_law_stays_in_sight_and_comes_back_with_its_note(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(3)
    group = await shelf.make("L", records)
    await good(shelf.person, "PATCH", f"/groups/{group}/records/{records[0]}", {"note": "Keep me"})
    await open_list(page, shelf, "L")
    row = page.locator(f"[data-record-id='{records[0]}']")
    box = row.get_by_test_id("record-checkbox")
    await box.uncheck()
    await expect(page.get_by_test_id("selection-count")).to_have_text("2")
    await expect(row).to_be_visible()
    saved = page.get_by_test_id("sync-state")
    await expect(saved).to_have_attribute("data-state", "synced")
    assert await shelf.selected("L") == set(records[1:])
    await box.check()
    await expect(page.get_by_test_id("selection-count")).to_have_text("3")
    await expect(saved).to_have_attribute("data-state", "synced")
    await page.reload()
    await expect(row).to_contain_text("Keep me")


async def test_a_refused_untick_is_put_back_and_says_why(
    page: Page, shelf: Shelf, complaints: Complaints
) -> None:
    complaints.expect("503", "/records/")
    records = await shelf.records(1)
    await shelf.make("L", records)
    await open_list(page, shelf, "L")
    problem = '{"status": 503, "code": "journal_full", "detail": "The journal is full."}'
    await page.route(
        "**/api/v1/groups/*/records/*",
        lambda route: route.fulfill(status=503, content_type="application/problem+json", body=problem),
    )
    box = page.get_by_test_id("record-checkbox")
    await box.click()
    await expect(page.get_by_test_id("toast")).to_contain_text("The journal is full.", timeout=60_000)
    await expect(box).to_be_checked()
    assert await shelf.selected("L") == set(records)


async def test_a_list_is_sorted_by_when_its_laws_came_in(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(3)
    wanted = [records[1], records[2], records[0]]
    group = await shelf.make("L", wanted[:1])
    for record in wanted[1:]:
        await shelf.person.operate("bulk_select", group, record_ids=[record])
    rows = page.get_by_test_id("record-row")

    async def shown() -> list[str | None]:
        return [await row.get_attribute("data-record-id") for row in await rows.all()]

    await open_list(page, shelf, "L")
    added = page.get_by_role("columnheader", name="Added")
    await added.get_by_role("link").click()
    await expect(added).to_have_attribute("aria-sort", "ascending")
    assert await shown() == wanted
    await added.get_by_role("link").click()
    await expect(added).to_have_attribute("aria-sort", "descending")
    assert await shown() == wanted[::-1]
    await page.reload()
    assert await shown() == wanted[::-1]


async def test_notes_and_tags_are_written_and_tags_filter(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(2)
    await shelf.make("L", records)
    await open_list(page, shelf, "L")
    row = page.locator(f"[data-record-id='{records[1]}']")
    await row.locator("td.col-menu summary").click()
    await row.locator("[data-row=note]").click()
    await page.fill("#note-text", "Ask about this")
    await page.fill("#note-tags", "urgent, site A, urgent")
    await page.click("#note-form button[type=submit]")
    await expect(row).to_contain_text("Ask about this")
    await row.get_by_role("link", name="site A").click()
    await expect(page.get_by_test_id("record-row")).to_have_count(1)
    await page.go_back()
    await expect(page.get_by_test_id("record-row")).to_have_count(2)


async def test_a_saved_note_is_taken_back_from_the_notice_and_by_keyboard(page: Page, shelf: Shelf) -> None:
    [record] = await shelf.records(1)
    group = await shelf.make("L", [record])
    await good(shelf.person, "PATCH", f"/groups/{group}/records/{record}", {"note": "Before"})
    await open_list(page, shelf, "L")
    row = page.locator(f"[data-record-id='{record}']")

    async def write(text: str) -> None:
        await row.locator("td.col-menu summary").click()
        await row.locator("[data-row=note]").click()
        await page.fill("#note-text", text)
        await page.click("#note-form button[type=submit]")
        await expect(row).to_contain_text(text)

    await write("After")
    await page.get_by_test_id("toast").get_by_test_id("undo").click()
    await expect(row).to_contain_text("Before")
    await write("Later")
    await page.keyboard.press("Control+z")
    await expect(row).to_contain_text("Before")
    await page.goto("/history")
    entry = page.get_by_test_id("history-entry").filter(has_text="Undid").first
    await entry.get_by_test_id("undo").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("1 law changed back")
    await open_list(page, shelf, "L")
    await expect(row).to_contain_text("Later")


async def test_laws_are_put_in_order_by_dragging_by_menu_and_by_keyboard(page: Page, shelf: Shelf) -> None:
    await shelf.make("L", await shelf.records(4))
    await open_list(page, shelf, "L")
    rows = page.get_by_test_id("record-row")

    async def shown() -> list[str | None]:
        return [await row.get_attribute("data-record-id") for row in await rows.all()]

    async def becomes(wanted: list[str | None]) -> None:
        await expect(rows.first).to_have_attribute("data-record-id", str(wanted[0]))
        await expect(rows.last).to_have_attribute("data-record-id", str(wanted[-1]))
        assert await shown() == wanted

    a, b, c, d = await shown()
    await (
        rows.nth(3)
        .locator("td.col-year")
        .drag_to(rows.nth(0).locator("td.col-year"), target_position={"x": 5, "y": 2})
    )
    await becomes([d, a, b, c])
    await rows.nth(0).get_by_test_id("record-checkbox").focus()
    await page.keyboard.press("Alt+ArrowDown")
    await becomes([a, d, b, c])
    await expect(rows.nth(1).get_by_test_id("record-checkbox")).to_be_focused()
    await rows.nth(3).locator("td.col-menu summary").click()
    await rows.nth(3).locator("[data-row=first]").click()
    await becomes([c, a, d, b])
    await page.reload()
    assert await shown() == [c, a, d, b]
    await page.goto(f"/groups/{shelf.ids['L']}?sort=-year")
    await expect(page.locator("[data-row=up]")).to_have_count(0)


@pytest.mark.parametrize(("width", "place"), [(1280, "#lists-side"), (1000, "#group-switcher")])
async def test_a_law_is_dragged_onto_another_list(page: Page, shelf: Shelf, width: int, place: str) -> None:
    """Beside the page; where it has no room for that, in the switcher, which opens."""
    await page.set_viewport_size({"width": width, "height": 900})
    records = await shelf.records(3)
    await shelf.make("L", records)
    await shelf.make("Other")
    await open_list(page, shelf, "L")
    row = page.get_by_test_id("record-row").first
    dragged = await row.get_attribute("data-record-id")
    await row.locator("td.col-year").hover()
    await page.mouse.down()
    await page.mouse.move(300, 300)
    target = page.locator(f"{place} a[href='/groups/{shelf.ids['Other']}']")
    await target.hover()
    await target.hover()  # a drag begins with the first, and enters with the second
    await page.mouse.up()
    await expect(page.get_by_test_id("toast")).to_contain_text("1 law copied to “Other”")
    await expect(target.locator("[data-count-of]")).to_have_text("1")
    assert await shelf.selected("Other") == {dragged}
    assert await shelf.selected("L") == set(records)


async def test_marked_laws_are_moved_to_a_list_made_on_the_spot_and_undo_brings_them_back(
    page: Page, shelf: Shelf
) -> None:
    records = await shelf.records(4)
    await shelf.make("L", records)
    await open_list(page, shelf, "L")
    rows = page.get_by_test_id("record-row")
    await rows.nth(0).locator("td.col-year").click()
    await rows.nth(2).locator("td.col-year").click(modifiers=["Shift"])
    await expect(page.locator("#marked-count")).to_have_text("3")
    await page.click("[data-marked=move]")
    await page.fill("#target-new-name", "New one")
    await page.click("#target-new button")
    await expect(page.get_by_test_id("selection-count")).to_have_text("1")
    await page.get_by_test_id("toast").get_by_test_id("undo").click()
    await expect(page.get_by_test_id("selection-count")).to_have_text("4")
    assert await shelf.selected("L") == set(records)


async def test_a_list_is_cleared_after_a_question_and_undone(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(5)
    await shelf.make("L", records)
    await open_list(page, shelf, "L")
    await page.locator("#list-menu summary").click()
    await page.get_by_test_id("clear-selection").click()
    await page.get_by_role("button", name="Clear list").last.click()
    await expect(page.get_by_test_id("empty-state")).to_be_visible()
    assert await shelf.selected("L") == set()
    await page.get_by_test_id("undo").click()
    await expect(page.get_by_test_id("record-row")).to_have_count(5)


async def test_a_list_that_has_more_by_now_is_cleared_after_another_question(
    page: Page, shelf: Shelf, complaints: Complaints
) -> None:
    complaints.expect("status of 409")
    records = await shelf.records(9)
    group = await shelf.make("L", records[:5])
    await open_list(page, shelf, "L")
    await page.locator("#list-menu summary").click()
    await page.get_by_test_id("clear-selection").click()
    question = page.locator("dialog[open]")
    await expect(question).to_contain_text("All 5 laws will be removed")
    await shelf.person.operate("bulk_select", group, record_ids=records[5:])
    await question.get_by_role("button", name="Clear list").click()
    await expect(question).to_contain_text("The list has changed: it has 9 laws now, not 5.")
    assert await shelf.selected("L") == set(records)
    await question.get_by_role("button", name="Clear list").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("List cleared: 9 laws removed")
    assert await shelf.selected("L") == set()


async def test_searching_narrows_the_list_and_its_address(page: Page, shelf: Shelf) -> None:
    [known] = await shelf.records(1, q="UK_ukpga_1974_37")
    await shelf.make("L", [known, *(await shelf.records(5))])
    await open_list(page, shelf, "L")
    await page.get_by_test_id("search").fill("UK_ukpga_1974_37")
    await expect(page.get_by_test_id("record-row")).to_have_count(1)
    await page.reload()
    await expect(page.get_by_test_id("record-row")).to_have_count(1)
    await page.get_by_role("link", name="Clear filters").click()
    await expect(page.get_by_test_id("record-row")).not_to_have_count(1)
    await page.get_by_test_id("filter-type-code").locator("summary").click()
    await assert_accessible(page)


async def test_a_live_list_follows_its_filter_when_it_is_opened(page: Page, shelf: Shelf) -> None:
    matching = await shelf.records(500, q="noise")
    group = await shelf.make("Smart")
    await good(shelf.person, "PUT", f"/groups/{group}/filter", {"filter": {"q": "noise"}})
    await open_list(page, shelf, "Smart")
    await expect(page.get_by_test_id("selection-count")).to_have_text(f"{len(matching)}")
    assert await shelf.selected("Smart") == set(matching)


async def test_a_law_unticked_in_a_live_list_stays_out_and_is_shown_as_an_exception(
    page: Page, shelf: Shelf
) -> None:
    made = await good(
        shelf.person, "POST", "/groups", {"name": "Live", "filter": {"q": "asbestos", "year_from": 2000}}
    )
    group = made["id"]
    await page.goto(f"/groups/{group}")
    row = page.get_by_test_id("record-row").first
    law = await row.get_attribute("data-record-id")
    await row.get_by_test_id("record-checkbox").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("unticked")
    await page.reload()
    await expect(page.locator(f"tr.record[data-record-id='{law}']")).to_have_count(0)
    await expect(page.get_by_test_id("drift-notice")).to_have_count(0)
    assert law not in await shelf.person.selected(group)
    await page.get_by_test_id("exceptions-tab").click()
    exception = page.get_by_test_id("exception")
    await expect(exception).to_contain_text("Never in")
    await expect(exception).to_contain_text("by you")
    await assert_accessible(page)
    await page.goto(f"/groups/{group}/filter")
    await expect(page.get_by_test_id("drift")).to_contain_text("matches, except for 1 exception.")
    await page.get_by_role("link", name="1 exception", exact=True).click()
    await exception.get_by_role("button").click()
    await expect(page.get_by_test_id("empty-state")).to_be_visible()
    assert law in await shelf.person.selected(group)


async def test_a_live_list_is_not_remembered_as_what_later_ticks_go_into(page: Page, shelf: Shelf) -> None:
    made = await good(shelf.person, "POST", "/groups", {"name": "Live", "filter": {"q": "asbestos"}})
    await page.goto(f"/records?group={made['id']}")
    await expect(page.locator(".group-switcher-name")).to_contain_text("Live")
    await page.goto("/records")
    await expect(page.locator(".group-switcher-name")).not_to_contain_text("Live")


async def test_what_a_filter_leaves_of_a_list_is_handed_out_in_each_form(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(3)
    group = await shelf.make("L", records)
    await good(shelf.person, "PATCH", f"/groups/{group}/records/{records[1]}", {"note": "discharge permit"})
    await page.goto(f"/groups/{group}?q=discharge")
    await page.locator("#all-menu summary").click()
    forms = page.locator("#all-menu [data-export]")
    assert await forms.all_inner_texts() == [
        "CSV", "Excel (XLSX)", "JSON", "NDJSON", "Parquet", "BibTeX", "RIS",
    ]  # fmt: skip
    async with page.expect_download() as started:
        await forms.nth(2).click()
    file = await (await started.value).path()
    assert [record["id"] for record in json.loads(file.read_text())["records"]] == [records[1]]
