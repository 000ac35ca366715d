"""What an organization is called, its teams, and its end, which can be called off."""

from playwright.async_api import Page, expect

from tests.browser.organizations.test_founding import found, unique
from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client


async def test_a_name_of_ones_own_is_shown_to_members(page: Page, person: Client) -> None:
    path = await found(page, unique(person))
    await page.goto(f"{path}/members")
    form = page.get_by_test_id("my-name")
    await form.locator("[name=name]").fill("Site manager")
    await form.get_by_role("button").click()
    row = page.get_by_test_id("member-row")
    await expect(row).to_contain_text("Site manager")
    await expect(row).to_contain_text("Owner")
    await page.goto(f"{path}/members?q=MANAGER")
    await expect(row).to_have_count(1)
    await page.goto(f"{path}/members?q={person.email.partition('@')[0]}")
    await expect(page.get_by_test_id("empty-state")).to_contain_text("Nobody found")


async def test_a_team_is_created_joined_renamed_and_ended(
    page: Page, person: Client, complaints: Complaints
) -> None:
    complaints.expect("status of 409")
    path = await found(page, unique(person))
    await page.goto(f"{path}/teams")
    form = page.get_by_test_id("new-team")
    await form.locator("[name=name]").fill("Leeds")
    await form.get_by_role("button").click()
    await expect(page.get_by_test_id("team-name")).to_have_text("Leeds")
    await page.goto(f"{path}/teams")
    await form.locator("[name=name]").fill("leeds")
    await form.get_by_role("button").click()
    await expect(form.locator(".field-error")).to_contain_text("There is a team with this name")
    await page.goto(f"{path}/teams")
    await page.get_by_test_id("team-row").get_by_role("link").click()
    await page.get_by_test_id("team-other").get_by_role("button").click()
    await expect(page.get_by_test_id("team-member")).to_have_count(1)
    await expect(page.get_by_test_id("team-other")).to_have_count(0)
    await page.get_by_test_id("rename-team").locator("[name=name]").fill("York")
    await page.get_by_test_id("rename-team").get_by_role("button").click()
    await expect(page.get_by_test_id("team-name")).to_have_text("York")
    await page.get_by_test_id("team-member").get_by_role("button").click()
    await expect(page.get_by_test_id("team-member")).to_have_count(0)
    await page.locator("#end-team > summary").click()
    await page.locator("#end-team button").click()
    await expect(page.get_by_test_id("empty-state")).to_contain_text("No teams yet")


async def test_an_address_moves_and_the_old_one_is_gone(
    page: Page, person: Client, complaints: Complaints
) -> None:
    complaints.expect("status of 404")
    path = await found(page, unique(person))
    await page.goto(f"{path}/settings")
    form = page.get_by_test_id("settings-form")
    slug = f"moved-{person.user_id[-12:]}"
    await form.locator("[name=slug]").fill(slug)
    await form.locator("[name=new_lists_restricted]").check()
    await form.get_by_role("button").click()
    await expect(page.get_by_test_id("saying")).to_contain_text("saved")
    assert page.url.endswith(f"/organizations/{slug}/settings")
    await expect(form.locator("[name=new_lists_restricted]")).to_be_checked()
    await page.goto(path)
    await expect(page.locator("h1")).to_have_text("Page not found")


async def test_the_end_asks_for_the_address_and_can_be_called_off(
    page: Page, person: Client, complaints: Complaints
) -> None:
    complaints.expect("status of 422")
    path = await found(page, unique(person))
    slug = path.rpartition("/")[2]
    await page.goto(f"{path}/settings")
    await page.locator("#end > summary").click()
    for typed in ("something", slug):
        await page.locator("#end [name=confirm]").fill(typed)
        await page.locator("#end button").click()
        if typed != slug:
            await expect(page.locator("#end .field-error")).to_contain_text(f"Type {slug}")
    banner = page.get_by_test_id("organization-ends")
    for below in ("", "/members", "/teams", "/settings"):
        await page.goto(f"{path}{below}")
        await expect(banner).to_be_visible()
    await expect(page.get_by_test_id("settings-form")).to_have_count(0)
    await page.get_by_test_id("call-off").get_by_role("button").click()
    await expect(page.get_by_test_id("saying")).to_contain_text("does not end")
    await expect(banner).to_have_count(0)
    await expect(page.get_by_test_id("new-shared-list")).to_be_visible()
