"""The database is away, and an undo needs it: what was done long ago stands there only."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.register_page import RegisterPage
from tests.fixtures.accessibility import FURTHER_ROWS, assert_accessible
from tests.fixtures.browser import PATIENCE_MS, VIEWPORT, enter
from tests.fixtures.postgres import TEMPLATE, ServerUnderTest, new_database
from tests.fixtures.process import ServerProcess
from tests.fixtures.proxy import Proxy

MET_S_MAX, POLL_S = 120.0, 0.05
WAITING = "Waiting for the database. Your undo is kept and will be done."


async def well(server: ServerProcess) -> None:
    """Wait until the server has met the database."""
    async with asyncio.timeout(MET_S_MAX), server.client() as http:
        while (await http.get("/health/ready")).json()["status"] != "ok":  # noqa: ASYNC110  # it cannot call
            await asyncio.sleep(POLL_S)


@pytest_asyncio.fixture(loop_scope="session")
async def network(embedded_server: ServerUnderTest) -> AsyncIterator[Proxy]:
    proxy = Proxy(embedded_server.socket_dir / ".s.PGSQL.5432")
    await proxy.listen()
    yield proxy
    proxy.close()


@pytest_asyncio.fixture(loop_scope="session")
async def own(
    browser: Browser, embedded_server: ServerUnderTest, network: Proxy, tmp_path: Path
) -> AsyncIterator[RegisterPage]:
    """Two laws were ticked, and the server was started since: PostgreSQL alone knows what the ticks did."""
    async for database in new_database(embedded_server, TEMPLATE):
        settings = {
            "SERTANTAI_DATABASE_URL": f"postgresql://sertantai@127.0.0.1:{network.port}/{database.name}",
            "SERTANTAI_SYNC_BACKOFF_S_MAX": "1",
        }
        server = ServerProcess(tmp_path / "data", settings, forked=True)
        try:
            await server.start_async()
            await well(server)
            async with await server.register() as person:
                context = await browser.new_context(base_url=server.url, viewport=VIEWPORT)  # type: ignore[arg-type]  # a TypedDict, written once
                context.set_default_timeout(PATIENCE_MS)
                register = RegisterPage(await context.new_page(), person)
                await enter(register.page, person)
                await register.open()
                for at in (0, 1):
                    await register.boxes.nth(at).click()
                await register.saved()
                await server.restart_async()
                await well(server)
                await register.reload()
                yield register
                await context.close()
        finally:
            server.sweep()


async def test_an_undo_waits_for_the_database_says_so_and_is_done(own: RegisterPage, network: Proxy) -> None:
    network.refuse()
    await own.page.keyboard.press("Control+z")
    notice = own.by_id("toast").filter(has_text=WAITING)
    await expect(notice).to_be_visible()
    await own.boxes.nth(2).click()
    await own.in_list(3)
    assert await own.ticked() == [0, 1, 2], "ticks do not wait with it"
    await assert_accessible(own.page, without=[FURTHER_ROWS])
    await network.listen()
    await expect(notice).to_have_count(0, timeout=2 * PATIENCE_MS)
    await expect(own.by_id("toast").filter(has_text="Undone")).to_be_visible()
    await own.in_list(2)
    assert await own.ticked() == [0, 2]
    await own.page.keyboard.press("Control+Shift+z")
    await own.in_list(3)
    assert await own.ticked() == [0, 1, 2], "it can be done again"


async def test_an_undo_that_waits_is_done_by_the_next_page_of_the_tab(
    own: RegisterPage, network: Proxy
) -> None:
    network.refuse()
    await own.page.keyboard.press("Control+z")
    await expect(own.by_id("toast").filter(has_text=WAITING)).to_be_visible()
    await own.page.goto("/records?sort=-year")
    await expect(own.by_id("toast").filter(has_text=WAITING)).to_be_visible()
    await network.listen()
    await expect(own.by_id("toast").filter(has_text="Undone.")).to_be_visible(timeout=2 * PATIENCE_MS)
    await own.open()
    await own.in_list(1)
    assert await own.ticked() == [0]
