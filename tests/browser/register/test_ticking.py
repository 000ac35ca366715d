"""One tick, many ticks, and what is left of them after a reload, a failure, an outage, another tab."""

import asyncio
import re

import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from tests.browser.register_page import READY, RegisterPage
from tests.fixtures.browser import Complaints


async def test_a_tick_is_there_after_a_reload_and_in_the_list(register: RegisterPage) -> None:
    ids = await register.ids()
    await register.boxes.nth(2).click()
    await register.in_list(1)
    await register.saved()
    await register.reload()
    assert await register.ticked() == [2]
    assert await register.person.selected() == {ids[2]}


async def test_a_tick_is_shown_before_the_server_has_answered(register: RegisterPage) -> None:
    answered = asyncio.Event()

    async def hold(route: Route) -> None:
        await answered.wait()
        await route.continue_()

    await register.page.route("**/api/v1/groups/*/records/*", hold)
    await register.boxes.first.click()
    await expect(register.boxes.first).to_be_checked()
    await register.in_list(1)
    await expect(register.boxes.first).to_be_enabled()
    answered.set()
    await register.saved()
    assert len(await register.person.selected()) == 1


@pytest.mark.parametrize("status", [403, 409, 500])
async def test_a_refused_tick_is_put_back_with_the_reason(
    register: RegisterPage, complaints: Complaints, status: int
) -> None:
    complaints.expect("status of", "answered 500")

    async def refuse(route: Route) -> None:
        problem = f'{{"status": {status}, "code": "x", "title": "No", "detail": "The clerk is away."}}'
        await route.fulfill(status=status, content_type="application/problem+json", body=problem)

    await register.page.route("**/api/v1/groups/*/records/*", refuse)
    await register.boxes.first.click()
    await expect(register.by_id("toast")).to_contain_text("The clerk is away.")
    await expect(register.boxes.first).not_to_be_checked()
    await register.in_list(0)
    await register.page.unroute("**/api/v1/groups/*/records/*")
    await register.page.get_by_role("button", name="Try again").click()
    await register.in_list(1)
    await register.saved()
    assert await register.ticked() == [0]


async def test_ticks_made_offline_wait_and_are_sent_when_the_network_is_back(
    register: RegisterPage, context: BrowserContext
) -> None:
    await context.set_offline(True)
    for at in (0, 1, 2):
        await register.boxes.nth(at).click()
    await register.boxes.nth(1).click()
    await expect(register.by_id("sync-state")).to_have_attribute("data-state", "offline")
    assert await register.ticked() == [0, 2]
    await context.set_offline(False)
    await register.saved()
    ids = await register.ids()
    assert await register.person.selected() == {ids[0], ids[2]}


async def test_ticks_left_behind_by_a_closed_page_are_sent_by_the_next(
    register: RegisterPage, context: BrowserContext
) -> None:
    ids = await register.ids()
    await context.set_offline(True)
    await register.boxes.nth(4).click()
    await expect(register.by_id("sync-state")).to_have_attribute("data-state", "offline")
    await register.page.close()
    await context.set_offline(False)
    register.page = await context.new_page()
    await register.open()
    await register.in_list(1)
    await register.saved()
    assert await register.person.selected() == {ids[4]}


async def test_a_second_tab_follows(register: RegisterPage, context: BrowserContext) -> None:
    other = RegisterPage(await context.new_page(), register.person)
    await other.open()
    await register.boxes.nth(3).click()
    await expect(other.boxes.nth(3)).to_be_checked()
    await other.in_list(1)
    await register.by_id("select-page").click()
    await other.in_list(50)
    await expect(other.boxes.nth(40)).to_be_checked()


async def test_another_device_is_seen_when_the_page_is_looked_at_again(register: RegisterPage) -> None:
    ids = await register.ids()
    await register.person.select(ids[7])
    await register.page.evaluate("() => window.dispatchEvent(new Event('focus'))")
    await expect(register.boxes.nth(7)).to_be_checked()
    await register.in_list(1)


async def test_going_back_shows_the_truth(register: RegisterPage) -> None:
    await register.boxes.first.click()
    await register.saved()
    await register.page.goto("/account")
    await register.page.go_back()
    await register.page.wait_for_selector(READY)
    await expect(register.boxes.first).to_be_checked()


async def test_where_nobody_becomes_a_guest_a_stranger_is_invited_to_sign_in(
    anonymous_page: Page, complaints: Complaints
) -> None:
    complaints.expect("status of 401")
    problem = '{"status": 401, "code": "not_signed_in", "detail": "Sign in to save your ticks."}'
    await anonymous_page.route(
        "**/guest",
        lambda route: route.fulfill(status=401, content_type="application/problem+json", body=problem),
    )
    await anonymous_page.goto("/records")
    await anonymous_page.wait_for_selector(READY)
    box = anonymous_page.get_by_test_id("record-checkbox").first
    await box.click()
    invitation = anonymous_page.get_by_test_id("toast").get_by_role("link", name="Sign in")
    await expect(invitation).to_have_attribute("href", re.compile("next=%2Frecords"))
    await expect(box).not_to_be_checked()
