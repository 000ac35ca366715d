"""Where no sockets are let through, and where a tab is out of sight: nobody is left behind for long."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, expect

from sertantai.live.bounds import IDS_MAX
from tests.browser.live.conftest import is_live
from tests.browser.register_page import RegisterPage
from tests.fixtures.browser import Complaints, enter, new_profile
from tests.fixtures.client import Client
from tests.fixtures.ports import HERE
from tests.fixtures.process import ServerProcess

SHOWN_MS = 1_000
HEAD_BYTES = 65_536
REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Proxy:
    """Between browser and server: it refuses WebSockets, and long-poll too once ``polls`` is off."""

    def __init__(self, server: ServerProcess) -> None:
        self.polls = True
        self._far = urlsplit(server.url)

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._accept, HERE, 0)
        return f"http://{HERE}:{self._server.sockets[0].getsockname()[1]}"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    def _refuses(self, piece: bytes) -> bool:
        """Whether it begins what is not let through."""
        is_poll = piece.startswith((b"GET /socket/", b"POST /socket/"))
        return b"upgrade: websocket" in piece.lower() or (is_poll and not self.polls)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(HEAD_BYTES):
            writer.write(piece)
            await writer.drain()

    async def _ask(
        self, reader: asyncio.StreamReader, far: asyncio.StreamWriter, near: asyncio.StreamWriter
    ) -> None:
        while piece := await reader.read(HEAD_BYTES):
            if self._refuses(piece):
                near.write(REFUSED)
                return
            far.write(piece)
            await far.drain()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far, far_end = await asyncio.open_connection(self._far.hostname, self._far.port)
        ways = [
            asyncio.create_task(way) for way in (self._ask(reader, far_end, writer), self._carry(far, writer))
        ]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in (writer, far_end):
            end.close()


async def test_without_sockets_the_page_says_so_and_follows_and_without_anything_it_looks_when_shown(
    browser: Browser, shared_server: ServerProcess, person: Client, complaints: Complaints
) -> None:
    proxy = Proxy(shared_server)
    async with proxy as url:
        context = await new_profile(browser, cast(Any, SimpleNamespace(url=url)))
        page = await context.new_page()
        complaints.watch(page)
        await enter(page, person)
        register = RegisterPage(page, person)
        await register.open()
        sign = page.locator("#sync-state")
        await expect(sign).to_have_attribute("data-live", "polling")
        await expect(sign).to_have_attribute(
            "title", "All changes are saved. Changes by others show within a few seconds."
        )
        first, second, *_ = await register.ids()
        await person.select(first)
        await expect(register.boxes.first).to_be_checked()
        assert not complaints.unexpected()

        complaints.expect("status of 403")
        proxy.polls = False
        await expect(sign).to_have_attribute("data-live", "away")
        await expect(sign).to_have_attribute(
            "title", "All changes are saved. Changes by others show when you come back to this page."
        )
        await person.select(second)
        await page.evaluate("window.dispatchEvent(new Event('focus'))")
        await expect(register.boxes.nth(1)).to_be_checked()
        await context.close()


HIDE = """() => {
  window.isSame = true;
  window.isHidden = true;
  Object.defineProperty(document, "hidden", { get: () => window.isHidden });
  Object.defineProperty(document, "visibilityState", { get: () => (window.isHidden ? "hidden" : "visible") });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
SHOW = """() => {
  window.isHidden = false;
  document.dispatchEvent(new Event("visibilitychange"));
}"""
TEN_MINUTES_MS = 600_000


async def test_a_tab_that_was_out_of_sight_for_long_is_up_to_date_when_it_is_shown(
    page: Page, person: Client
) -> None:
    """First hidden, as its timers stand still; then frozen. More was done than is told one by one."""
    register = RegisterPage(page, person)
    await page.clock.install()
    await register.open()
    await is_live(page)
    first, second, third, *_ = await register.ids()
    laws = [law for year in (2009, 2010) for law in await person.records(limit=500, year=year)]
    many = list({law["id"] for law in laws} - {first, second, third})
    assert len(many) > IDS_MAX
    await page.evaluate(HIDE)
    await page.clock.pause_at(datetime.now(UTC) + timedelta(seconds=30))
    await person.operate("bulk_select", record_ids=many)
    await person.select(first)
    await page.clock.fast_forward(TEN_MINUTES_MS)
    await page.evaluate(SHOW)
    await page.clock.resume()
    await expect(register.boxes.nth(0)).to_be_checked(timeout=SHOWN_MS * 3)
    await register.in_list(len(many) + 1)

    debugger = await page.context.new_cdp_session(page)
    await debugger.send("Page.setWebLifecycleState", {"state": "frozen"})
    await person.select(second)
    await person.operate("bulk_deselect", record_ids=many)
    await person.operate("bulk_select", record_ids=[third])
    await debugger.send("Page.setWebLifecycleState", {"state": "active"})
    for box in (1, 2):
        await expect(register.boxes.nth(box)).to_be_checked(timeout=SHOWN_MS * 3)
    await register.in_list(3)
    await is_live(page)
    assert await page.evaluate("window.isSame"), "it was not loaded again"
