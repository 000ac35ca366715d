"""Forms before signing in that are sent late: nobody is left at a wall, and what was typed is there again."""

from uuid import uuid4

from playwright.async_api import BrowserContext, Page, expect

from sertantai.http.stale_forms import EXPIRED
from tests.fixtures.browser import Complaints, sign_in
from tests.fixtures.client import PASSWORD, Client


async def fill(page: Page, email: str, password: str) -> None:
    await page.fill("input[name=email]", email)
    await page.fill("input[name=password]", password)


async def send(page: Page) -> None:
    await page.click("main button[type=submit]")


async def test_a_sign_in_form_that_was_open_twice_leads_on(
    anonymous_page: Page, context: BrowserContext, complaints: Complaints, person: Client
) -> None:
    await anonymous_page.goto("/sign-in?next=/groups")
    first = await context.new_page()
    complaints.watch(first)
    await sign_in(first, person)
    await fill(anonymous_page, person.email, person.password)
    await send(anonymous_page)
    await anonymous_page.wait_for_url("**/groups")
    await expect(anonymous_page.locator("h1")).to_have_text("Lists")


async def test_a_sign_in_form_whose_cookies_went_comes_again_filled_in(
    anonymous_page: Page, complaints: Complaints, person: Client
) -> None:
    complaints.expect("status of 422")
    await anonymous_page.goto("/sign-in?next=/groups")
    await fill(anonymous_page, person.email, person.password)
    await anonymous_page.context.clear_cookies()
    await send(anonymous_page)
    await expect(anonymous_page.locator("main")).to_contain_text(EXPIRED)
    await expect(anonymous_page.locator("input[name=email]")).to_have_value(person.email)
    await expect(anonymous_page.locator("input[name=password]")).to_be_focused()
    await anonymous_page.fill("input[name=password]", person.password)
    await send(anonymous_page)
    await anonymous_page.wait_for_url("**/groups")


async def test_a_sign_up_form_whose_token_is_void_comes_again_filled_in(
    anonymous_page: Page, complaints: Complaints
) -> None:
    """As after a restart with a new page secret."""
    complaints.expect("status of 422")
    email = f"{uuid4().hex}@example.org"
    await anonymous_page.goto("/sign-up?next=/history")
    await fill(anonymous_page, email, PASSWORD)
    await anonymous_page.evaluate("document.cookie = 'sertantai_csrf=none; path=/'")
    await send(anonymous_page)
    await expect(anonymous_page.locator("main")).to_contain_text(EXPIRED)
    await expect(anonymous_page.locator("input[name=email]")).to_have_value(email)
    await anonymous_page.fill("input[name=password]", PASSWORD)
    await send(anonymous_page)
    await anonymous_page.wait_for_url("**/history")


async def test_a_form_of_an_account_in_another_session_leads_back_to_its_page(
    page: Page, context: BrowserContext, complaints: Complaints, person: Client
) -> None:
    complaints.expect("401", "409")  # the page whose session ends asks whose it is now
    await page.goto("/account")
    other = await context.new_page()
    complaints.watch(other)
    await other.goto("/account")
    await other.locator("main form[action='/sign-out'] button").click()
    await other.wait_for_url("**/sign-in**")
    await sign_in(other, person)
    await page.fill("form[action='/account/tokens'] input[name=name]", "Nightly")
    await page.fill("form[action='/account/tokens'] input[name=current_password]", person.password)
    await page.get_by_role("button", name="Create token").click()
    await expect(page.get_by_test_id("saying")).to_contain_text(EXPIRED)
    await page.wait_for_url("**/account")
