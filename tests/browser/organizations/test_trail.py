"""What was done in an organization and by whom, as far as whoever reads it may know."""

from urllib.parse import parse_qs, urlsplit

from playwright.async_api import Page, expect

from tests.browser.organizations.test_working_together import works
from tests.fixtures.client import Client
from tests.fixtures.colleagues import good


async def shows(page: Page, path: str, *words: str) -> None:
    """The page says all of it, once what was done has reached the database."""
    await page.goto(path)
    entries = page.get_by_test_id("audit-entry")
    for text in words:
        found = entries.filter(has_text=text)
        for _ in range(60):
            if await found.count():
                break
            await page.wait_for_timeout(500)
            await page.reload()
        await expect(found.first).to_be_visible()


async def test_the_trail_names_who_and_whom(
    page: Page, person: Client, theirs: Page, colleague: Client
) -> None:
    path, organization = await works(page, person)
    await organization.join(colleague, "member")
    me = f"{organization.path}/members/{person.user_id}"
    them = f"{organization.path}/members/{colleague.user_id}"
    await good(person, "PATCH", me, {"name": "Site manager"})
    await good(colleague, "PATCH", them, {"name": "Safety officer"})
    await good(person, "PATCH", them, {"role": "admin"})
    group = await organization.list(name="Leeds", access="restricted")
    team = (await good(person, "POST", f"{organization.path}/teams", {"name": "Fitters"}))["id"]
    await good(person, "PUT", f"{organization.path}/teams/{team}/members/{colleague.user_id}")
    await good(person, "PUT", f"/groups/{group}/grants/{team}", {"level": "edit"})
    [law] = await person.records(limit=1)
    await colleague.select(law["id"], group)
    ticked = f"Safety officer ticked {law['title_en'] or law['name']} in Leeds"
    await shows(
        page,
        f"{path}/audit",
        ticked,
        "Site manager shared the list with the team “Fitters”: Edit in Leeds",
        "Site manager added Safety officer to the team “Fitters”",
        "Site manager changed Safety officer: Admin",
        "Site manager created the organisation",
        "Safety officer joined as Member",
    )
    await expect(page.get_by_test_id("audit-entry").first).to_contain_text("127.0.0.1")
    await page.get_by_test_id("audit-filters").locator("[name=actor]").select_option("Safety officer")
    await page.get_by_test_id("audit-filters").get_by_role("button", name="Show").click()
    assert parse_qs(urlsplit(page.url).query)["actor"] == [colleague.user_id]
    await expect(page.get_by_test_id("audit-entry").filter(has_text="Site manager shared")).to_have_count(0)
    await expect(page.get_by_test_id("audit-entry").filter(has_text=ticked)).to_have_count(1)
    await shows(theirs, f"{path}/audit", "Site manager shared the list")
    await expect(theirs.get_by_text("127.0.0.1")).to_have_count(0)


async def test_what_is_not_shared_is_not_told(
    page: Page, person: Client, theirs: Page, colleague: Client
) -> None:
    path, organization = await works(page, person)
    await organization.join(colleague, "viewer")
    open_ = await organization.list(name="Open")
    hidden = await organization.list(name="Secret plans", access="restricted")
    [law] = [law["id"] for law in await person.records(limit=1)]
    for group in (open_, hidden):
        await person.select(law, group)
    await shows(page, f"{path}/audit", "in Secret plans", "in Open")
    await shows(theirs, f"{path}/audit", "in Open")
    for query in ("", f"?group={hidden}", "?action=ticked", "?action=lists"):
        await theirs.goto(f"{path}/audit{query}")
        content = await theirs.content()
        assert "Secret plans" not in content, query
        assert "joined as" not in content, query
