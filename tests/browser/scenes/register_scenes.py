"""The register: what is found, what is ticked, and everything that opens over it."""

from playwright.async_api import Page, expect

from tests.browser.register_page import READY
from tests.browser.scenes.scene import Scenes, Who
from tests.browser.scenes.world import EMPTY, World

ROUTE = "/records"
REGISTER = Scenes()
NARROW_PX = 992


async def open_register(page: Page, query: str = "?limit=25") -> None:
    await page.goto(f"/records{query}")
    await page.wait_for_selector(READY)


REGISTER.at("records", "The register", ROUTE, "/records", Who.READER)
REGISTER.at("records-first", "First visit", ROUTE, "/records?limit=25", Who.NEWCOMER)
REGISTER.at("records-search", "Search results", ROUTE, "/records?q=environmental+protection", Who.READER)
REGISTER.at(
    "records-filters",
    "Filtered, and sorted by two columns",
    ROUTE,
    "/records?limit=25&type_code=uksi&type_code=ukpga&year_from=1990&year_to=2015&sort=-year,title_en",
    Who.READER,
)
REGISTER.at("records-none", "Nothing found", ROUTE, "/records?q=zzzzqqq", Who.READER)
REGISTER.at(
    "records-none-ticked",
    "Nothing ticked in this list",
    ROUTE,
    lambda world: f"/records?selected=true&group={world.lists[EMPTY]}",
    Who.READER,
)
REGISTER.at("records-stranger", "Before signing in", ROUTE, "/records?limit=25", Who.STRANGER)
REGISTER.at(
    "record",
    "One law on its own page",
    "/records/{record:str}",
    lambda w: f"/records/{w.law}",
    Who.READER,
)


REGISTER.at(
    "records-print",
    "Laws, ready to print",
    "/records/print",
    "/records/print?q=environmental+protection+1990",
    Who.READER,
)


@REGISTER.scene("records-guest", "Ticked before signing in", ROUTE, Who.STRANGER)
async def _guest(page: Page, world: World) -> None:
    await open_register(page)
    await page.get_by_test_id("record-checkbox").nth(1).check()
    await expect(page.get_by_test_id("guest-note")).to_contain_text("until")


@REGISTER.scene("records-all", "All results ticked", ROUTE, Who.READER)
async def _all(page: Page, world: World) -> None:
    await world.reader.operate("clear_all", world.lists[EMPTY])
    await open_register(page, f"?q=environmental&group={world.lists[EMPTY]}")
    await page.get_by_test_id("select-all-matching").click()
    await expect(page.get_by_test_id("toast")).to_be_visible()
    await expect(page.get_by_test_id("sync-state")).to_have_attribute("data-state", "synced")


@REGISTER.scene("record-drawer", "Details of a law", ROUTE, Who.READER)
async def _drawer(page: Page, world: World) -> None:
    await open_register(page, f"?limit=25&record={world.law}")
    await expect(page.locator("#record-drawer #record-history li").first).to_be_visible()


@REGISTER.scene("shortcuts", "Keyboard shortcuts", ROUTE, Who.READER)
async def _shortcuts(page: Page, world: World) -> None:
    await open_register(page)
    await page.keyboard.press("?")
    await expect(page.locator("#shortcuts")).to_be_visible()


@REGISTER.scene("palette", "The command palette", ROUTE, Who.READER)
async def _palette(page: Page, world: World) -> None:
    await open_register(page)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("safety")
    await expect(page.locator("#palette-options")).to_contain_text("laws with")


@REGISTER.scene("views-menu", "Saved views and smart lists", ROUTE, Who.READER)
async def _views(page: Page, world: World) -> None:
    await open_register(page, "?q=noise")
    await page.locator("#views-menu summary").click()


@REGISTER.scene("columns-menu", "Columns", ROUTE, Who.READER, on_telephones=False)
async def _columns(page: Page, world: World) -> None:
    await open_register(page)
    await page.locator("#columns-menu summary").click()


@REGISTER.scene("export-menu", "Export", ROUTE, Who.READER)
async def _export(page: Page, world: World) -> None:
    await open_register(page)
    await page.locator("#export-menu summary").click()


@REGISTER.scene(
    "group-switcher", "The list that ticks are saved to", ROUTE, Who.READER, differs_by_width=True
)
async def _switcher(page: Page, world: World) -> None:
    await open_register(page)
    await page.locator("#group-switcher summary").click()


@REGISTER.scene("filters", "Filters", ROUTE, Who.READER, differs_by_width=True)
async def _filters(page: Page, world: World) -> None:
    """Beside the table, or in a drawer where there is no room."""
    await open_register(page, "?limit=25&type_code=uksi")
    if await page.evaluate("innerWidth") < NARROW_PX:
        await page.locator("#open-filters").click()


@REGISTER.scene("records-offline", "Offline: ticks wait", ROUTE, Who.TRAVELLER)
async def _offline(page: Page, world: World) -> None:
    await open_register(page)
    await page.context.set_offline(True)
    await page.get_by_test_id("record-checkbox").first.click()
    await expect(page.get_by_test_id("sync-state")).to_have_attribute("data-state", "offline")
