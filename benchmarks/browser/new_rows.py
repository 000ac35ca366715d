"""From a filter, a search, another order or another page to its rows on the screen."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page

from benchmarks.browser.promises import LAYOUT_SHIFT, NEW_ROWS, ROWS_PAGE_CPU, ROWS_SERVER_CPU, Figure
from benchmarks.browser.stage import Stage, page_cpu_s

SEARCHES = (
    "noise",
    "health safety",
    "1974 c. 37",
    "waste",
    "uksi 2023/1164",
    "electricity regulations",
    "asbestos",
    "road traffic",
    "h",
    "fire precautions",
)
SEARCHES_QUICK = 2
KEY_MS = 110
"""Between two keys of somebody who types well."""
BETWEEN_MS = 150
CHOICES = ("filter-type-code", "filter-family", "filter-live")
HEADINGS = ("Year", "Number", "Type", "Status", "Family", "Title")
PAGES_TURNED = 8

Act = Callable[[], Awaitable[Any]]


class RowsClock:
    """Does one thing after the other that brings other rows, and takes the time of each."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.samples: dict[str, list[float]] = {}

    async def take(self, kind: str, act: Act, *, typed: str | None = None) -> None:
        outcome = ["change", None] if typed is None else ["query", typed]
        await self.page.evaluate(
            "([outcome, argument]) => { probes.expectRows(outcome, argument); }", outcome
        )
        await act()
        taken = await self.page.evaluate("() => probes.rows()")
        self.samples.setdefault(kind, []).append(taken)
        await self.page.wait_for_timeout(BETWEEN_MS)

    @property
    def all(self) -> list[float]:
        return [sample for samples in self.samples.values() for sample in samples]


async def new_rows(stage: Stage, *, quick: bool) -> list[Figure]:
    async with stage.page() as page:
        clock = RowsClock(page)
        await _search(clock, SEARCHES[:SEARCHES_QUICK] if quick else SEARCHES)
        searches = len(clock.all)
        async with _cpu(stage, page) as cpu:
            await _filter(clock, 2 if quick else 5)
            await _sort(clock)
            await _turn_pages(clock, 2 if quick else PAGES_TURNED)
        changes = len(clock.all) - searches
        shift = await page.evaluate("() => probes.seen.shift")
    kinds = {kind: [round(sample, 1) for sample in samples] for kind, samples in clock.samples.items()}
    return [
        Figure(NEW_ROWS, clock.all, {"by_kind": kinds}),
        Figure(ROWS_SERVER_CPU, [cpu["server"] * 1000 / changes]),
        Figure(ROWS_PAGE_CPU, [cpu["page"] * 1000 / changes]),
        Figure(LAYOUT_SHIFT, [shift]),
    ]


@asynccontextmanager
async def _cpu(stage: Stage, page: Page) -> AsyncIterator[dict[str, float]]:
    debugger = await page.context.new_cdp_session(page)
    await debugger.send("Performance.enable", {"timeDomain": "threadTicks"})
    used: dict[str, float] = {}
    before = (stage.server_cpu_s(), await page_cpu_s(debugger))
    yield used
    used["server"] = stage.server_cpu_s() - before[0]
    used["page"] = await page_cpu_s(debugger) - before[1]


async def _search(clock: RowsClock, searches: tuple[str, ...]) -> None:
    search = clock.page.get_by_test_id("search")

    async def empty() -> None:
        await search.press("Control+a")
        await search.press("Delete")

    for words in searches:
        await search.press_sequentially(words[:-1], delay=KEY_MS)
        await clock.take("search", lambda: search.press(words[-1]), typed=words)  # noqa: B023  # awaited before the next round
        await clock.take("search emptied", empty)


async def _filter(clock: RowsClock, values: int) -> None:
    """Each value chosen and, together with the next, taken away again: two at a time, as people compare."""
    for facet in CHOICES:
        boxes = clock.page.get_by_test_id(facet).locator("input[type=checkbox]")
        names = [await boxes.nth(at).get_attribute("value") for at in range(min(values, await boxes.count()))]
        found = [clock.page.get_by_test_id(facet).locator(f'input[value="{name}"]') for name in names]
        for box in found:
            await clock.take("filter", box.click)
        for box in found:
            await clock.take("filter taken away", box.click)


async def _sort(clock: RowsClock) -> None:
    headings = clock.page.locator("#records thead")
    for name in HEADINGS:
        await clock.take("sort", headings.get_by_role("link", name=name).click)
    await clock.take(
        "sort by two", lambda: headings.get_by_role("link", name="Year").click(modifiers=["Shift"])
    )


async def _turn_pages(clock: RowsClock, pages: int) -> None:
    await clock.page.goto("/records")
    for _ in range(pages):
        await clock.take("page", clock.page.locator('#pages a[rel="next"]').click)
