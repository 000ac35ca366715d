"""Abbreviations of one's own, from the account to the search."""

from playwright.async_api import Page, expect

from tests.fixtures.accessibility import assert_accessible
from tests.fixtures.browser import Complaints


async def test_enter_before_the_script_is_there_takes_nothing_away(
    page: Page, complaints: Complaints
) -> None:
    complaints.expect("Failed to load", "request failed")
    await page.route("**/abbreviations*.js", lambda route: route.abort())
    await page.goto("/account/abbreviations")
    await page.fill("#abbreviation", "Zebra Act")
    await page.keyboard.press("Enter")
    await expect(page.locator("#abbreviation")).to_have_value("Zebra Act")
    assert page.url.endswith("/account/abbreviations")


async def test_one_is_added_found_by_changed_and_removed(page: Page, complaints: Complaints) -> None:
    complaints.expect("status of 422")
    await page.goto("/account")
    await page.get_by_role("link", name="Your abbreviations").click()
    await page.wait_for_url("**/abbreviations")  # with its script
    await expect(page.get_by_test_id("empty-state")).to_contain_text("No abbreviations yet")
    await page.fill("#abbreviation", "Zebra Act")
    await page.fill("#abbreviation-laws", "No such law at all, Act 1702")
    await page.get_by_test_id("add-abbreviation").click()
    await expect(page.locator("#abbreviation-laws-error")).to_contain_text("means no law")
    await expect(page.locator("#abbreviation-laws")).to_be_focused()
    await assert_accessible(page)
    await page.fill("#abbreviation-laws", "1974 c. 37")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    rows = page.get_by_test_id("abbreviation")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Health and Safety at Work")
    await page.goto("/records?q=zebra+act")
    await expect(page.get_by_test_id("record-row").first).to_contain_text("by your abbreviation")
    await page.goto("/account/abbreviations")
    await rows.get_by_role("button", name="Change Zebra Act").click()
    await expect(page.locator("#abbreviation")).to_have_value("Zebra Act")
    await expect(page.locator("#abbreviation-laws")).to_have_value("UK_ukpga_1974_37")
    await page.get_by_test_id("cancel-abbreviation").click()
    await expect(page.locator("#abbreviation")).to_have_value("")
    await rows.get_by_role("button", name="Change Zebra Act").click()
    await page.fill("#abbreviation", "Zebra and Gnu Act")
    await page.locator("#abbreviation-laws").press("ControlOrMeta+End")
    await page.locator("#abbreviation-laws").press_sequentially("\nNoise Act 1996")
    await assert_accessible(page)
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(rows).to_contain_text("Zebra and Gnu Act")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Noise Act 1996")
    await rows.get_by_role("button", name="Remove Zebra and Gnu Act").focus()
    await page.keyboard.press("Enter")
    await expect(rows).to_have_count(0)
    await expect(page.locator("#abbreviation")).to_be_focused()
    await page.get_by_test_id("toast").get_by_role("button", name="Undo").click()
    await expect(rows).to_contain_text("Health and Safety at Work")
