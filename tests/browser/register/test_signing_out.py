"""Signing out on a computer that others use too: nothing of one's stays there, and nothing goes unasked."""

from playwright.async_api import Route, expect

from tests.browser.register_page import RegisterPage
from tests.fixtures.browser import Complaints, sign_in
from tests.fixtures.client import Client

KEPT = "() => JSON.stringify([{...localStorage}, {...sessionStorage}])"
NOTE = "Only for my eyes"


async def lose(route: Route) -> None:
    await (route.abort() if route.request.method == "PATCH" else route.continue_())


async def write_unsaved(register: RegisterPage) -> str:
    """A note to a law that is ticked already; no note gets through to the server."""
    record = (await register.ids())[0]
    await register.person.select(record)
    await register.open(f"?record={record}")
    await register.page.route("**/api/v1/groups/*/records/*", lose)
    await register.page.locator("#record textarea[name=note]").fill(NOTE)
    await expect(register.page.locator("#record-saved")).to_contain_text("in this browser")
    assert NOTE in await register.page.evaluate(KEPT)
    return record


async def test_a_note_that_could_not_be_saved_is_asked_about_and_goes_with_who_wrote_it(
    register: RegisterPage, person: Client, complaints: Complaints
) -> None:
    complaints.expect("ERR_FAILED")
    page = register.page
    record = await write_unsaved(register)
    await page.goto("/account")
    await page.locator("main form[action='/sign-out'] button").click()
    question = page.locator("dialog[open]")
    await expect(question).to_contain_text("1 note could not be saved yet")
    await question.get_by_role("button", name="Stay signed in").click()
    assert NOTE in await page.evaluate(KEPT)
    await page.locator("main form[action='/sign-out'] button").click()
    await question.get_by_role("button", name="Sign out").click()
    await page.wait_for_url("**/sign-in**")
    assert NOTE not in await page.evaluate(KEPT)
    await sign_in(page, person)
    await register.open(f"?record={record}")
    await expect(page.locator("#record textarea[name=note]")).to_have_value("")


async def test_a_note_is_shown_to_who_wrote_it_when_the_session_ended_by_itself(
    register: RegisterPage, complaints: Complaints
) -> None:
    complaints.expect("ERR_FAILED")
    page = register.page
    record = await write_unsaved(register)
    await page.context.clear_cookies()
    await page.goto("/sign-in")
    await sign_in(page, register.person)
    await register.open(f"?record={record}")
    await expect(page.locator("#record textarea[name=note]")).to_have_value(NOTE)


async def test_after_signing_out_the_browser_holds_nothing_of_anybodys(register: RegisterPage) -> None:
    """Ticks that are on their way are answered first, without a question."""
    page = register.page
    title = await register.rows.nth(0).locator("a").first.inner_text()
    await register.boxes.nth(0).click()
    await register.saved()
    await register.boxes.nth(1).click()
    await page.goto("/account")
    await page.locator("main form[action='/sign-out'] button").click()
    await page.wait_for_url("**/sign-in**")
    kept = await page.evaluate(KEPT)
    assert title not in kept
    assert register.person.user_id not in kept
