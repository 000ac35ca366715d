"""Lists: all of them, one of them, what is done with them, and their past."""

from playwright.async_api import Page, expect

from tests.browser.scenes.scene import Scene, Scenes, Who
from tests.browser.scenes.world import DEFAULT, EMPTY, NOISE, REVIEWED, SITE, WASTE, World
from tests.fixtures.colleagues import good

LIST = "/groups/{group:str}"
LISTS = Scenes()

LISTS.at("lists", "My lists", "/groups", "/groups", Who.READER)
LISTS.at("lists-first", "No lists yet", "/groups", "/groups", Who.NEWCOMER)
LISTS.at("list", "A list with notes, tags and an order", LIST, lambda w: w.list_path(SITE), Who.READER)
LISTS.at("list-empty", "An empty list", LIST, lambda w: f"/groups/{w.lists[DEFAULT]}?q=zzzz", Who.READER)
LISTS.at("list-live", "A smart list", LIST, lambda w: w.list_path(WASTE), Who.READER)
LISTS.at(
    "list-drift",
    "A smart list that asks first, and what changed",
    LIST,
    lambda w: w.list_path(NOISE),
    Who.READER,
)
LISTS.at(
    "list-exceptions",
    "Exceptions: laws always or never in a list",
    f"{LIST}/exceptions",
    lambda w: w.list_path(WASTE, "/exceptions"),
    Who.READER,
)
LISTS.at(
    "list-print", "A list, ready to print", f"{LIST}/print", lambda w: w.list_path(SITE, "/print"), Who.READER
)
LISTS.at(
    "moments",
    "Earlier versions",
    f"{LIST}/moments",
    lambda w: w.list_path(REVIEWED, "/moments"),
    Who.READER,
)
LISTS.at(
    "changed",
    "Changed laws",
    f"{LIST}/changed",
    lambda w: w.list_path(SITE, "/changed"),
    Who.READER,
)
LISTS.at("filter", "A list's filter", f"{LIST}/filter", lambda w: w.list_path(NOISE, "/filter"), Who.READER)
LISTS.at(
    "compare",
    "Lists combined and compared",
    "/groups/compare",
    lambda w: f"/groups/compare?of={w.lists[SITE]}&of={w.lists[REVIEWED]}",
    Who.READER,
)
LISTS.at("compare-first", "Nothing to compare yet", "/groups/compare", "/groups/compare", Who.NEWCOMER)
IMPORTS = f"{LIST}/imports"
LISTS.at("imports", "Imports into a list", IMPORTS, lambda w: w.list_path(SITE, "/imports"), Who.READER)
LISTS.at("imports-none", "No imports yet", IMPORTS, lambda w: w.list_path(NOISE, "/imports"), Who.READER)
LISTS.at("history", "My history", "/history", "/history", Who.READER)
LISTS.at(
    "history-none",
    "No changes found",
    "/history",
    "/history?since=2001-01-01&until=2001-01-02",
    Who.READER,
)
LISTS.at(
    "evidence", "An evidence pack", f"{LIST}/evidence", lambda w: w.list_path(SITE, "/evidence"), Who.READER
)
LISTS.at("history-first", "No history yet", "/history", "/history", Who.NEWCOMER)
LISTS.at(
    "change",
    "A change in detail",
    "/history/{operation:str}",
    lambda w: f"/history/{w.operation}",
    Who.READER,
)
LISTS.at(
    "change-note",
    "A changed note in detail",
    "/history/{operation:str}",
    lambda w: f"/history/{w.edit}",
    Who.READER,
)


@LISTS.scene("list-new", "A new list", "/groups", Who.READER)
async def _new(page: Page, world: World) -> None:
    await page.goto("/groups")
    await page.get_by_test_id("new-list").click()
    await expect(page.locator("dialog[open]")).to_be_visible()


@LISTS.scene("list-marked", "Several laws marked", LIST, Who.READER)
async def _marked(page: Page, world: World) -> None:
    await page.goto(world.list_path(SITE))
    rows = page.get_by_test_id("record-row")
    await rows.nth(0).click(position={"x": 120, "y": 6})
    await rows.nth(2).click(position={"x": 120, "y": 6}, modifiers=["Shift"])
    await expect(page.locator("#marked-count")).to_have_text("3")
    await page.evaluate("scrollTo(0, 0)")


@LISTS.scene("list-row-menu", "Actions for a law", LIST, Who.READER)
async def _row_menu(page: Page, world: World) -> None:
    await page.goto(world.list_path(SITE))
    await page.get_by_test_id("record-row").nth(1).locator("td.col-menu summary").click()


async def choose_for(page: Page, world: World, rows: str, action: str) -> None:
    """From the menu of the first of these rows."""
    await page.goto(world.list_path(SITE))
    row = page.locator(rows).first
    await row.locator("td.col-menu summary").click()
    await row.locator(f"[data-row={action}]").click()


@LISTS.scene("list-note", "A note and tags", LIST, Who.READER)
async def _note(page: Page, world: World) -> None:
    await choose_for(page, world, "[data-note]:not([data-note=''])", "note")
    await expect(page.locator("#note-form")).to_be_visible()


@LISTS.scene("list-send", "Copy to another list", LIST, Who.READER)
async def _send(page: Page, world: World) -> None:
    await choose_for(page, world, "tr.record", "copy")
    await expect(page.locator("dialog[open]")).to_be_visible()


@LISTS.scene("list-clear", "Clearing asks first", LIST, Who.READER)
async def _clear(page: Page, world: World) -> None:
    await page.goto(world.list_path(SITE))
    await page.locator("#list-menu summary").click()
    await page.get_by_test_id("clear-selection").click()
    await expect(page.locator("dialog[open]")).to_be_visible()


@LISTS.scene("list-nothing", "A list without laws", LIST, Who.READER)
async def _nothing(page: Page, world: World) -> None:
    await world.reader.operate("clear_all", world.lists[EMPTY])
    await page.goto(world.list_path(EMPTY))
    await expect(page.get_by_test_id("empty-state")).to_be_visible()


@LISTS.scene("moment", "An earlier version of a list, and what differs", f"{LIST}/moments", Who.READER)
async def _moment(page: Page, world: World) -> None:
    await page.goto(world.list_path(REVIEWED, "/moments"))
    await page.get_by_role("link", name="Before this change: Unticked").first.click()
    await expect(page.get_by_test_id("past-count")).to_be_visible()


NO_DRAFT = """() => Object.keys(localStorage).filter(key => key.startsWith("sertantai.import."))
  .forEach(key => localStorage.removeItem(key))"""
BROUGHT = """Register of legislation\t\t\t\t
Reviewed each quarter\t\t\t\t
Legislation\tRef\tHow we comply\tResponsible\tReview date
Health and Safety at Work etc. Act 1974\t1974 c. 37\tPolicy, training\tSite manager\t2026-03-01
Control of Asbestos Regs 2012 (as amended)\tSI 2012/632\tSurvey of 2024; see the file\tEstates\t2026-04-15
Environmental Protection Act 1990\t\tWaste transfer notes are kept\tOperations\t2026-02-01
PUWER\t\tInspections each year\tWorkshop\t2026-05-20
Control of Asbestos Regulations\t\tPermit to work\tEstates\t2026-04-15
Control of Asbestos Regulations\t\tTraining of contractors\tEstates\t2026-06-01
Our own policy on smoking\t\tSigns at each entrance\tHuman resources\t
"""
PASTE = """text => {
  const held = new DataTransfer();
  held.setData("text/plain", text);
  const area = document.getElementById("import-text");
  area.dispatchEvent(new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: held }));
}"""


async def _import(page: Page, world: World) -> None:
    """Nothing is left of an earlier one."""
    await page.goto("/groups/import")
    await page.evaluate(NO_DRAFT)
    await page.goto("/groups/import")


LISTS.append(Scene("import", "Import", "/groups/import", Who.READER, _import))


@LISTS.scene("import-columns", "Import: what the columns are", "/groups/import", Who.READER)
async def _columns(page: Page, world: World) -> None:
    await _import(page, world)
    await page.evaluate(PASTE, BROUGHT)
    await expect(page.get_by_test_id("column-role")).to_have_count(5)


@LISTS.scene("import-choose", "Import: which law is meant", "/groups/import", Who.READER)
async def _choose(page: Page, world: World) -> None:
    await _columns(page, world)
    await page.get_by_test_id("columns-next").click()
    await page.locator("[data-show=ambiguous]").click()
    await expect(page.locator(".import-choices")).to_be_visible()


@LISTS.scene("import-draft", "Import: one that is not finished", "/groups/import", Who.READER)
async def _draft(page: Page, world: World) -> None:
    await _columns(page, world)
    await page.goto("/groups/import")
    await expect(page.get_by_test_id("import-draft")).to_be_visible()


@LISTS.scene("import-found", "Import: what was found", "/groups/import", Who.READER)
async def _found(page: Page, world: World) -> None:
    await _import(page, world)
    await page.fill("#import-text", "1974 c. 37\nEnvironmental Protection Act 1990\nNo such law 1702\n")
    await page.get_by_test_id("match").click()
    await expect(page.get_by_test_id("matched-count")).to_have_text("2")


@LISTS.scene("import-outdated", "Import: found for another text", "/groups/import", Who.READER)
async def _outdated(page: Page, world: World) -> None:
    await _found(page, world)
    await page.fill("#import-text", "1974 c. 37\nNoise Act 1996\n")
    await expect(page.get_by_test_id("import-outdated")).to_be_visible()


@LISTS.scene("change-drawer", "A change in a drawer", "/history", Who.READER)
async def _change(page: Page, world: World) -> None:
    await page.goto("/history?action=ticked")
    await page.locator("[data-details]").first.click()
    await expect(page.locator("#operation-drawer")).to_contain_text("Ticked")


@LISTS.scene("list-shortcuts", "Keyboard shortcuts of a list", LIST, Who.READER, on_telephones=False)
async def _shortcuts(page: Page, world: World) -> None:
    await page.goto(world.list_path(SITE))
    await page.keyboard.press("?")
    await expect(page.locator("#shortcuts")).to_be_visible()


@LISTS.scene("list-palette", "The command palette on other pages", LIST, Who.READER)
async def _palette(page: Page, world: World) -> None:
    await page.goto(world.list_path(SITE))
    await page.keyboard.press("Control+k")
    await page.keyboard.type("list")
    await expect(page.locator("#palette-options")).to_contain_text("Open the list")


@LISTS.scene("list-note-conflict", "A note that was changed elsewhere", LIST, Who.READER)
async def _conflict(page: Page, world: World) -> None:
    await page.goto(world.list_path(SITE))
    row = page.get_by_test_id("record-row").first
    record = await row.get_attribute("data-record-id")
    await row.locator("td.col-menu summary").click()
    await row.locator("[data-row=note]").click()
    path = f"/groups/{world.lists[SITE]}/records/{record}"
    before = await page.locator("#note-text").input_value()
    await good(world.reader, "PATCH", path, {"note": "Done on Tuesday."})
    await page.fill("#note-text", "Ask again on Monday.")
    await page.click("#note-form button[type=submit]")
    await expect(page.locator("#note-error")).to_contain_text("changed elsewhere")
    await good(world.reader, "PATCH", path, {"note": before or None})
