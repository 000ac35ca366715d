"""The real server with the whole register, a real Chromium, and somebody signed in before the page."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from playwright.async_api import Browser, BrowserContext, CDPSession, Page, StorageState, async_playwright

from tests.fixtures.browser import CHROMIUM, FLAGS, VIEWPORT, sign_in
from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess
from tests.fixtures.whole_register import fill

PROBES = Path(__file__).with_name("probes.js")
READY = "#register[data-ready]"
SETTINGS = {"SERTANTAI_LOG_LEVEL": "warning", "SERTANTAI_RATE_LIMITS_ENABLED": "true"}
PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Stage:
    """``signed_in`` is what a browser keeps of having signed in: a visitor has that, and no cache."""

    server: ServerProcess
    browser: Browser
    person: Client
    signed_in: StorageState
    register: str

    @contextlib.asynccontextmanager
    async def visitor(self) -> AsyncIterator[BrowserContext]:
        """A browser that has never been here, but for its session."""
        context = await self.browser.new_context(
            base_url=self.server.url,
            viewport=VIEWPORT,  # type: ignore[arg-type]  # a TypedDict, written once in tests/fixtures
            storage_state=self.signed_in,
            locale="en-GB",
        )
        context.set_default_timeout(PATIENCE_MS)
        await context.add_init_script(PROBES.read_text())
        try:
            yield context
        finally:
            await context.close()

    @contextlib.asynccontextmanager
    async def page(self, address: str = "/records") -> AsyncIterator[Page]:
        async with self.visitor() as context:
            page = await context.new_page()
            await page.goto(address)
            await page.wait_for_selector(READY)
            yield page

    def server_cpu_s(self) -> float:
        """CPU seconds that the server has used, without those of PostgreSQL."""
        times = psutil.Process(self.server.pid).cpu_times()
        return float(times.user + times.system)


@contextlib.asynccontextmanager
async def stage(data_dir: Path) -> AsyncIterator[Stage]:
    """A directory that is there already holds the register from an earlier run."""
    server = ServerProcess(data_dir, SETTINGS)
    register = "from an earlier run" if data_dir.exists() else await asyncio.to_thread(fill, server)
    try:
        await server.start_async()
        async with async_playwright() as playwright, await server.register() as person:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            try:
                yield Stage(server, browser, person, await _signed_in(browser, server, person), register)
            finally:
                await browser.close()
    finally:
        await asyncio.to_thread(server.terminate)
        server.sweep()


async def _signed_in(browser: Browser, server: ServerProcess, person: Client) -> StorageState:
    context = await browser.new_context(base_url=server.url)
    page = await context.new_page()
    await sign_in(page, person)
    state = await context.storage_state()
    await context.close()
    return state


async def page_cpu_s(debugger: CDPSession) -> float:
    """CPU seconds that the page's main thread has worked."""
    answer: dict[str, Any] = await debugger.send("Performance.getMetrics")
    return float(next(metric["value"] for metric in answer["metrics"] if metric["name"] == "TaskDuration"))
