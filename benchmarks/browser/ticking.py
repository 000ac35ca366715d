"""One tick after the other, and all that match at once."""

from playwright.async_api import Page, expect

from benchmarks.browser.promises import (
    ALL_MATCHING,
    LONGEST_TASK,
    TICK_DURABLE,
    TICK_HEARD,
    TICK_PAINTED,
    Figure,
)
from benchmarks.browser.stage import Stage

ROWS = 50
BETWEEN_MS = 120
HELD_MS = 85
"""A person's finger is on the button for so long; what the page draws for that is drawn by then."""
REST_EVERY, REST_MS = 12, 900
"""Now and then somebody reads on; the counts beside the table then follow."""
MANY = 40_000


async def ticks(stage: Stage, count: int) -> list[Figure]:
    async with stage.page() as page:
        taken = [await _tick(page, at) for at in range(count)]
        longest = await page.evaluate("() => probes.seen.longest")
    return [
        Figure(TICK_PAINTED, [tick["painted"] for tick in taken]),
        Figure(TICK_DURABLE, [tick["durable"] for tick in taken]),
        Figure(TICK_HEARD, [tick["heard"] for tick in taken]),
        Figure(LONGEST_TASK, [longest]),
    ]


async def _tick(page: Page, at: int) -> dict[str, float]:
    """A row is ticked in the first round over the page, unticked in the second. The mouse is there before the
    clock runs, and moved without the driver's own looking at the page."""
    box = page.get_by_test_id("record-checkbox").nth(at % ROWS)
    await box.scroll_into_view_if_needed()
    place = await box.bounding_box()
    assert place is not None
    await page.mouse.move(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
    await page.evaluate("() => { probes.expectTick(); }")
    await page.wait_for_timeout(REST_MS if at % REST_EVERY == REST_EVERY - 1 else BETWEEN_MS)
    await page.mouse.down()
    await page.wait_for_timeout(HELD_MS)
    await page.mouse.up()
    taken: dict[str, float] = await page.evaluate("() => probes.tick()")
    return taken


async def all_matching(stage: Stage, times: int) -> Figure:
    """Everything from a year on, so that it is 40,000 and a few, whichever register it is."""
    year, count = await _year_from(stage)
    async with stage.page(f"/records?year_from={year}") as page:
        samples = []
        for _ in range(times):
            await page.get_by_test_id("select-all-matching").click()
            await page.evaluate(f"() => {{ probes.expectAll({count}); }}")
            await _agree(page)
            samples.append(await page.evaluate("() => probes.all()"))
            await page.get_by_test_id("clear-selection").click()
            await _agree(page)
            await expect(page.get_by_test_id("sync-state")).to_have_attribute("data-state", "synced")
            await expect(page.get_by_test_id("select-all-matching")).to_be_visible()
    return Figure(ALL_MATCHING, samples, {"laws": count, "year_from": year})


async def _agree(page: Page) -> None:
    """So many are asked about; what is measured begins with the answer."""
    await page.locator("dialog[open] .dialog-actions button").last.click()


async def _year_from(stage: Stage) -> tuple[int, int]:
    facets = await stage.person.get("/records/facets")
    matching = 0
    for value in sorted(facets["year"], key=lambda value: -value["value"]):
        matching += value["count"]
        if matching >= MANY:
            return value["value"], matching
    raise RuntimeError(f"the register has fewer than {MANY} laws")
