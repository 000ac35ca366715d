"""The database is a while behind: pages that read from it say that the newest changes are still to come."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.fixtures.browser import PATIENCE_MS, VIEWPORT, enter
from tests.fixtures.client import Client
from tests.fixtures.colleagues import good
from tests.fixtures.postgres import TEMPLATE, DatabaseUnderTest, ServerUnderTest, new_database
from tests.fixtures.process import ServerProcess

STILL_TO_COME = "Some changes are still to come."
HELD = "LOCK TABLE sync_watermarks IN EXCLUSIVE MODE"
"""Whoever reads may go on; what comes from the journal waits."""


@pytest_asyncio.fixture(loop_scope="session")
async def own_database(embedded_server: ServerUnderTest) -> AsyncIterator[DatabaseUnderTest]:
    async for database in new_database(embedded_server, TEMPLATE):
        yield database


@pytest_asyncio.fixture(loop_scope="session")
async def own_server(own_database: DatabaseUnderTest, tmp_path: Path) -> AsyncIterator[ServerProcess]:
    settings = {"SERTANTAI_DATABASE_URL": own_database.dsn}
    server = ServerProcess(tmp_path / "data", settings, forked=True)
    try:
        await server.start_async()
        yield server
    finally:
        server.sweep()


@pytest_asyncio.fixture(loop_scope="session")
async def own_person(own_server: ServerProcess) -> AsyncIterator[Client]:
    async with await own_server.register() as person:
        yield person


@pytest_asyncio.fixture(loop_scope="session")
async def own_page(browser: Browser, own_server: ServerProcess, own_person: Client) -> AsyncIterator[Page]:
    context = await browser.new_context(base_url=own_server.url, viewport=VIEWPORT)  # type: ignore[arg-type]  # a TypedDict, written once
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    await enter(page, own_person)
    yield page
    await context.close()


async def test_earlier_versions_and_the_history_say_what_they_do_not_show_yet(
    own_page: Page, own_person: Client, own_database: DatabaseUnderTest
) -> None:
    group = (await good(own_person, "POST", "/groups", {"name": "Sites"}))["id"]
    first, second = [law["id"] for law in await own_person.records(limit=2)]
    await own_person.select(first, group)
    pages = (f"/groups/{group}/moments", "/history")
    for path in pages:
        await own_page.goto(path)
        await expect(own_page.locator("main")).not_to_contain_text(STILL_TO_COME)
    connection = await asyncpg.connect(own_database.superuser_dsn)
    try:
        async with connection.transaction():
            await connection.execute(HELD)
            await own_person.select(second, group)
            for path in pages:
                await own_page.goto(path)
                await expect(own_page.locator("main")).to_contain_text(STILL_TO_COME)
    finally:
        await connection.close()
    await expect(own_page.locator("main")).not_to_contain_text(STILL_TO_COME)
    await expect(own_page.get_by_test_id("history-entry")).to_have_count(3)
