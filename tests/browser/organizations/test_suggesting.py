"""Who may not tick suggests; who manages the list accepts a family at once, and the rest is declined."""

from playwright.async_api import Page, expect

from tests.browser.organizations.test_founding import found, unique
from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client
from tests.fixtures.colleagues import Organization, good


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


async def test_laws_are_suggested_where_they_are_found(
    page: Page, person: Client, theirs: Page, colleague: Client, complaints: Complaints
) -> None:
    """In the register, of a list that may not be ticked into: some laws, all that match, one alone."""
    complaints.expect("status of 422")
    path = await found(page, unique(person))
    organization = Organization("", path.rpartition("/")[2], {"owner": person})
    await organization.join(colleague, "viewer")
    list_ = await organization.list(name="Waste")
    laws = [law["id"] for law in await person.records(limit=3, sort="title_en")]
    await person.select(laws[0], list_)
    await good(person, "PUT", f"/groups/{list_}/grants/{colleague.user_id}", {"level": "suggest"})

    await theirs.goto("/records")
    await theirs.locator("#group-switcher > summary").click()
    await theirs.locator("#group-switcher").get_by_role("link", name="Waste").click()
    bar, rows = theirs.get_by_test_id("suggest-bar"), theirs.get_by_test_id("record-row")
    await expect(theirs.get_by_test_id("suggesting-note")).to_contain_text("You can suggest changes of Waste")
    await theirs.wait_for_selector("#register[data-ready]")
    await expect(rows.first.locator(".tick-box")).to_be_checked()
    await bar.get_by_test_id("suggest-page").click()
    await expect(theirs.get_by_text("Nothing was suggested")).to_be_visible()
    await rows.nth(0).locator(".tick-box").uncheck()
    await rows.nth(1).locator(".tick-box").check()
    await bar.locator("[name=reason]").fill("as at York")
    await bar.get_by_test_id("suggest-page").click()
    await expect(theirs.get_by_test_id("saying")).to_contain_text("You have suggested 2 laws")
    assert await person.selected(list_) == {laws[0]}, "nothing changes until somebody accepts"

    await theirs.locator("#search").fill("water")
    await theirs.locator("#search").press("Enter")
    await theirs.wait_for_url("**q=water**")
    some = int(await theirs.get_by_test_id("total").locator("data").get_attribute("value") or 0)
    assert some > 1
    await bar.get_by_test_id("suggest-all").click()
    await expect(theirs.get_by_test_id("saying")).to_contain_text(f"You have suggested {some:,} laws")

    await theirs.goto(f"/records/{laws[2]}?group={list_}")
    await theirs.get_by_test_id("record-suggest").get_by_role("button", name="Suggest to tick").click()
    await expect(theirs.get_by_test_id("saying")).to_contain_text("You have suggested 1 law")
    await theirs.goto(path)
    await expect(theirs.get_by_test_id("waiting")).to_contain_text("3 of your suggestions wait in Waste")

    await page.goto(path)
    await page.get_by_test_id("waiting").get_by_role("link", name="3 suggestions wait in Waste").click()
    first = page.get_by_test_id("suggestion").first
    await expect(first).to_contain_text("would tick 1 law and untick 1")
    await first.locator("[name=reason]").fill("thank you")
    await first.get_by_role("button", name="Accept all").click()
    await expect(page.get_by_test_id("saying")).to_contain_text("2 laws accepted")
    assert await person.selected(list_) == {laws[1]}
    await theirs.goto(path)
    await expect(theirs.get_by_test_id("waiting")).to_contain_text("accepted 2 laws that you suggested")
    await expect(theirs.get_by_test_id("waiting")).to_contain_text("thank you")
