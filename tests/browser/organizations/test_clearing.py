"""A list that others work in is cleared as it was seen: asked which version that is, the page says it."""

from playwright.async_api import Page, expect

from tests.browser.organizations.test_founding import found, unique
from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client
from tests.fixtures.colleagues import good


async def test_a_shared_list_is_cleared_by_who_manages_it(
    page: Page, person: Client, complaints: Complaints
) -> None:
    complaints.expect("status of 428")
    path = await found(page, unique(person))
    list_ = (await good(person, "POST", f"{path}/groups", {"name": "Leeds"}))["id"]
    laws = [law["id"] for law in await person.records(limit=3)]
    await person.operate("bulk_select", list_, record_ids=laws)
    await page.goto(f"/groups/{list_}")
    await expect(page.get_by_test_id("record-row")).to_have_count(3)
    await page.locator("#list-menu summary").click()
    await page.get_by_test_id("clear-selection").click()
    await page.get_by_role("button", name="Clear list").last.click()
    await expect(page.get_by_test_id("toast")).to_contain_text("List cleared: 3 laws removed")
    assert not await person.selected(list_)
