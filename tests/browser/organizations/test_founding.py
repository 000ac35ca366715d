"""Somebody alone: one sentence and a form; then an organization with a list, and the way out of it."""

import pytest
from playwright.async_api import Page, expect

from tests.fixtures.browser import Complaints
from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess


async def found(page: Page, name: str) -> str:
    """Its path."""
    await page.goto("/organizations")
    form = page.get_by_test_id("new-organization")
    await form.locator("[name=name]").fill(name)
    await form.get_by_role("button").click()
    await expect(page.get_by_test_id("organization-name")).to_have_text(name)
    return page.url.removeprefix(page.url.partition("/organizations")[0])


def unique(person: Client) -> str:
    return f"Works {person.user_id[-12:]}"


async def test_somebody_alone_sees_one_sentence_and_the_form(page: Page, person: Client) -> None:
    for path in ("/records", "/groups", "/history"):
        await page.goto(path)
        assert "rganisation" not in await page.content(), path
    await expect(page.locator("#organization-switcher")).to_have_count(0)
    await page.goto("/account")
    await page.get_by_role("link", name="Your organisations").click()
    await expect(page.get_by_test_id("no-organization")).to_be_visible()
    await expect(page.get_by_test_id("organization-row")).to_have_count(0)
    await expect(page.get_by_test_id("new-organization")).to_be_visible()


async def test_an_organization_is_made_and_has_a_list(page: Page, person: Client) -> None:
    path = await found(page, unique(person))
    await expect(page.get_by_test_id("saying")).to_contain_text("has been created")
    form = page.get_by_test_id("new-shared-list")
    await form.locator("[name=name]").fill("Site: Leeds")
    await form.locator("[name=restricted]").check()
    await form.get_by_role("button").click()
    await expect(page.locator("#list-heading")).to_have_text("Site: Leeds")
    await page.goto(path)
    row = page.get_by_test_id("shared-list").filter(has_text="Site: Leeds")
    await expect(row).to_contain_text("Restricted")
    await expect(row).to_contain_text("Manage")
    await page.goto("/organizations")
    await expect(page.get_by_test_id("organization-row")).to_contain_text("2 lists")
    await expect(page.get_by_test_id("organization-row")).to_contain_text("Owner")
    await page.goto("/groups")
    await page.locator("#organization-switcher > summary").click()
    await expect(page.locator("#organization-switcher").get_by_role("link").first).to_have_attribute(
        "href", path
    )
    await expect(page.get_by_text("Site: Leeds")).to_have_count(0)  # they are not among one's own


async def test_what_was_wrong_is_said_where_it_was_wrong(
    page: Page, person: Client, complaints: Complaints
) -> None:
    complaints.expect("status of 4")
    path = await found(page, unique(person))
    await page.goto("/organizations")
    form = page.get_by_test_id("new-organization")
    await form.locator("[name=name]").fill("Another")
    await form.locator("[name=slug]").fill(path.rpartition("/")[2])
    await form.get_by_role("button").click()
    await expect(form.locator("#field-slug-error")).to_contain_text("taken")
    await expect(form.locator("[name=name]")).to_have_value("Another")
    await form.locator("[name=slug]").fill("admin")
    await form.get_by_role("button").click()
    await expect(form.locator("#field-slug-error")).to_contain_text("reserved")
    await page.goto(path)
    lists = page.get_by_test_id("new-shared-list")
    await lists.locator("[name=name]").fill("Twice")
    await lists.get_by_role("button").click()
    await expect(page.locator("#list-heading")).to_have_text("Twice")
    await page.goto(path)
    await lists.locator("[name=name]").fill("Twice")
    await lists.get_by_role("button").click()
    await expect(lists.locator("#field-name-error")).to_contain_text("already has a list")


async def test_the_last_owner_stays(page: Page, person: Client, complaints: Complaints) -> None:
    complaints.expect("status of 409")
    await found(page, unique(person))
    await page.get_by_test_id("leave").click()
    await expect(page.locator("main")).to_contain_text("You are the only owner")
    await expect(page.get_by_test_id("leave-form")).to_have_count(0)


@pytest.mark.parametrize("below", ["", "/members", "/settings"])
async def test_to_others_it_is_as_if_it_did_not_exist(
    page: Page, person: Client, shared_server: ServerProcess, below: str
) -> None:
    path = await found(page, unique(person))
    async with await shared_server.register() as stranger:
        answers = [
            await stranger.http.get(f"{shared_server.url}{one}", headers={"accept": "text/html"})
            for one in (f"{path}{below}", f"/organizations/no-such-organization{below}")
        ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert "Works" not in answers[0].text
