"""The server is gone, the network is not: ticks wait in the browser and say so, as they do offline."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.register_page import RegisterPage
from tests.fixtures.accessibility import FURTHER_ROWS, assert_accessible
from tests.fixtures.browser import PATIENCE_MS, VIEWPORT, enter
from tests.fixtures.prepared import copy_prepared
from tests.fixtures.process import ServerProcess

WAITS = "away"


@pytest.fixture(scope="module")
def mortal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(copy_prepared(tmp_path_factory.mktemp("mortal-server") / "data"), forked=True)
    try:
        server.start()
        yield server
    finally:
        server.sweep()


@pytest.fixture
def own_server(mortal_server: ServerProcess) -> ServerProcess:
    """One that these tests kill and start again; started here if a test that failed has left it dead."""
    if mortal_server.exit_code() is not None:
        mortal_server.start()
    return mortal_server


@pytest_asyncio.fixture(loop_scope="session")
async def own(browser: Browser, own_server: ServerProcess) -> AsyncIterator[RegisterPage]:
    async with await own_server.register() as person:
        context = await browser.new_context(base_url=own_server.url, viewport=VIEWPORT)  # type: ignore[arg-type]  # a TypedDict, written once
        context.set_default_timeout(PATIENCE_MS)
        register = RegisterPage(await context.new_page(), person)
        await enter(register.page, person)
        await register.open()
        yield register
        await context.close()


async def test_ticks_wait_while_the_server_is_gone_and_are_sent_when_it_is_back(
    own: RegisterPage, own_server: ServerProcess
) -> None:
    ids = await own.ids()
    own_server.kill9()
    for at in (0, 1, 2):
        await own.boxes.nth(at).click()
    sign = own.by_id("sync-state")
    await expect(sign).to_have_attribute("data-state", WAITS)
    await expect(sign).to_have_text("Server unavailable, 3 to send")
    await expect(own.page.locator("#away-banner")).to_be_visible()
    await own.boxes.nth(1).click()
    assert await own.ticked() == [0, 2]
    await expect(own.by_id("toast")).to_have_count(0)
    await assert_accessible(own.page, without=[FURTHER_ROWS])
    await sign.click()
    await expect(own.by_id("toast")).to_contain_text("Changes are kept in this browser")
    await own_server.start_async()
    await own.saved()
    await expect(sign).to_have_text("Saved")
    await expect(own.page.locator("#away-banner")).to_be_hidden()
    assert await own.person.selected() == {ids[0], ids[2]}


async def test_a_search_that_did_not_reach_the_server_is_made_when_it_is_back(
    own: RegisterPage, own_server: ServerProcess
) -> None:
    own_server.kill9()
    await own.by_id("search").fill("asbestos")
    told = own.by_id("toast").filter(has_text="previous view")
    await expect(told).to_be_visible()
    await own_server.start_async()
    await expect(told).to_have_count(0)
    await expect(own.by_id("search")).to_have_value("asbestos")
    await expect(own.page).to_have_url(re.compile(r"[?&]q=asbestos"))
    assert all("Asbestos" in title for title in await own.page.locator(".record-title").all_inner_texts())


async def test_ticks_of_a_page_that_is_left_while_the_server_is_gone_are_sent_by_the_next(
    own: RegisterPage, own_server: ServerProcess
) -> None:
    ids = await own.ids()
    own_server.kill9()
    await own.boxes.nth(3).click()
    await expect(own.by_id("sync-state")).to_have_attribute("data-state", WAITS)
    context = own.page.context
    await own.page.close()
    await own_server.start_async()
    own.page = await context.new_page()
    await own.open()
    await own.in_list(1)
    await own.saved()
    assert await own.person.selected() == {ids[3]}


async def test_more_than_single_ticks_is_refused_in_words_and_not_done_later(
    own: RegisterPage, own_server: ServerProcess
) -> None:
    await own.boxes.first.click()
    await own.saved()
    own_server.kill9()
    await own.boxes.nth(1).click()
    await expect(own.by_id("sync-state")).to_have_attribute("data-state", WAITS)
    await own.tick_all()
    await expect(own.by_id("toast").last).to_contain_text("The server cannot be reached. Ticking many")
    await own.page.keyboard.press("Control+z")
    await expect(own.by_id("toast").last).to_contain_text("Undo needs the server")
    await own_server.start_async()
    await own.saved()
    await own.in_list(2)


async def test_a_stranger_who_ticks_while_the_server_is_gone_becomes_a_guest_when_it_is_back(
    browser: Browser, own_server: ServerProcess
) -> None:
    context = await browser.new_context(base_url=own_server.url, viewport=VIEWPORT)  # type: ignore[arg-type]  # a TypedDict, written once
    page = await context.new_page()
    await page.goto("/records")
    await page.wait_for_selector("#register[data-ready]")
    own_server.kill9()
    box = page.get_by_test_id("record-checkbox").first
    await box.click()
    await expect(page.get_by_test_id("sync-state")).to_have_attribute("data-state", WAITS)
    await expect(box).to_be_checked()
    await own_server.start_async()
    await expect(page.get_by_test_id("selection-count")).to_have_text("1")
    await expect(page.get_by_test_id("sync-state")).to_have_attribute("data-state", "synced")
    await context.close()
