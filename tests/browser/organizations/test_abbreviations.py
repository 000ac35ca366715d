"""Abbreviations of an organization, from who may change its settings to a member's search."""

from playwright.async_api import Page, expect

from tests.fixtures.accessibility import assert_accessible
from tests.fixtures.client import Client
from tests.fixtures.colleagues import found


async def test_one_is_added_by_an_owner_and_seen_by_members(
    page: Page, theirs: Page, person: Client, colleague: Client
) -> None:
    organization = await found(person)
    await organization.join(colleague, "viewer")
    await page.goto(organization.path)
    await page.get_by_role("link", name="Abbreviations").click()
    await page.wait_for_url("**/abbreviations")  # with its script
    await expect(page.get_by_test_id("empty-state")).to_contain_text("No abbreviations yet")
    await page.fill("#abbreviation", "Yard pack")
    await page.fill("#abbreviation-laws", "1974 c. 37")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("abbreviation")).to_contain_text("Health and Safety at Work")
    await assert_accessible(page)
    await page.goto("/account/abbreviations")
    await expect(page.get_by_test_id("empty-state")).to_be_visible()
    await page.goto("/records?q=yard+pack")
    await expect(page.get_by_test_id("record-row").first).to_contain_text("by your abbreviation")

    await theirs.goto(f"{organization.path}/abbreviations")
    await expect(theirs.get_by_test_id("abbreviation")).to_contain_text("Yard pack")
    await expect(theirs.get_by_test_id("abbreviation").get_by_role("button")).to_have_count(0)
    await expect(theirs.locator("#abbreviation-form")).to_have_count(0)
    await assert_accessible(theirs)
