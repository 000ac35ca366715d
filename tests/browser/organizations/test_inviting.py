"""Members invited from the page: by e-mail, by a link that a colleague follows, and revoked."""

from playwright.async_api import Page, expect

from tests.browser.organizations.test_working_together import works
from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client


async def test_an_invitation_is_sent_listed_and_revoked(
    page: Page, person: Client, complaints: Complaints
) -> None:
    complaints.expect("status of 422")
    path, _ = await works(page, person)
    await page.goto(f"{path}/members")
    await page.get_by_role("link", name="Invite people").click()
    form = page.get_by_test_id("invite-form")
    await form.locator("[name=email]").fill(person.email)
    await form.get_by_role("button").click()
    await expect(form.locator(".field-error")).to_contain_text("your own address")
    email = f"{person.user_id}@example.org"
    await form.locator("[name=email]").fill(email)
    await form.locator("[name=role]").select_option("viewer")
    await form.get_by_role("button").click()
    await expect(page.get_by_test_id("saying")).to_contain_text(email)
    row = page.get_by_test_id("invitation-row")
    await expect(row).to_contain_text(email)
    await expect(row).to_contain_text("Viewer")
    await row.get_by_role("button", name="Send again").click()
    await expect(page.get_by_test_id("saying")).to_contain_text("A new invitation")
    await page.goto(f"{path}/members")
    await expect(page.get_by_text(email)).to_be_visible()
    await page.goto(f"{path}/invitations")
    await row.get_by_role("button", name="Revoke").click()
    await expect(row).to_have_count(0)


async def test_a_link_lets_a_colleague_in(
    page: Page, person: Client, theirs: Page, colleague: Client
) -> None:
    path, _ = await works(page, person)
    await page.goto(f"{path}/invitations")
    await page.locator("#by-link > summary").click()
    form = page.get_by_test_id("link-form")
    await form.locator("[name=uses]").fill("2")
    await form.get_by_role("button").click()
    link = await page.get_by_test_id("new-link").inner_text()
    await expect(page.get_by_test_id("invitation-row")).to_contain_text("for 2 more")
    await theirs.goto(link)
    await theirs.locator("main form button[type=submit]").click()
    await expect(theirs.get_by_test_id("organization-name")).to_be_visible()
    await theirs.goto(f"{path}/members")
    await expect(theirs.get_by_test_id("member-row")).to_have_count(2)
    await expect(theirs.get_by_text(person.email)).to_have_count(0)
    await expect(theirs.get_by_role("link", name="Invite people")).to_have_count(0)
    await page.goto(f"{path}/members")
    await expect(page.get_by_test_id("member-row").filter(has_text=colleague.email)).to_have_count(1)
    await page.goto(f"{path}/invitations")
    await expect(page.get_by_test_id("invitation-row")).to_contain_text("for 1 more")
