"""Leaving a view before it has come: back, while its answer is on its way."""

import asyncio
from collections.abc import Awaitable, Callable

from playwright.async_api import Page, Route, expect


class Held:
    """The answers to the page's questions for views, until they are let through."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._asked, self._through = asyncio.Event(), asyncio.Event()
        self.addresses: list[str] = []

    async def __aenter__(self) -> "Held":
        await self._page.route("**/*", self._hold)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._through.set()

    async def asked(self) -> None:
        await self._asked.wait()

    async def _hold(self, route: Route) -> None:
        if "hx-request" in route.request.headers:
            self.addresses.append(route.request.url)
            self._asked.set()
            await self._through.wait()
        await route.continue_()


async def back(page: Page, address: str) -> None:
    await page.evaluate("history.back()")
    await page.wait_for_url(address)


async def forward(page: Page, address: str) -> None:
    await page.evaluate("history.forward()")
    await page.wait_for_url(address)


async def left_before_its_answer(
    page: Page,
    act: Callable[[], Awaitable[None]],
    here: str,
    there: str,
    *,
    shows: Callable[[str], Awaitable[None]],
) -> None:
    """``act`` leads from ``here`` to ``there``; `shows` expects the view of either."""
    async with Held(page) as held:
        await act()
        await held.asked()
        await back(page, here)
    await shows(here)
    await expect(page.locator("[aria-busy=true], .is-loading")).to_have_count(0)
    for _ in range(2):
        await forward(page, there)
        await shows(there)
        await back(page, here)
        await shows(here)
