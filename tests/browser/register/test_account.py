"""The page of one's account: what was refused is in sight, and what was chosen is still chosen."""

from playwright.async_api import Page, expect

from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client


async def test_a_token_refused_for_its_password_is_told_where_it_was_asked_for(
    page: Page, person: Client, complaints: Complaints
) -> None:
    complaints.expect("status of 422")
    await page.goto("/account")
    form = page.locator("form[action='/account/tokens']")
    await form.locator("[name=name]").fill("Nightly export")
    await form.locator("[name=days]").select_option("7")
    await form.locator("[name=scopes][value=select]").check()
    password = form.locator("[name=current_password]")
    await password.fill("not that one")
    await form.get_by_role("button").click()
    told = form.get_by_text("That is not your current password.")
    await expect(told).to_be_in_viewport()
    await expect(password).to_be_focused()
    await password.fill(person.password)
    await form.get_by_role("button").click()
    await expect(page.get_by_test_id("new-token")).to_be_visible()
    row = page.get_by_test_id("token-row")
    await expect(row).to_contain_text("Nightly export")
    await expect(row).to_contain_text("read, select")
