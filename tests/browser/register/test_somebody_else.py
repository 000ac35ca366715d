"""Two tabs of one browser: what a tab does whose user is not the one who is signed in any more."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import BrowserContext, Page, expect

from tests.browser.register_page import RegisterPage
from tests.fixtures.accessibility import FURTHER_ROWS, assert_accessible
from tests.fixtures.browser import PATIENCE_MS, Complaints, enter, sign_in
from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess

SOMEBODY_ELSE = "You are signed in as somebody else in another tab."
SIGNED_OUT = "You have been signed out."


@pytest_asyncio.fixture(loop_scope="session")
async def second(shared_server: ServerProcess) -> AsyncIterator[Client]:
    async with await shared_server.register() as client:
        yield client


@pytest_asyncio.fixture(loop_scope="session")
async def other_tab(register: RegisterPage, context: BrowserContext, complaints: Complaints) -> Page:
    """Opened when the first user's register stands in the first tab."""
    complaints.expect("status of 409", "status of 401")
    tab = await context.new_page()
    complaints.watch(tab)
    return tab


async def sign_out(tab: Page) -> None:
    await tab.goto("/account")
    await tab.locator("main form[action='/sign-out'] button").click()
    await tab.wait_for_url("**/sign-in**")


async def has(person: Client, wanted: set[str]) -> None:
    """The list comes to be this: whichever tab sends it."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while await person.selected() != wanted:  # noqa: ASYNC110  # there is no event to wait for
            await asyncio.sleep(0.1)


async def test_a_tick_of_a_user_who_has_gone_waits_for_them_and_is_not_the_next_users(
    register: RegisterPage, other_tab: Page, second: Client
) -> None:
    first = register.person
    ids = await register.ids()
    await register.boxes.nth(0).click()
    await register.saved()
    await sign_out(other_tab)
    await sign_in(other_tab, second)

    await register.boxes.nth(2).click()
    sign = register.by_id("sync-state")
    await expect(sign).to_have_attribute("data-state", "another")
    await expect(sign).to_have_text("Somebody else, 1 to send")
    told = register.by_id("toast").filter(has_text=SOMEBODY_ELSE)
    await expect(told).to_be_visible()
    assert await register.ticked() == [0, 2]
    await assert_accessible(register.page, without=[FURTHER_ROWS])
    await register.boxes.nth(3).click()
    await expect(sign).to_have_text("Somebody else, 2 to send")

    await told.get_by_role("button", name="Reload").click()
    await register.page.wait_for_selector("#register[data-ready]")
    await expect(register.by_id("selection-count")).to_have_text("0")
    assert await register.ticked() == []
    assert await second.selected() == set()
    assert await first.selected() == {ids[0]}

    await sign_out(other_tab)
    await sign_in(other_tab, first)
    await register.open()
    await register.in_list(3)
    await has(first, {ids[0], ids[2], ids[3]})
    assert await second.selected() == set()


async def test_other_views_and_many_at_once_are_not_asked_of_the_next_user(
    register: RegisterPage, other_tab: Page, second: Client
) -> None:
    await register.boxes.nth(0).click()
    await register.saved()
    await enter(other_tab, second)
    await register.by_id("select-page").click()
    await expect(register.by_id("sync-state")).to_have_attribute("data-state", "another")
    await expect(register.by_id("toast").filter(has_text="Nothing was changed.")).to_be_visible()
    await register.by_id("search").fill("noise")
    await expect(register.by_id("toast").filter(has_text="previous view")).to_be_visible()
    assert await register.ticked() == [0]
    assert await second.selected() == set()


async def test_signed_out_in_another_tab_ticks_wait_and_are_sent_once_signed_in_again(
    register: RegisterPage, other_tab: Page
) -> None:
    ids = await register.ids()
    await sign_out(other_tab)
    await register.boxes.nth(1).click()
    sign = register.by_id("sync-state")
    await expect(sign).to_have_attribute("data-state", "signed-out")
    await expect(sign).to_have_text("Signed out, 1 to send")
    told = register.by_id("toast").filter(has_text=SIGNED_OUT)
    await expect(told.get_by_role("link", name="Sign in")).to_be_visible()
    assert await register.ticked() == [1]

    await sign_in(other_tab, register.person)
    await register.page.evaluate("window.dispatchEvent(new Event('focus'))")
    await expect(told).to_have_count(0)
    await has(register.person, {ids[1]})
    await register.saved()


async def test_a_list_of_the_user_before_is_left_as_it_is_and_leads_to_ones_own(
    register: RegisterPage, other_tab: Page, second: Client
) -> None:
    record = (await register.ids())[0]
    await register.person.select(record)
    group = (await register.person.get("/groups/default"))["id"]
    await register.page.goto(f"/groups/{group}")
    await enter(other_tab, second)
    await register.page.get_by_test_id("record-row").get_by_test_id("record-checkbox").uncheck()
    await expect(register.by_id("sync-state")).to_have_attribute("data-state", "another")
    assert await register.person.selected() == {record}
    await register.by_id("toast").filter(has_text=SOMEBODY_ELSE).get_by_role("button", name="Reload").click()
    await register.page.wait_for_url("**/groups")
    await expect(register.page.locator("h1")).to_have_text("Lists")


async def test_a_note_that_was_being_written_is_kept_for_who_wrote_it(
    register: RegisterPage, other_tab: Page, second: Client
) -> None:
    record = (await register.ids())[0]
    await register.person.select(record)
    await register.open(f"?record={record}")
    note = register.page.locator("#record textarea[name=note]")
    await enter(other_tab, second)
    await note.fill("Only mine")
    await expect(register.page.locator("#record-saved")).to_contain_text("in this browser until you sign in")
    await second.select(record)
    await register.open(f"?record={record}")
    await expect(note).to_have_value("")
    await enter(other_tab, register.person)
    await register.open(f"?record={record}")
    await expect(note).to_have_value("Only mine")


async def test_the_page_of_a_guest_who_has_signed_in_in_another_tab_says_so(
    anonymous_page: Page, context: BrowserContext, person: Client, complaints: Complaints
) -> None:
    complaints.expect("status of 409")
    guests = RegisterPage(anonymous_page, person)
    await guests.open()
    await guests.boxes.nth(0).click()
    await guests.saved()
    other = await context.new_page()
    await sign_in(other, person)
    await guests.boxes.nth(1).click()
    await expect(
        guests.by_id("toast").filter(has_text="You have signed in using another tab.")
    ).to_be_visible()
    await expect(guests.by_id("sync-state")).to_have_attribute("data-state", "another")
    await expect(guests.boxes.nth(1)).not_to_be_checked()
    await guests.boxes.nth(2).click()
    await expect(guests.boxes.nth(2)).not_to_be_checked()
    assert await person.selected() == set()


async def test_a_tab_that_was_signed_out_sees_at_the_next_tick_who_has_come(
    register: RegisterPage, other_tab: Page, second: Client
) -> None:
    await register.saved()
    await sign_out(other_tab)
    sign = register.by_id("sync-state")
    await register.boxes.nth(1).click()
    await expect(sign).to_have_text("Signed out, 1 to send")
    await sign_in(other_tab, second)
    await register.boxes.nth(2).click()
    await expect(sign).to_have_text("Somebody else, 2 to send")
    await expect(register.by_id("toast").filter(has_text=SOMEBODY_ELSE)).to_be_visible()
