"""A colleague, in a browser of their own, beside the one who is signed in in `page`."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.fixtures.browser import Complaints, enter, new_profile
from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess


@pytest_asyncio.fixture(loop_scope="session")
async def colleague(shared_server: ServerProcess) -> AsyncIterator[Client]:
    async with await shared_server.register() as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def theirs(
    browser: Browser, shared_server: ServerProcess, colleague: Client, complaints: Complaints
) -> AsyncIterator[Page]:
    """The colleague's browser."""
    context = await new_profile(browser, shared_server)
    page = await context.new_page()
    complaints.watch(page)
    await enter(page, colleague)
    yield page
    await context.close()
