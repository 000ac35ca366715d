"""The pages beside lists: combining, importing, history, the past, filters; accessible in both themes."""

from playwright.async_api import Page, expect

from tests.browser.lists.conftest import Shelf


async def test_two_lists_are_compared_and_what_they_share_is_saved(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(5)
    a, b = await shelf.make("A", records[:3]), await shelf.make("B", records[2:])
    await page.goto("/groups/compare")
    await page.locator(f"input[value='{a}']").check()
    await page.locator(f"input[value='{b}']").check()
    await expect(page.locator("[data-count-of=difference]")).to_have_text("2")
    await page.locator("input[value=intersection]").check()
    await expect(page.get_by_test_id("result-count")).to_have_text("1 law")
    await expect(page.get_by_test_id("side-only-second")).to_contain_text("Only in B")
    await page.fill("#save-name", "Both")
    await page.get_by_test_id("save-as").click()
    await page.get_by_test_id("toast").get_by_role("link", name="Open").click()
    await expect(page.locator("h1")).to_contain_text("Both")
    await expect(page.get_by_test_id("record-row")).to_have_count(1)


async def test_pasted_citations_are_looked_at_and_imported_into_a_list(page: Page, shelf: Shelf) -> None:
    [known] = await shelf.records(1, q="UK_ukpga_1974_37")
    group = await shelf.make("Into")
    await page.goto(f"/groups/import?into={group}")
    await page.fill("#import-text", "UK_ukpga_1974_37\nNo such law 1702\n")
    await page.get_by_test_id("match").click()
    await expect(page.get_by_test_id("matched-count")).to_have_text("1")
    await expect(page.get_by_test_id("missing-count")).to_have_text("1")
    assert await shelf.selected("Into") == set()
    await page.get_by_test_id("import-save").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("1 law imported")
    assert await shelf.selected("Into") == {known}


async def test_one_entry_of_the_history_is_undone_alone(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(4)
    group = await shelf.make("L", records[:2])
    await shelf.person.operate("bulk_select", group, record_ids=records[2:])
    await page.goto(f"/history?group={group}&action=ticked")
    entries = page.get_by_test_id("history-entry")
    await expect(entries).to_have_count(2)
    await entries.nth(1).locator("[data-details]").click()
    await expect(page.locator("#operation-drawer")).to_contain_text("Ticked: 2 laws")
    await page.keyboard.press("Escape")
    await entries.nth(1).get_by_test_id("undo").click()
    await expect(entries.nth(1)).to_contain_text("undone")
    assert await shelf.selected("L") == set(records[2:])


async def test_the_history_is_narrowed_to_one_law(page: Page, shelf: Shelf) -> None:
    [wanted] = await shelf.records(1, q="UK_ukpga_1974_37")
    others = [record for record in await shelf.records(4) if record != wanted][:2]
    group = await shelf.make("L", [wanted, *others])
    await shelf.person.operate("bulk_deselect", group, record_ids=others)
    await page.goto("/history")
    entries = page.get_by_test_id("history-entry")
    await page.get_by_test_id("history-law").fill("UK_ukpga_1974_37")
    await page.keyboard.press("Enter")
    await expect(entries).to_have_count(1)
    await expect(page.get_by_test_id("history-of-law")).to_contain_text("Health and Safety at Work etc. Act")
    await expect(entries).to_contain_text("3 laws")
    await page.goto("/history?law=No+such+act+1702")
    await expect(page.locator("#history-entries")).to_contain_text("No law is called")
    await expect(entries).to_have_count(0)


async def test_a_list_is_brought_back_as_it_was_before_a_change(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(3)
    group = await shelf.make("L", records)
    await shelf.person.operate("clear_all", group)
    await page.goto(f"/groups/{group}/moments")
    await page.get_by_role("link", name="Before this change: Cleared the list: 3 laws removed").click()
    await expect(page.get_by_test_id("past-count")).to_have_text("3 laws")
    await page.get_by_test_id("restore").click()
    await page.get_by_role("button", name="Restore", exact=True).click()
    await expect(page.get_by_test_id("toast")).to_contain_text("3 laws")
    assert await shelf.selected("L") == set(records)


async def test_a_filter_is_kept_with_a_list_and_its_drift_accepted(page: Page, shelf: Shelf) -> None:
    matching = await shelf.records(500, q="noise")
    group = await shelf.make("Smart", matching[1:])
    await page.goto(f"/groups/{group}/filter")
    await page.fill("#filter-q", "noise")
    await expect(page.get_by_test_id("filter-matching")).to_have_text(f"{len(matching)} laws")
    await page.locator("input[name=frozen][value=yes]").check()
    await page.get_by_test_id("save-filter").click()
    await expect(page.get_by_test_id("drift")).to_contain_text("1 new match, 0 no longer match")
    await page.get_by_test_id("accept-drift").click()
    await expect(page.get_by_test_id("drift")).to_contain_text("contains exactly")
    assert await shelf.selected("Smart") == set(matching)
