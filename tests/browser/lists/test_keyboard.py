"""The pages of lists without a mouse."""

import re

from playwright.async_api import Page, expect

from tests.browser.lists.conftest import Shelf


async def test_laws_are_unticked_marked_and_found_and_it_is_undone_and_redone(
    page: Page, shelf: Shelf
) -> None:
    records = await shelf.records(4)
    group = await shelf.make("L", records)
    await page.goto(f"/groups/{group}")
    press, boxes = page.keyboard.press, page.get_by_test_id("record-checkbox")
    count = page.get_by_test_id("selection-count")
    await boxes.nth(0).focus()
    await press("ArrowDown")
    await expect(boxes.nth(1)).to_be_focused()
    await press("Space")
    await expect(count).to_have_text("3")
    await press("Control+z")
    await expect(count).to_have_text("4")
    await press("Control+Shift+z")
    await expect(count).to_have_text("3")
    await page.reload()
    await expect(page.get_by_test_id("record-row")).to_have_count(3)
    await press("Control+z")
    await expect(count).to_have_text("4")
    await boxes.nth(0).focus()
    await press("x")
    await press("ArrowDown")
    await press("x")
    await expect(page.locator("#marked-count")).to_have_text("2")
    await press("Escape")
    await expect(page.locator("#marked-bar")).to_be_hidden()
    await press("/")
    await expect(page.get_by_test_id("search")).to_be_focused()


async def test_two_lists_are_combined(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(3)
    a, b = await shelf.make("A", records[:2]), await shelf.make("B", records[1:])
    await page.goto("/groups/compare")
    press = page.keyboard.press
    for group in (a, b):
        await page.locator(f"input[value='{group}']").focus()
        await press("Space")
    await page.locator("input[name=op]:checked").focus()
    for _ in range(4):
        if await page.locator("input[value=intersection]").is_checked():
            break
        await press("ArrowDown")
    await expect(page.get_by_test_id("result-count")).to_have_text("1 law")
    await page.locator("#save-name").focus()
    await page.keyboard.type("Both")
    await press("Enter")
    await expect(page.get_by_test_id("toast")).to_contain_text("“Both” has 1 law")


async def test_what_is_pasted_is_matched_chosen_and_imported(page: Page, shelf: Shelf) -> None:
    """A title that several laws have asks which one is meant."""
    laws = await shelf.person.records(q="noise", limit=500)
    title = laws[0]["title_en"]
    await page.goto("/groups/import")
    press = page.keyboard.press
    await page.locator("#import-text").focus()
    await page.keyboard.insert_text(f"UK_ukpga_1974_37\n{title}\nNo such law 1702")
    await press("Tab")  # the file
    await press("Tab")
    await press("Enter")
    await expect(page.locator("#found-heading")).to_be_focused()
    await expect(page.get_by_test_id("missing-count")).to_have_text("1")
    await page.locator("[data-show=missing]").focus()
    await press("Enter")
    await expect(page.get_by_test_id("import-item")).to_contain_text("No such law 1702")
    await page.locator("#import-into").focus()
    await page.locator("#import-into").select_option("")
    await page.locator("#import-name").fill("By keyboard")
    await press("Enter")
    await expect(page.get_by_test_id("toast")).to_contain_text(
        re.compile("[12] laws? imported into “By keyboard”")
    )


async def test_the_history_is_read_and_undone(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(2)
    group = await shelf.make("L", records)
    await page.goto(f"/history?group={group}&action=ticked")
    entry, press = page.get_by_test_id("history-entry"), page.keyboard.press
    await entry.locator("[data-details]").focus()
    await press("Enter")
    await expect(page.locator("#operation-drawer")).to_contain_text("Ticked: 2 laws")
    await press("Escape")
    await expect(entry.locator("[data-details]")).to_be_focused()
    await press("Tab")
    await press("Enter")
    await expect(entry).to_contain_text("undone")
    assert await shelf.selected("L") == set()
    await page.reload()
    await expect(entry).to_contain_text("undone")


GO_ON_AT_ONCE = """async () => {
  const drawer = document.getElementById("operation-drawer");
  const closed = new Promise(done => drawer.addEventListener("close", done));
  drawer.close();
  document.querySelector("[data-testid=undo]").focus();
  await closed;
  await new Promise(done => setTimeout(done));
}"""


async def test_who_goes_on_as_the_details_close_is_not_taken_back(page: Page, shelf: Shelf) -> None:
    group = await shelf.make("L", await shelf.records(2))
    await page.goto(f"/history?group={group}&action=ticked")
    entry = page.get_by_test_id("history-entry")
    await entry.locator("[data-details]").click()
    await expect(page.locator("#operation-drawer")).to_contain_text("Ticked: 2 laws")
    await page.evaluate(GO_ON_AT_ONCE)
    await expect(entry.get_by_test_id("undo")).to_be_focused()


async def test_who_is_in_an_entry_stays_there_when_what_is_above_it_goes(page: Page, shelf: Shelf) -> None:
    """The notice that something is still to come goes as soon as it has come: often under a hand."""
    group = await shelf.make("L", await shelf.records(2))
    await page.goto(f"/history?group={group}&action=ticked")
    entry = page.get_by_test_id("history-entry")
    await page.evaluate(
        "document.getElementById('history-entries')"
        ".insertAdjacentHTML('afterbegin', '\\n<div id=\"still-to-come\">Soon.</div>\\n')"
    )
    await entry.get_by_test_id("undo").focus()
    # As the page does it once it has heard of a change to its list.
    await page.evaluate(
        "new BroadcastChannel(`sertantai.ticks.${document.body.dataset.signedIn}`)"
        f".postMessage({{ list: '{group}', from: 'elsewhere' }})"
    )
    await expect(page.locator("#still-to-come")).to_have_count(0)
    await expect(entry.get_by_test_id("undo")).to_be_focused()


async def test_a_day_of_the_heat_map_is_gone_to(page: Page, shelf: Shelf) -> None:
    await shelf.make("L", await shelf.records(2))
    await page.goto("/history")
    await expect(page.get_by_test_id("history-entry")).not_to_have_count(0)
    await page.get_by_role("combobox", name="What").focus()
    await page.get_by_role("combobox", name="What").select_option("ticked")
    await page.wait_for_url("**action=ticked**")
    await expect(page.get_by_test_id("history-entry")).to_have_count(1)
    await page.reload()
    await expect(page.get_by_test_id("history-entry")).to_have_count(1)


async def test_the_palette_and_the_shortcuts_are_there_too(page: Page, shelf: Shelf) -> None:
    group = await shelf.make("Boiler house", await shelf.records(2))
    await page.goto("/history")
    press, options = page.keyboard.press, page.locator("#palette [role=option]")
    await press("Control+k")
    await page.keyboard.type("open the list boiler")
    await expect(options).to_have_count(1)
    await press("Enter")
    await page.wait_for_url(f"**/groups/{group}")
    await press("?")
    await expect(page.locator("#shortcuts")).to_contain_text("Move the law up or down in the list")
    await press("Escape")
    await press("Control+k")
    await page.keyboard.type("clear list")
    await press("Enter")
    await page.get_by_role("button", name="Clear list").last.press("Enter")
    await expect(page.get_by_test_id("selection-count")).to_have_text("0")
    await press("Control+k")
    await page.keyboard.type("undo")
    await press("Enter")
    await expect(page.get_by_test_id("selection-count")).to_have_text("2")
    await press("Control+k")
    await page.keyboard.type("UK_ukpga_1974_37")
    await expect(options.first).to_contain_text("Health and Safety at Work")
    await press("Enter")
    await page.wait_for_url("**/records/*")
    await expect(page.locator("#record-title")).to_contain_text("Health and Safety at Work")


async def test_escape_on_a_menu_closes_the_menu_and_leaves_the_marks(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(3)
    group = await shelf.make("L", records)
    await page.goto(f"/groups/{group}")
    await page.get_by_test_id("record-checkbox").first.focus()
    await page.keyboard.press("x")
    await expect(page.locator("tr.is-marked")).to_have_count(1)
    await page.locator("#list-menu summary").click()
    await page.keyboard.press("Escape")
    await expect(page.locator("#list-menu")).not_to_have_attribute("open", "")
    await expect(page.locator("tr.is-marked")).to_have_count(1)
    await page.keyboard.press("Escape")
    await expect(page.locator("tr.is-marked")).to_have_count(0)
