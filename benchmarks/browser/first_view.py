"""The first view of the register: with nothing in the cache, and with everything there."""

from dataclasses import dataclass

from playwright.async_api import BrowserContext

from benchmarks.browser.promises import (
    COLD_VIEW,
    FIRST_PAINT,
    LAYOUT_SHIFT,
    REQUESTS,
    WARM_VIEW,
    WEIGHT,
    Figure,
)
from benchmarks.browser.stage import READY, Stage

OPENING_MS = 1500
"""A new window costs the browser more than the page does; people have theirs open already."""
SETTLE_MS = 300
FIRST_PAINT_OF = """() => performance.getEntriesByName("first-contentful-paint")[0].startTime"""


@dataclass(frozen=True)
class View:
    """``usable``: rows are painted and answer to clicks; ms since the navigation began."""

    usable: float
    first_paint: float
    shift: float
    weight_kb: float
    requests: int


async def first_views(stage: Stage, cold: int, warm: int) -> list[Figure]:
    async with stage.visitor() as context:  # the server, too, does some things only once
        await view(context)
    views = [await _cold_view(stage) for _ in range(cold)]
    async with stage.visitor() as context:
        await view(context)
        again = [await view(context) for _ in range(warm)]
    return [
        Figure(COLD_VIEW, [one.usable for one in views]),
        Figure(FIRST_PAINT, [one.first_paint for one in views]),
        Figure(WARM_VIEW, [one.usable for one in again]),
        Figure(WEIGHT, [one.weight_kb for one in views]),
        Figure(REQUESTS, [one.requests for one in views]),
        Figure(LAYOUT_SHIFT, [one.shift for one in (*views, *again)]),
    ]


async def _cold_view(stage: Stage) -> View:
    async with stage.visitor() as context:
        return await view(context)


async def view(context: BrowserContext) -> View:
    page = await context.new_page()
    await page.wait_for_timeout(OPENING_MS)
    received: list[float] = []
    debugger = await context.new_cdp_session(page)
    debugger.on("Network.loadingFinished", lambda event: received.append(event["encodedDataLength"]))
    await debugger.send("Network.enable")
    await page.goto("/records")
    await page.wait_for_selector(READY)
    await page.wait_for_function("() => probes.seen.usable > 0")
    await page.wait_for_timeout(SETTLE_MS)  # what still shifts or is fetched now counts as well
    seen = await page.evaluate("() => probes.seen")
    first_paint = await page.evaluate(FIRST_PAINT_OF)
    await page.close()
    return View(seen["usable"], first_paint, seen["shift"], sum(received) / 1000, len(received))
