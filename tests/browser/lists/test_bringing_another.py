"""What is found belongs to what was brought: another text, or another file, never passes for it."""

import asyncio
import re
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from playwright.async_api import Page, Route, expect

from tests.browser.lists.conftest import Shelf
from tests.browser.lists.test_bringing_in import counts, drop
from tests.fixtures.accessibility import assert_accessible

TWO = """files => {
  const held = new DataTransfer();
  for (const [name, text] of files) held.items.add(new File([text], name));
  document.getElementById("match-form").dispatchEvent(
    new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: held }));
}"""


def held_back(gate: asyncio.Event, when: str = "") -> Callable[[Route], Coroutine[Any, Any, None]]:
    """Requests whose address has ``when`` in it go on once the gate is open."""

    async def go_on(route: Route) -> None:
        if when in route.request.url:
            await gate.wait()
        await route.continue_()

    return go_on


async def test_what_was_found_for_another_text_cannot_be_imported(page: Page, shelf: Shelf) -> None:
    await page.goto(f"/groups/import?into={await shelf.make('Changed')}")
    area, match, outdated = (
        page.locator("#import-text"),
        page.get_by_test_id("match"),
        page.get_by_test_id("import-outdated"),
    )
    await area.fill("Noise Act 1996\nControl of Asbestos Regulations")
    await match.click()
    assert await counts(page) == (1, 1, 0)
    await page.locator("[data-show=ambiguous]").click()
    await page.locator(".import-choices").press("Enter")
    await expect(page.get_by_test_id("ambiguous-count")).to_have_text("0 of 1")
    await expect(outdated).to_be_hidden()
    await area.fill("Clean Air Act 1993\nNoise Act 1996\nControl of Asbestos Regulations")
    await expect(outdated).to_contain_text("The text has changed")
    await expect(page.locator("#found")).to_have_js_property("inert", True)
    await assert_accessible(page)
    await area.fill("Noise Act 1996\nControl of Asbestos Regulations")
    await expect(outdated).to_be_hidden()
    await expect(page.locator("#found")).to_have_js_property("inert", False)
    await expect(page.get_by_test_id("import-sum")).to_contain_text("2 laws to import")
    await area.fill("Clean Air Act 1993\nNoise Act 1996\nControl of Asbestos Regulations")
    await outdated.get_by_role("button").click()
    await expect(page.get_by_test_id("matched-count")).to_have_text("2")
    await expect(outdated).to_be_hidden()
    await expect(page.get_by_test_id("ambiguous-count")).to_have_text("0 of 1")  # chosen before
    await page.get_by_test_id("import-save").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("3 laws imported")


async def test_a_text_file_that_comes_later_makes_what_was_found_old(
    page: Page, shelf: Shelf, tmp_path: Path
) -> None:
    await page.goto("/groups/import")
    await page.locator("#import-text").fill("Noise Act 1996")
    await page.get_by_test_id("match").click()
    assert await counts(page) == (1, 0, 0)
    (path := tmp_path / "later.txt").write_text("Clean Air Act 1993\nNoise Act 1996\n")
    await drop(page, path)
    await expect(page.get_by_test_id("import-outdated")).to_be_visible()
    await page.get_by_test_id("match").click()
    await expect(page.get_by_test_id("matched-count")).to_have_text("2")
    await expect(page.get_by_test_id("import-outdated")).to_be_hidden()


async def test_a_text_that_is_changed_while_laws_are_found_stops_it(page: Page, shelf: Shelf) -> None:
    gate = asyncio.Event()
    await page.goto("/groups/import")
    await page.route("**/api/v1/records/match", held_back(gate))
    await page.locator("#import-text").fill("Noise Act 1996")
    async with page.expect_request("**/api/v1/records/match"):
        await page.get_by_test_id("match").click()
    await page.locator("#import-text").press_sequentially(" and more")
    await expect(page.locator("#import-told")).to_contain_text("Stopped, as the text was changed")
    gate.set()
    await page.locator("#import-text").fill("Clean Air Act 1993")
    await page.get_by_test_id("match").click()
    assert await counts(page) == (1, 0, 0)
    await expect(page.locator("#import-items")).to_contain_text("Clean Air Act 1993")
    await expect(page.locator("#import-items")).not_to_contain_text("Noise Act 1996")


async def test_a_file_that_comes_while_another_is_read_takes_its_place(
    page: Page, shelf: Shelf, tmp_path: Path
) -> None:
    gate = asyncio.Event()
    for name, law in (("slow", "Noise Act 1996"), ("wanted", "Clean Air Act 1993")):
        (tmp_path / f"{name}.csv").write_text(f"Law,Owner\n{law},Us\n")
    await page.goto("/groups/import")
    await page.route("**/api/v1/imports/tables?*", held_back(gate, "name=slow.csv"))
    async with page.expect_request(re.compile(r"name=slow\.csv")):
        await drop(page, tmp_path / "slow.csv")
    await page.locator("#import-file").set_input_files(tmp_path / "wanted.csv")
    told = page.get_by_test_id("toast")
    await expect(told).to_contain_text("“wanted.csv” is read instead: “slow.csv” was not finished.")
    await expect(page.get_by_test_id("columns-table")).to_contain_text("Clean Air Act 1993")
    gate.set()
    await page.get_by_test_id("columns-next").click()
    assert await counts(page) == (1, 0, 0)
    await expect(page.locator("#import-brought-name")).to_have_text("wanted.csv")


async def test_of_several_files_it_says_which_is_read(page: Page, shelf: Shelf) -> None:
    await page.goto("/groups/import")
    await page.evaluate(TWO, [["one.txt", "Noise Act 1996"], ["other.txt", "Clean Air Act 1993"]])
    await expect(page.get_by_test_id("toast")).to_contain_text("One file at a time: “one.txt” is read.")
    await expect(page.locator("#import-text")).to_have_value("Noise Act 1996")
