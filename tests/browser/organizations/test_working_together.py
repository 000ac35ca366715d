"""Two people in two browsers and one list: what each may do there, and how it ends."""

from playwright.async_api import Page, expect

from tests.browser.organizations.test_founding import found, unique
from tests.browser.register_page import RegisterPage
from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client
from tests.fixtures.colleagues import Organization, good

NOT_FOUND = "Page not found"


async def works(page: Page, person: Client) -> tuple[str, Organization]:
    """An organization of `person`: its path, and what the API's helpers call it."""
    path = await found(page, unique(person))
    return path, Organization("", path.rpartition("/")[2], {"owner": person})


async def test_the_story_of_two_in_one_list(
    page: Page, person: Client, theirs: Page, colleague: Client, complaints: Complaints
) -> None:
    complaints.expect("status of 404")
    path, organization = await works(page, person)
    form = page.get_by_test_id("new-shared-list")
    await form.locator("[name=name]").fill("Site: Leeds")
    await form.get_by_role("button").click()
    await expect(page.locator("#list-heading")).to_have_text("Site: Leeds")
    of_list = page.url
    await expect(page.get_by_test_id("whose-list")).to_have_text(unique(person))
    mine = RegisterPage(page, person)
    await page.get_by_role("link", name="Tick more laws").click()
    await page.wait_for_selector("#register[data-ready]")
    await mine.boxes.nth(0).click()
    await mine.in_list(1)
    await mine.saved()

    await organization.join(colleague, "viewer")
    await theirs.goto(of_list)
    await expect(theirs.get_by_test_id("my-level")).to_contain_text("You can view this list.")
    await expect(theirs.get_by_test_id("record-checkbox")).to_be_disabled()
    for offered in ("Tick more laws", "Edit name, description and colour", "Clear list"):
        await expect(theirs.get_by_text(offered)).to_have_count(0)
    ticking = RegisterPage(theirs, colleague)
    await ticking.open(f"?group={of_list.rpartition('/')[2]}")
    await expect(theirs.locator("#group-switcher")).not_to_contain_text("Site: Leeds")

    await page.goto(f"{path}/members")
    await page.get_by_test_id("member-row").filter(has_not_text="You").get_by_role("link").click()
    await page.get_by_test_id("member-form").locator("[name=role]").select_option("member")
    await page.get_by_test_id("member-form").get_by_role("button").click()
    await expect(page.get_by_test_id("saying")).to_contain_text("has been changed")
    of_member = page.url

    await theirs.goto(of_list)
    await expect(theirs.get_by_test_id("my-level")).to_contain_text("You can tick laws")
    await theirs.get_by_role("link", name="Tick more laws").click()
    await theirs.wait_for_selector("#register[data-ready]")
    await expect(theirs.locator("#group-switcher .group-switcher-name")).to_have_text("Site: Leeds")
    await expect(theirs.locator("#group-switcher")).to_contain_text(unique(person))
    await ticking.boxes.nth(1).click()
    await ticking.in_list(2)
    await ticking.saved()
    await page.goto(of_list)
    await expect(page.get_by_test_id("record-row")).to_have_count(2)
    await expect(page.locator(".record-source", has_text="by ")).to_have_count(2)

    await page.goto(of_member)
    await page.locator("#remove > summary").click()
    await page.locator("#remove button").click()
    await expect(page.get_by_test_id("member-row")).to_have_count(1)
    for gone in (of_list, path, f"{path}/members"):
        await theirs.goto(gone)
        await expect(theirs.locator("h1")).to_have_text(NOT_FOUND)
    await theirs.goto("/organizations")
    await expect(theirs.get_by_test_id("no-organization")).to_be_visible()
    await page.goto(of_list)
    await expect(page.get_by_test_id("record-row")).to_have_count(2)  # what they ticked stays
    await expect(page.get_by_text("by a former member")).to_have_count(1)


async def test_nobody_hears_of_a_list_that_is_not_shared_with_them(
    page: Page, person: Client, theirs: Page, colleague: Client, complaints: Complaints
) -> None:
    complaints.expect("status of 404")
    path, organization = await works(page, person)
    await organization.join(colleague, "member")
    open_ = await organization.list(name="Open")
    hidden = await organization.list(name="Secret plans", access="restricted")
    for place in (f"/groups/{open_}", path, "/records", f"/groups/{open_}/filter", f"/groups/{open_}/access"):
        await theirs.goto(place)
        content = await theirs.content()
        assert "Secret plans" not in content, place
        assert hidden not in content, place
    counts = await theirs.request.get(f"/groups/{open_}/counts")
    assert hidden not in await counts.text()
    for place in ("", "/access", "/filter"):
        await theirs.goto(f"/groups/{hidden}{place}")
        await expect(theirs.locator("h1")).to_have_text(NOT_FOUND)


async def test_a_list_is_restricted_shared_and_opened_again(
    page: Page, person: Client, theirs: Page, colleague: Client, complaints: Complaints
) -> None:
    complaints.expect("status of 404")
    _, organization = await works(page, person)
    await organization.join(colleague, "viewer")
    team = (await good(person, "POST", f"{organization.path}/teams", {"name": "Leeds"}))["id"]
    of_list = f"/groups/{await organization.list(name='Shared')}"
    await page.goto(of_list)
    await page.get_by_role("link", name="Who sees this", exact=True).click()
    await expect(page.get_by_test_id("seer-row")).to_have_count(2)
    await page.get_by_test_id("restrict-form").get_by_role("button").click()
    await expect(page.get_by_test_id("seer-row")).to_have_count(1)
    await theirs.goto(of_list)
    await expect(theirs.locator("h1")).to_have_text(NOT_FOUND)

    form = page.get_by_test_id("share-form")
    await form.locator("[name=grantee]").select_option(value=team)
    await form.locator("[name=level]").select_option("view")
    await form.locator("[name=until]").fill("2100-01-31")
    await form.get_by_role("button").click()
    grant = page.get_by_test_id("grant-row")
    await expect(grant).to_contain_text("Leeds")
    await expect(grant).to_contain_text("January 31, 2100")
    await form.locator("[name=grantee]").select_option(value=colleague.user_id)
    await form.locator("[name=level]").select_option("edit")
    await form.get_by_role("button").click()
    row = page.get_by_test_id("seer-row").filter(has_text="granted by")
    await expect(row).to_contain_text("Edit")
    await theirs.goto(of_list)
    await expect(theirs.get_by_test_id("my-level")).to_contain_text("You can tick laws")

    for stop in ("Leeds", "Edit"):
        await grant.filter(has_text=stop).get_by_role("button").click()
        await expect(grant.filter(has_text=stop)).to_have_count(0)
    await theirs.goto(of_list)
    await expect(theirs.locator("h1")).to_have_text(NOT_FOUND)
    await page.get_by_test_id("restrict-form").get_by_role("button").click()
    await theirs.goto(of_list)
    await expect(theirs.get_by_test_id("my-level")).to_contain_text("You can view this list.")
    await theirs.goto(f"{of_list}/access")
    for only_for_managers in ("restrict-form", "share-form"):
        await expect(theirs.get_by_test_id(only_for_managers)).to_have_count(0)


async def test_ownership_is_offered_and_taken(
    page: Page, person: Client, theirs: Page, colleague: Client
) -> None:
    path, organization = await works(page, person)
    await organization.join(colleague, "admin")
    await theirs.goto(f"{path}/members/{person.user_id}")
    for only_for_owners in ("member-form", "offer-form"):
        await expect(theirs.get_by_test_id(only_for_owners)).to_have_count(0)
    await expect(theirs.locator("#remove")).to_have_count(0)
    await page.goto(f"{path}/members/{colleague.user_id}")
    await page.get_by_test_id("offer-form").get_by_role("button").click()
    await expect(page.get_by_test_id("saying")).to_contain_text("Ownership is offered")
    await theirs.goto(path)
    await theirs.get_by_test_id("ownership-offer").get_by_role("button").click()
    await expect(theirs.get_by_test_id("saying")).to_contain_text("You are an owner")
    await page.goto(path)
    group = await organization.list("owner", name="Kept by one")
    await good(person, "PUT", f"/groups/{group}/grants/{person.user_id}", {"level": "manage"})
    await page.get_by_test_id("leave").click()
    await page.get_by_label("Kept by one").select_option(colleague.user_id)
    await page.get_by_test_id("leave-form").get_by_role("button").click()
    await expect(page.get_by_test_id("no-organization")).to_be_visible()
    granted = await good(colleague, "GET", f"/groups/{group}/grants")
    assert [one["grantee"]["id"] for one in granted["items"]] == [colleague.user_id]


async def test_clearing_asks_for_what_one_has_seen(
    page: Page, person: Client, theirs: Page, colleague: Client, complaints: Complaints
) -> None:
    """In an organization's list only the version that the page shows is cleared."""
    complaints.expect("status of 428")
    _, organization = await works(page, person)
    await organization.join(colleague, "member")
    group = await organization.list(name="Cleared")
    first, second = [law["id"] for law in await person.records(limit=2)]
    await person.select(first, group)
    await page.goto(f"/groups/{group}")
    await expect(page.get_by_test_id("record-row")).to_have_count(1)
    await page.locator("#list-menu > summary").click()
    await page.get_by_test_id("clear-selection").click()
    await page.locator("dialog[open] .dialog-actions button", has_text="Clear").click()
    await expect(page.get_by_test_id("selection-count")).to_have_text("0")
    assert await colleague.selected(group) == set()
    await colleague.select(second, group)


async def test_a_row_says_who_unticked_it_and_undo_takes_back_ones_own(
    page: Page, person: Client, theirs: Page, colleague: Client
) -> None:
    _, organization = await works(page, person)
    await organization.join(colleague, "member")
    group = await organization.list(name="Shared")
    laws = [law["id"] for law in await person.records(limit=4, sort="title_en")]
    await person.select(laws[0], group)
    mine = RegisterPage(page, person)
    await mine.open(f"?group={group}")
    await mine.boxes.nth(1).click()
    await mine.saved()
    await colleague.deselect(laws[0], group)
    await colleague.select(laws[2], group)
    await page.evaluate("dispatchEvent(new Event('focus'))")
    rows = page.get_by_test_id("record-row")
    await expect(rows.nth(0).get_by_test_id("by-another")).to_contain_text("Unticked by ")
    await expect(rows.nth(2).get_by_test_id("by-another")).to_contain_text("Ticked by ")
    await colleague.select(laws[3], group)
    await page.evaluate("dispatchEvent(new Event('focus'))")
    await expect(rows.nth(3).get_by_test_id("by-another")).to_contain_text("Ticked by ")
    await expect(rows.nth(0).get_by_test_id("by-another")).to_contain_text("Unticked by ")
    await page.keyboard.press("Control+z")
    await expect(mine.boxes.nth(1)).not_to_be_checked()
    await mine.saved()
    assert await person.selected(group) == {laws[2], laws[3]}, "Ctrl+Z never takes back a colleague's"

    await page.goto(f"/groups/{group}")
    await expect(rows).to_have_count(2)
    await colleague.deselect(laws[2], group)
    await expect(rows.get_by_text("Unticked by ")).to_be_visible()
    await expect(rows).to_have_count(1)
