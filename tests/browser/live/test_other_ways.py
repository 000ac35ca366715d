"""Where no sockets are let through, and where a tab is out of sight: nobody is left behind for long."""

import asyncio
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.browser.live.conftest import is_live
from tests.browser.register_page import RegisterPage
from tests.fixtures.browser import Complaints, enter, new_profile
from tests.fixtures.client import Client
from tests.fixtures.ports import HERE
from tests.fixtures.process import ServerProcess

SHOWN_MS = 1_000
HEAD_BYTES = 65_536
NO_SOCKETS = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@pytest_asyncio.fixture(loop_scope="session")
async def behind_a_proxy(shared_server: ServerProcess) -> AsyncIterator[str]:
    """The server's address where something in between refuses WebSockets."""
    address = urlsplit(shared_server.url)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(HEAD_BYTES):
            writer.write(piece)
            await writer.drain()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(HEAD_BYTES)
        if b"upgrade: websocket" in head.lower():
            writer.write(NO_SOCKETS)
            writer.close()
            return
        far, far_end = await asyncio.open_connection(address.hostname, address.port)
        far_end.write(head)
        ways = [asyncio.create_task(way) for way in (carry(reader, far_end), carry(far, writer))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for end in (writer, far_end):
            end.close()

    server = await asyncio.start_server(accept, HERE, 0)
    yield f"http://{HERE}:{server.sockets[0].getsockname()[1]}"
    server.close()


async def test_without_sockets_the_page_says_so_and_follows_all_the_same(
    browser: Browser, behind_a_proxy: str, person: Client, complaints: Complaints
) -> None:
    context = await new_profile(browser, cast(Any, SimpleNamespace(url=behind_a_proxy)))
    page = await context.new_page()
    complaints.watch(page)
    await enter(page, person)
    register = RegisterPage(page, person)
    await register.open()
    sign = page.locator("#sync-state[data-live='polling']")
    await expect(sign).to_be_visible()
    await expect(sign).to_have_attribute(
        "title", "All changes are saved. Changes by others show within a few seconds."
    )
    [law, *_] = await register.ids()
    await person.select(law)
    await expect(register.boxes.first).to_be_checked()
    await context.close()
    assert not complaints.unexpected()


async def test_a_tab_that_was_frozen_is_up_to_date_when_it_is_shown(page: Page, person: Client) -> None:
    register = RegisterPage(page, person)
    await register.open()
    await is_live(page)
    [first, second, *_] = await register.ids()
    debugger = await page.context.new_cdp_session(page)
    await debugger.send("Page.setWebLifecycleState", {"state": "frozen"})
    await person.select(first)
    await person.operate("bulk_select", record_ids=[second])
    await debugger.send("Page.setWebLifecycleState", {"state": "active"})
    await expect(register.boxes.nth(0)).to_be_checked(timeout=SHOWN_MS * 3)
    await expect(register.boxes.nth(1)).to_be_checked(timeout=SHOWN_MS * 3)
    await is_live(page)
