"""Lists of an organization beside one's own: compared, combined, and what was done in them."""

from playwright.async_api import Page, expect

from tests.browser.organizations.test_founding import found, unique
from tests.browser.organizations.test_working_together import NOT_FOUND
from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client
from tests.fixtures.colleagues import Organization


async def test_a_list_is_compared_with_that_of_an_organization_and_tells_its_history(
    page: Page, person: Client, theirs: Page, colleague: Client, complaints: Complaints
) -> None:
    complaints.expect("status of 404")
    path = await found(page, unique(person))
    organization = Organization("", path.rpartition("/")[2], {"owner": person})
    await organization.join(colleague, "member")
    shared = await organization.list(name="Site: Leeds")
    hidden = await organization.list(name="Secret plans", access="restricted")
    laws = await person.records(limit=3, sort="title_en")
    for law in laws[:2]:
        await person.select(law["id"], shared)
    for law in laws[1:]:
        await colleague.select(law["id"])

    await theirs.goto(f"/groups/compare?of={shared}&of=default&of={hidden}")
    assert "Secret plans" not in await theirs.content()
    for side, count in (("only-first", 1), ("both", 1), ("only-second", 1)):
        await expect(theirs.get_by_test_id(f"side-{side}").locator(".side-count")).to_have_text(str(count))
    await expect(theirs.get_by_test_id("side-only-first")).to_contain_text(laws[0]["title_en"])
    await theirs.locator("#save-name").fill("Both sites")
    await theirs.locator("#save-where").select_option(label=unique(person))
    await theirs.get_by_test_id("save-as").click()
    await expect(theirs.get_by_text("“Both sites” has 3 laws")).to_be_visible()
    await page.goto(path)
    await page.get_by_test_id("shared-list").get_by_role("link", name="Both sites").click()
    await expect(page.get_by_test_id("record-row")).to_have_count(3)

    await page.locator("#list-menu > summary").click()
    await page.get_by_role("link", name="History", exact=True).last.click()
    entry = page.get_by_test_id("audit-entry").filter(has_text="ticked 3 laws")
    who = await entry.locator("strong").inner_text()
    await entry.get_by_role("link", name="Details").click()
    await expect(page.get_by_test_id("who-did-it")).to_contain_text(f"By {who} in Both sites")
    for law in laws:
        await expect(page.get_by_role("link", name=law["title_en"])).to_be_visible()
    of_change = page.url.rpartition("/")[2]
    for nowhere in (f"{hidden}/history", f"{hidden}/history/{of_change}", f"{shared}/history/{of_change}"):
        await theirs.goto(f"/groups/{nowhere}")
        await expect(theirs.locator("h1")).to_have_text(NOT_FOUND)
    await theirs.goto("/groups/default/history")
    await theirs.wait_for_url("**/history?group=*")


async def test_a_baseline_is_copied_and_compared_with_its_copy(page: Page, person: Client) -> None:
    path = await found(page, unique(person))
    organization = Organization("", path.rpartition("/")[2], {"owner": person})
    baseline = await organization.list(name="Baseline")
    laws = await person.records(limit=3, sort="title_en")
    for law in laws[:2]:
        await person.select(law["id"], baseline)
    await page.goto(f"/groups/{baseline}")
    await page.locator("#list-menu > summary").click()
    await page.get_by_role("link", name="Copy this list").click()
    await expect(page.get_by_label("Name")).to_have_value("Baseline (2)")
    await page.get_by_label("Name").fill("Site: York")
    await page.get_by_role("button", name="Copy", exact=True).click()
    await expect(page.locator("h1")).to_contain_text("Site: York")
    await expect(page.get_by_test_id("record-row")).to_have_count(2)
    copy = page.url.rpartition("/")[2]
    await person.select(laws[2]["id"], copy)
    await page.get_by_test_id("compare-with-source").click()
    for side, count in (("only-first", 0), ("both", 2), ("only-second", 1)):
        await expect(page.get_by_test_id(f"side-{side}").locator(".side-count")).to_have_text(str(count))
    await expect(page.get_by_test_id("side-only-second")).to_contain_text(laws[2]["title_en"])
