"""Ticking before signing in: shown at once, kept, and taken along into a list of one's choice."""

import asyncio

import pytest_asyncio
from playwright.async_api import Browser, Page, Route, expect

from tests.browser.register_page import READY, RegisterPage
from tests.fixtures.browser import VIEWPORT, Complaints
from tests.fixtures.client import PASSWORD, Client
from tests.fixtures.process import ServerProcess

NOTE = "You are not signed in, so your ticks last"


@pytest_asyncio.fixture(loop_scope="session")
async def stranger(anonymous_page: Page, person: Client) -> RegisterPage:
    """Somebody who has signed nowhere; `person` has an account, and may sign in."""
    register = RegisterPage(anonymous_page, person)
    await register.open()
    return register


async def sign_in_from_the_note(stranger: RegisterPage) -> None:
    await stranger.by_id("guest-note").get_by_role("link", name="Sign in").click()
    await stranger.page.fill("input[name=email]", stranger.person.email)
    await stranger.page.fill("input[name=password]", stranger.person.password)
    await stranger.page.click("main button[type=submit]")
    await stranger.page.wait_for_url("**/guest-ticks**")


async def test_the_first_tick_is_shown_at_once_and_makes_a_guest(stranger: RegisterPage) -> None:
    asked: list[str] = []
    answered = asyncio.Event()

    async def hold(route: Route) -> None:
        asked.append(route.request.url)
        await answered.wait()
        await route.continue_()

    await stranger.page.route("**/guest", hold)
    await expect(stranger.by_id("guest-note")).to_contain_text(f"{NOTE} for 30 days")
    assert await stranger.page.context.cookies() == [
        cookie for cookie in await stranger.page.context.cookies() if "session" not in cookie["name"]
    ]
    for at in (0, 2, 3):
        await stranger.boxes.nth(at).click()
        await expect(stranger.boxes.nth(at)).to_be_checked()
    await stranger.boxes.nth(3).click()
    await expect(stranger.boxes.nth(3)).not_to_be_checked()
    answered.set()
    await stranger.in_list(2)
    await stranger.saved()
    assert len(asked) == 1, "one guest, however many ticks wait"
    await expect(stranger.by_id("guest-note")).to_contain_text(f"{NOTE} until")
    await stranger.reload()
    assert await stranger.ticked() == [0, 2]
    assert len(asked) == 1


async def test_who_leaves_before_being_a_guest_finds_the_ticks_on_the_next_page(
    stranger: RegisterPage,
) -> None:
    held = asyncio.Event()

    async def hold_the_first(route: Route) -> None:
        if held.is_set():
            await route.continue_()
        held.set()

    await stranger.page.route("**/guest", hold_the_first)
    for at in (0, 2):
        await stranger.boxes.nth(at).click()
    await expect(stranger.by_id("sync-state")).to_have_attribute("data-state", "saving")
    await held.wait()
    await stranger.open()
    await stranger.in_list(2)
    await stranger.saved()
    assert await stranger.ticked() == [0, 2]
    await stranger.reload()
    assert await stranger.ticked() == [0, 2]


async def test_a_guest_ticks_like_anybody(stranger: RegisterPage) -> None:
    await stranger.open("?q=noise&limit=25")
    await stranger.rows.first.focus()
    await stranger.page.keyboard.press("Control+a")
    total = int((await stranger.by_id("total").inner_text()).replace(",", ""))
    await stranger.in_list(total)
    await stranger.saved()
    await stranger.page.keyboard.press("Control+z")
    await stranger.in_list(0)
    await stranger.page.keyboard.press("Control+Shift+z")
    await stranger.in_list(total)
    await stranger.page.get_by_text("Ticked", exact=True).click()
    await stranger.shows(total)


async def test_the_page_box_and_a_law_of_its_own_make_a_guest_too(stranger: RegisterPage) -> None:
    await stranger.open("?limit=25")
    await stranger.by_id("select-page").click()
    await stranger.in_list(25)
    await stranger.saved()
    assert len(await stranger.ticked()) == 25


async def test_from_the_drawer(stranger: RegisterPage) -> None:
    await stranger.page.locator(".record-title").nth(1).click()
    await stranger.page.locator("#record-drawer #record-tick").check()
    await stranger.in_list(1)
    await expect(stranger.page.locator("#record-drawer").get_by_label("Note")).to_be_visible()
    await expect(stranger.page.locator("#record-drawer #record-tick")).to_be_checked()
    await stranger.page.keyboard.press("Escape")
    assert await stranger.ticked() == [1]


async def test_from_the_page_of_one_law(stranger: RegisterPage) -> None:
    [first, *_] = await stranger.ids()
    await stranger.page.goto(f"/records/{first}")
    await stranger.page.locator("#record-tick").check()
    await expect(stranger.page.get_by_label("Note")).to_be_visible()
    await expect(stranger.page.locator("#record-tick")).to_be_checked()
    await stranger.open()
    assert await stranger.ticked() == [0]


async def test_the_ticks_go_into_a_list_of_ones_choice_and_the_page_says_so(stranger: RegisterPage) -> None:
    ids = await stranger.ids()
    for at in (1, 2, 4):
        await stranger.boxes.nth(at).click()
    await stranger.saved()
    await sign_in_from_the_note(stranger)
    page = stranger.page
    await expect(page.get_by_test_id("guest-count")).to_have_text("3 laws")
    await page.get_by_label("A new list").check()
    await page.get_by_label("Name of the new list").fill("Site inspection")
    await page.get_by_test_id("keep-guest-ticks").click()
    await page.wait_for_selector(READY)
    said = page.get_by_test_id("saying")
    await expect(said).to_have_text("You ticked 3 laws before signing in; they are now in “Site inspection”.")
    await expect(page.get_by_test_id("guest-note")).to_have_count(0)
    groups = {group["name"]: group["id"] for group in (await stranger.person.get("/groups"))["items"]}
    assert await stranger.person.selected(groups["Site inspection"]) == {ids[1], ids[2], ids[4]}
    await page.reload()
    await expect(said).to_have_count(0)


async def test_two_tabs_of_a_stranger_are_one_guest(stranger: RegisterPage) -> None:
    other = RegisterPage(await stranger.page.context.new_page(), stranger.person)
    await other.open()
    await other.boxes.nth(3).click()
    await other.saved()
    await stranger.page.bring_to_front()
    await stranger.boxes.nth(1).click()
    await stranger.saved()
    await stranger.reload()
    assert await stranger.ticked() == [1, 3]
    await stranger.boxes.nth(5).click()
    await expect(other.boxes.nth(5)).to_be_checked()
    await sign_in_from_the_note(stranger)
    await expect(stranger.by_id("guest-count")).to_have_text("3 laws")


async def test_the_keyboard_alone_takes_the_ticks_into_a_new_list_that_needs_a_name(
    stranger: RegisterPage, complaints: Complaints
) -> None:
    complaints.expect("status of 422")
    press, page = stranger.page.keyboard.press, stranger.page
    await stranger.rows.first.focus()
    await press("Space")
    await press("ArrowDown")
    await press("Space")
    await stranger.saved()
    ids = set((await stranger.ids())[:2])
    await stranger.by_id("guest-note").get_by_role("link", name="Sign in").focus()
    await press("Enter")
    await page.locator("input[name=email]").focus()
    await page.keyboard.type(stranger.person.email)
    await press("Tab")
    await page.locator("input[name=password]").focus()
    await page.keyboard.type(stranger.person.password)
    await press("Enter")
    await page.wait_for_url("**/guest-ticks**")
    for name in ("", "By keyboard"):
        await page.locator("#guest-new").focus()
        await press("Space")
        await page.get_by_label("Name of the new list").fill(name)
        await press("Enter")
        if not name:
            await expect(page.locator("#guest-new-error")).to_be_visible()
    await expect(stranger.by_id("saying")).to_contain_text("they are now in “By keyboard”")
    groups = {group["name"]: group["id"] for group in (await stranger.person.get("/groups"))["items"]}
    assert await stranger.person.selected(groups["By keyboard"]) == ids


async def test_back_and_sent_again_nothing_happens_twice(stranger: RegisterPage) -> None:
    await stranger.boxes.first.click()
    await stranger.saved()
    await sign_in_from_the_note(stranger)
    page = stranger.page
    await page.get_by_test_id("keep-guest-ticks").click()
    await page.wait_for_selector(READY)
    assert len(await stranger.person.selected()) == 1
    await stranger.boxes.first.click()
    await stranger.saved()
    await page.go_back()
    if "/guest-ticks" in page.url:
        await page.get_by_test_id("keep-guest-ticks").click()
    await page.wait_for_selector(READY)
    assert await stranger.person.selected() == set()


async def test_without_a_script_ticks_are_kept_by_a_form(
    browser: Browser, shared_server: ServerProcess
) -> None:
    context = await browser.new_context(
        base_url=shared_server.url,
        viewport=VIEWPORT,  # type: ignore[arg-type]  # a TypedDict, written once
        java_script_enabled=False,
    )
    page = await context.new_page()
    await page.goto("/records?limit=25")
    boxes = page.get_by_test_id("record-checkbox")
    await boxes.nth(0).check()
    await boxes.nth(5).check()
    await page.get_by_role("button", name="Save the ticks on this page").click()
    await expect(page.get_by_test_id("saying")).to_have_text("2 ticked; “My selection” now has 2 laws.")
    await expect(boxes.nth(5)).to_be_checked()
    await page.get_by_test_id("guest-note").get_by_role("link", name="create an account").click()
    await page.fill("input[name=email]", f"{id(page)}-scriptless@example.org")
    await page.fill("input[name=password]", PASSWORD)
    await page.get_by_test_id("sign-up").click()
    await page.get_by_test_id("keep-guest-ticks").click()
    await expect(page.get_by_test_id("saying")).to_contain_text("they are now in “My selection”")
    await expect(boxes.nth(5)).to_be_checked()
    await context.close()


async def test_a_guest_that_cannot_be_made_leaves_the_boxes_as_they_were(
    stranger: RegisterPage, complaints: Complaints
) -> None:
    complaints.expect("status of 429")
    problem = '{"status": 429, "code": "rate_limited", "detail": "Too much at once."}'
    headers = {"content-type": "application/problem+json", "retry-after": "1"}
    await stranger.page.route(
        "**/guest", lambda route: route.fulfill(status=429, headers=headers, body=problem)
    )
    await stranger.boxes.first.click()
    await expect(stranger.by_id("toast")).to_contain_text(
        "Too much at once. Nothing was changed.", timeout=60_000
    )
    await expect(stranger.boxes.first).not_to_be_checked()
    await stranger.page.unroute("**/guest")
    await stranger.boxes.first.click()
    await stranger.in_list(1)


async def test_what_needs_an_account_leads_to_signing_in_and_says_why(stranger: RegisterPage) -> None:
    await stranger.boxes.first.click()
    await stranger.saved()
    await stranger.page.get_by_role("link", name="Lists", exact=True).click()
    await stranger.page.wait_for_url("**/sign-in**")
    await expect(stranger.by_id("saying")).to_contain_text("Sign in to see your lists.")
    await expect(stranger.by_id("guest-comes-along")).to_be_visible()
