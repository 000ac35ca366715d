"""Who may not tick suggests; who manages the list accepts a family at once, and the rest is declined."""

from playwright.async_api import Page, expect

from tests.browser.organizations.test_founding import found, unique
from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client
from tests.fixtures.colleagues import good


async def test_laws_are_suggested_by_name_and_decided(
    page: Page, person: Client, complaints: Complaints
) -> None:
    complaints.expect("status of 422")
    path = await found(page, unique(person))
    list_ = (await good(person, "POST", f"{path}/groups", {"name": "Leeds"}))["id"]
    laws = await person.records(limit=40, sort="title_en")
    families = {law["family"] for law in laws}
    await page.goto(f"/groups/{list_}")
    await page.get_by_test_id("suggestions").click()
    await expect(page.get_by_test_id("empty-state")).to_contain_text("Nothing waits")
    form = page.get_by_test_id("suggest-form")
    await form.locator("[name=laws]").fill("A law that nobody knows 1850")
    await form.get_by_role("button").click()
    await expect(page.locator(".alert, .notice").first).to_contain_text("names no law")
    await form.locator("[name=laws]").fill("\n".join(law["name"] for law in laws))
    await form.locator("[name=reason]").fill("as at York")
    await form.get_by_role("button").click()
    one = page.get_by_test_id("suggestion")
    await expect(one).to_contain_text("would tick 40 laws")
    await expect(one).to_contain_text("as at York")
    await page.goto(f"/groups/{list_}")
    await expect(page.get_by_test_id("suggestions")).to_contain_text("1 suggestion")
    await page.get_by_test_id("suggestions").click()
    if len(families) > 1:
        await one.get_by_role("button", name="Accept").first.click()
        await expect(page.get_by_test_id("saying")).to_contain_text("accepted")
        assert 0 < len(await person.selected(list_)) < 40
    await page.get_by_test_id("decide-form").get_by_role("button", name="Decline").click()
    await expect(page.get_by_test_id("empty-state")).to_contain_text("Nothing waits")
