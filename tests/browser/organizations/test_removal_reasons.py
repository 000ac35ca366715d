"""Whoever removes laws is asked why, where their organisation wants to know; and reads it in the history."""

from playwright.async_api import Page, expect

from tests.browser.organizations.test_trail import shows
from tests.fixtures.accessibility import assert_accessible
from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client
from tests.fixtures.colleagues import found, good


async def test_a_law_goes_with_its_reason_or_stays(
    page: Page, person: Client, complaints: Complaints
) -> None:
    acme = await found(person)
    group = await acme.list(name="Leeds")
    first, second = [law["id"] for law in await person.records(limit=2)]
    for law in (first, second):
        await person.select(law, group)
    await page.goto(f"{acme.path}/settings")
    asking = page.get_by_label("When laws are removed from a list")
    await asking.select_option("Ask for a reason, which may be left out")
    await page.get_by_test_id("settings-form").get_by_role("button", name="Save").click()
    await expect(asking).to_have_value("ask")

    await page.goto(f"/groups/{group}")
    boxes = page.get_by_test_id("record-checkbox")
    await boxes.first.click()
    asked = page.get_by_test_id("removal-reason")
    await expect(asked.get_by_label("Reason (optional)")).to_be_focused()
    # Required since, which this page does not know: the server says so, and it is asked again.
    await good(person, "PATCH", acme.path, {"settings": {"removal_reasons": "require"}})
    complaints.expect("status of 422")
    await asked.get_by_role("button", name="Remove").click()
    await expect(asked.get_by_label("Reason", exact=True)).to_be_focused()
    await page.keyboard.press("Escape")
    await expect(boxes.first).to_be_checked()

    await page.reload()
    await boxes.first.click()
    await expect(asked.get_by_label("Reason", exact=True)).to_be_focused()
    await assert_accessible(page)
    await page.keyboard.press("Escape")
    await expect(asked).to_have_count(0)
    await expect(boxes.first).to_be_checked()
    await boxes.first.click()
    await asked.get_by_label("Reason").fill("  ")
    await asked.get_by_role("button", name="Remove").click()
    await expect(asked).to_be_visible()
    await asked.get_by_label("Reason").fill("Site closed")
    async with page.expect_response(lambda one: one.request.method == "DELETE" and one.ok):
        await page.keyboard.press("Control+Enter")
    await expect(page.get_by_test_id("selection-count")).to_have_attribute("data-count", "1")
    assert (await good(person, "GET", f"/groups/{group}"))["count"] == 1

    await page.goto(f"/records?group={group}&selected=true")
    await page.get_by_test_id("record-checkbox").first.click()
    await asked.get_by_label("Reason").fill("Sold")
    await asked.get_by_role("button", name="Remove").click()
    await expect(page.get_by_test_id("selection-count")).to_have_text("0")
    await shows(
        page, f"{acme.path}/audit", "Reason Site closed", "Reason Sold", "removing laws requires a reason"
    )
    await assert_accessible(page)
