"""After ticks on a list's page its numbers are asked for, and no page; what was unticked stays in sight."""

from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Page, expect

from tests.browser.lists.conftest import Shelf
from tests.fixtures.colleagues import good

NUMBERS = r"""() => {
  const say = (element) => element?.textContent.replace(/\s+/g, " ").trim() ?? null;
  const all = (selector) => [...document.querySelectorAll(selector)];
  const facets = all("#list-records .facet-choice").map((choice) => {
    const { name, value } = choice.querySelector("input");
    return [`${name} ${value}`, say(choice.querySelector("data"))];
  }).filter(([, count]) => count !== "0");
  const said = [".list-counts", "#all-menu summary", ".paper-note", ".list-pages p"];
  const state = ["version", "total", "count", "pages"];
  return {
    facets: Object.fromEntries(facets),
    said: said.map((one) => say(document.querySelector(one))),
    lists: all("#lists-side [data-count-of]").map((one) => [one.dataset.countOf, say(one)]),
    state: state.map((name) => document.getElementById("list-state").dataset[name]),
  };
}"""


async def numbers(page: Page) -> Any:
    return await page.evaluate(NUMBERS)


def pages_asked(page: Page, group: str) -> list[str]:
    asked: list[str] = []

    def hear(request: Any) -> None:
        if urlsplit(request.url).path == f"/groups/{group}":
            asked.append(request.url)

    page.on("request", hear)
    return asked


async def counted(page: Page, in_list: int) -> None:
    """The server's own counts have come, with so many in the list."""
    await expect(page.locator("#list-state")).to_have_attribute("data-count", str(in_list))


async def test_an_unticked_law_is_counted_no_more_and_stays_in_sight(page: Page, shelf: Shelf) -> None:
    records = await shelf.records(60, q="regulations")
    group = await shelf.make("L", records)
    for record in records[:2]:
        await good(shelf.person, "PATCH", f"/groups/{group}/records/{record}", {"tags": ["urgent"]})
    await page.goto(f"/groups/{group}?q=regulations")
    asked = pages_asked(page, group)
    rows = page.get_by_test_id("record-row")
    standing = await rows.evaluate_all("rows => rows.map(row => row.dataset.recordId)")
    for at in (0, 2, 5):
        await rows.nth(at).get_by_test_id("record-checkbox").uncheck()
    await counted(page, 57)
    assert await rows.evaluate_all("rows => rows.map(row => row.dataset.recordId)") == standing
    assert not asked
    shown = await numbers(page)
    assert [group, "57"] in shown["lists"]
    await page.reload()
    assert await numbers(page) == shown


async def test_a_law_unticked_in_a_list_that_follows_its_filter_stays_in_sight(
    page: Page, shelf: Shelf
) -> None:
    """What is kept for it, so that it stays out, is no other change of the list."""
    made = await good(shelf.person, "POST", "/groups", {"name": "Live", "filter": {"q": "noise"}})
    group, count = made["id"], made["count"]
    await page.goto(f"/groups/{group}")
    asked, rows = pages_asked(page, group), page.get_by_test_id("record-row")
    standing = await rows.evaluate_all("rows => rows.map(row => row.dataset.recordId)")
    for at in (0, 2):
        await rows.nth(at).get_by_test_id("record-checkbox").uncheck()
    await counted(page, count - 2)
    assert await rows.evaluate_all("rows => rows.map(row => row.dataset.recordId)") == standing
    await rows.nth(2).get_by_test_id("record-checkbox").check()
    await counted(page, count - 1)
    assert not asked


async def test_all_shown_can_be_unticked_after_a_single_one_was(page: Page, shelf: Shelf) -> None:
    """It is as many as the page says by then."""
    records = await shelf.records(3, q="regulations")
    group = await shelf.make("L", records)
    await page.goto(f"/groups/{group}?q=regulations")
    await page.get_by_test_id("record-checkbox").first.uncheck()
    await counted(page, 2)
    await page.locator("#all-menu summary").click()
    await page.locator("#all-menu").get_by_role("button", name="Untick all shown").click()
    await expect(page.get_by_test_id("toast")).to_contain_text("2 laws removed")
    assert await shelf.selected("L") == set()
