"""A laptop at 200 %, a phone: the laws are what one sees first, and no bar stands in front of them."""

import pytest
from playwright.async_api import Locator, Page, ViewportSize, expect

from tests.browser.lists.conftest import Shelf
from tests.browser.scenes.world import administrator
from tests.fixtures.browser import enter
from tests.fixtures.colleagues import good
from tests.fixtures.process import ServerProcess

LAPTOP_AT_200: ViewportSize = {"width": 720, "height": 450}
PHONE: ViewportSize = {"width": 390, "height": 844}
LAPTOP_AT_400: ViewportSize = {"width": 320, "height": 256}
SMALL_PHONE: ViewportSize = {"width": 480, "height": 320}
SMALL_PHONE_UPRIGHT: ViewportSize = {"width": 320, "height": 640}


async def top_of(element: Locator) -> float:
    box = await element.bounding_box()
    assert box is not None
    return box["y"]


@pytest.mark.parametrize("path", ["/records?q=water", "/groups/{list}"])
async def test_a_law_is_in_sight_at_200_percent_and_nothing_covers_it(
    page: Page, shelf: Shelf, path: str
) -> None:
    group = await shelf.make("Sites", await shelf.records(40))
    await page.set_viewport_size(LAPTOP_AT_200)
    await page.goto(path.format(list=group))
    rows = page.get_by_test_id("record-row")
    await expect(rows.first).to_be_in_viewport(ratio=0.9)
    await rows.nth(20).scroll_into_view_if_needed()
    for bar in (page.locator(".top-bar"), page.locator(".main-nav")):
        await expect(bar).not_to_be_in_viewport()
    await expect(rows.nth(20)).to_be_in_viewport(ratio=0.9)


async def test_on_a_phone_the_laws_of_a_list_begin_in_its_upper_half(page: Page, shelf: Shelf) -> None:
    group = await shelf.make("Sites that we have in the north of the country", await shelf.records(40))
    await page.set_viewport_size(PHONE)
    await page.goto(f"/groups/{group}")
    assert await top_of(page.get_by_test_id("record-row").first) < 0.45 * PHONE["height"]
    await page.get_by_role("link", name="Tick more laws").click()
    await expect(page.get_by_test_id("search")).to_be_visible()


@pytest.mark.parametrize("screen", [LAPTOP_AT_400, SMALL_PHONE, SMALL_PHONE_UPRIGHT])
async def test_no_page_is_wider_than_the_smallest_screen(
    page: Page, shelf: Shelf, screen: ViewportSize
) -> None:
    group = await shelf.make("Sites that we have in the north of the country", await shelf.records(5))
    await page.set_viewport_size(screen)
    for path in ("/records", f"/groups/{group}", "/groups", "/history", "/account", "/groups/import"):
        await page.goto(path)
        await expect(page.locator(".main-nav")).to_be_visible()
        wide = await page.evaluate("document.documentElement.scrollWidth")
        assert wide <= screen["width"], f"{path} is {wide} wide"


CUT_OFF = """
width => [...document.querySelectorAll("nav a, nav button")].filter((one) => {
  if (!one.checkVisibility()) return false;
  const [box, bar] = [one.getBoundingClientRect(), one.closest("nav").getBoundingClientRect()];
  return box.left < Math.max(0, bar.left) - 1 || box.right > Math.min(width, bar.right) + 1;
}).map((one) => `${one.closest("nav").ariaLabel}: ${one.textContent.trim()}`)
"""


@pytest.mark.parametrize("screen", [PHONE, LAPTOP_AT_200, SMALL_PHONE_UPRIGHT])
async def test_no_tab_is_cut_off_on_a_phone_or_at_200_percent(
    page: Page, shelf: Shelf, shared_server: ServerProcess, screen: ViewportSize
) -> None:
    group = await shelf.make("Sites that we have in the north of the country", await shelf.records(60))
    await page.set_viewport_size(screen)
    await all_in_sight(page, "/records", f"/groups/{group}", "/history", "/account", "/groups/import")
    async with await administrator(shared_server, f"admin-{screen['width']}@example.org") as boss:
        await page.context.clear_cookies()
        await enter(page, boss)
        paths = ("/admin/security", "/admin/performance", "/admin/users", "/admin/outbox")
        await all_in_sight(page, *paths)
    last = page.locator(".admin-tabs a").last
    await last.focus()
    await expect(last).to_be_in_viewport(ratio=0.9)


async def all_in_sight(page: Page, *paths: str) -> None:
    assert page.viewport_size is not None
    for path in paths:
        await page.goto(path)
        await expect(page.locator("main")).to_be_visible()
        assert await page.evaluate(CUT_OFF, page.viewport_size["width"]) == [], path


async def statuses(shelf: Shelf) -> list[str]:
    """Two laws of each status that the register has."""
    values = (await shelf.person.get("/records/facets"))["live"]
    found = [await shelf.records(2, live=value["value"]) for value in values if value["value"]]
    return [record for records in found for record in records]


async def test_a_list_with_notes_is_shown_for_printing_without_scrolling_sideways(
    page: Page, shelf: Shelf
) -> None:
    records = await statuses(shelf) + await shelf.records(4, q="water")
    group = await shelf.make("Sites", records)
    note = {"note": "Ask the engineer about the discharge permit", "tags": ["Leeds", "discharge-permits"]}
    for record in records:
        await good(shelf.person, "PATCH", f"/groups/{group}/records/{record}", note)
    await page.set_viewport_size(PHONE)
    await page.goto(f"/groups/{group}/print")
    await expect(page.get_by_test_id("printed-row")).to_have_count(len(records))
    sheet = page.locator(".print-sheet")
    hidden = await sheet.evaluate("sheet => sheet.scrollWidth - sheet.clientWidth")
    assert hidden == 0, f"{hidden} pixels are out of sight"
    widths = await sheet.locator("th").evaluate_all("heads => heads.map(head => head.offsetWidth)")
    assert min(widths[1], widths[-1]) == sorted(widths)[-2], "titles and notes have the room"


@pytest.mark.parametrize("screen", [{"width": 1280, "height": 900}, PHONE])
async def test_the_menu_of_the_lowest_row_in_sight_stays_in_the_window(
    page: Page, shelf: Shelf, screen: ViewportSize
) -> None:
    group = await shelf.make("Sites", await shelf.records(40))
    await page.set_viewport_size(screen)
    await page.goto(f"/groups/{group}")
    row = page.get_by_test_id("record-row").nth(12)
    await row.evaluate("row => row.scrollIntoView({block: 'end'})")
    bar = await page.locator(".main-nav").bounding_box()
    end = bar["y"] if bar is not None and bar["y"] > screen["height"] / 2 else screen["height"]
    await page.evaluate("by => window.scrollBy(0, by)", screen["height"] - end)
    await row.locator(".col-menu summary").click()
    panel = row.locator(".menu-panel")
    await expect(panel).to_be_in_viewport(ratio=1)
    box = await panel.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= end
    await panel.get_by_role("link", name="Details").click()
    await expect(page.locator("dialog[open]")).to_be_visible()
