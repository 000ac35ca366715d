"""A tick in one browser, until it is painted in another."""

import asyncio

from playwright.async_api import Page, expect

from benchmarks.browser.promises import FOLLOWED, Figure
from benchmarks.browser.stage import Stage

ROWS = 50
BETWEEN_MS = 250
LIVE = "#sync-state[data-live='live']"
CLICKED_AT = """() => new Promise((done) => addEventListener("click", (event) => {
  done(performance.timeOrigin + event.timeStamp);
}, { once: true, capture: true }))"""
PAINTED_AT = """async ([at, wanted]) => {
  const box = document.querySelectorAll("[data-testid=record-checkbox]")[at];
  while (box.checked !== wanted) await new Promise(requestAnimationFrame);
  return performance.timeOrigin + await probes.painted();
}"""


async def following(stage: Stage, count: int) -> Figure:
    """Both browsers are the same person's; each tick is another row's, then each is taken back."""
    async with stage.page() as mine, stage.page() as other:
        for page in (mine, other):
            await expect(page.locator(LIVE)).to_be_visible()
        return Figure(FOLLOWED, [await _tick(mine, other, at) for at in range(count)])


async def _tick(mine: Page, other: Page, at: int) -> float:
    row = at % ROWS
    box = mine.get_by_test_id("record-checkbox").nth(row)
    wanted = not await box.is_checked()
    painted = asyncio.create_task(other.evaluate(PAINTED_AT, [row, wanted]))
    clicked = asyncio.create_task(mine.evaluate(CLICKED_AT))
    await mine.wait_for_timeout(BETWEEN_MS)  # both listen by then, and a person does not tick faster
    await box.click()
    took: float = await painted - await clicked
    return took
