"""Organizations: mine, and of one its lists, members, teams, settings and history."""

from datetime import UTC, datetime

from playwright.async_api import Page, expect

from tests.browser.register_page import READY
from tests.browser.scenes.scene import Scenes, Who
from tests.browser.scenes.world import DEPOT, HULL, LEEDS, YORK, World
from tests.fixtures.client import PASSWORD

ORGANIZATIONS = Scenes()
MINE = "/organizations"
ONE = "/organizations/{organization:str}"


def below(path: str = "") -> str:
    return f"/organizations/{World.ORGANIZATION}{path}"


ORGANIZATIONS.at("organizations", "Organisations", MINE, MINE, Who.COLLEAGUE)
ORGANIZATIONS.at("organizations-none", "Somebody who is in no organisation", MINE, MINE, Who.NEWCOMER)
ORGANIZATIONS.at("organization", "An organisation and its lists", ONE, below(), Who.COLLEAGUE)
ORGANIZATIONS.at(
    "organization-members", "Members of an organisation", f"{ONE}/members", below("/members"), Who.COLLEAGUE
)
ORGANIZATIONS.at(
    "organization-invitations", "Inviting people", f"{ONE}/invitations", below("/invitations"), Who.COLLEAGUE
)
ORGANIZATIONS.at(
    "organization-nobody", "No such member", f"{ONE}/members", below("/members?q=nobody"), Who.COLLEAGUE
)
ORGANIZATIONS.at(
    "organization-member",
    "A member",
    f"{ONE}/members/{{member:str}}",
    lambda world: below(f"/members/{world.colleague.user_id}"),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "organization-departed",
    "Restoring somebody who was removed",
    f"{ONE}/departures/{{member:str}}",
    lambda world: below(f"/departures/{world.surveyor.user_id}"),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "organization-teams", "Teams of an organisation", f"{ONE}/teams", below("/teams"), Who.COLLEAGUE
)
ORGANIZATIONS.at(
    "organization-team",
    "A team",
    f"{ONE}/teams/{{team:str}}",
    lambda world: below(f"/teams/{world.team}"),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "organization-abbreviations",
    "Abbreviations of an organisation",
    f"{ONE}/abbreviations",
    below("/abbreviations"),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "organization-settings",
    "Settings of an organisation",
    f"{ONE}/settings",
    below("/settings"),
    Who.COLLEAGUE,
)
PROVISIONING = f"{ONE}/provisioning"
ORGANIZATIONS.at(
    "provisioning", "Provisioning by a directory", PROVISIONING, below("/provisioning"), Who.COLLEAGUE
)


@ORGANIZATIONS.scene("provisioning-token", "A token, shown once", PROVISIONING, Who.COLLEAGUE)
async def _token(page: Page, world: World) -> None:
    await page.goto(below("/provisioning"))
    while await page.locator("[data-testid=directory-token-row] form button").count():
        await page.locator("[data-testid=directory-token-row] form button").first.click()
    await page.locator("[data-testid=directory-token-form] button").click()
    await expect(page.locator("[data-testid=new-directory-token]")).to_be_visible()
    # Each time it is another one.
    await page.evaluate(
        "document.querySelector('[data-testid=new-directory-token]').textContent = 'sertantai-scim-…'"
    )


ORGANIZATIONS.at(
    "organization-ways-in",
    "Domains of an organisation, and its sign-in",
    f"{ONE}/ways-in",
    below("/ways-in"),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "shared-list",
    "A list of an organisation",
    "/groups/{group:str}",
    lambda world: world.list_path(LEEDS),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "shared-list-view",
    "A list that one may only view",
    "/groups/{group:str}",
    lambda world: world.list_path(LEEDS),
    Who.AUDITOR,
)
ORGANIZATIONS.at(
    "organization-audit", "What was done in an organisation", f"{ONE}/audit", below("/audit"), Who.COLLEAGUE
)
ORGANIZATIONS.at(
    "who-sees",
    "Who sees a list, and why",
    "/groups/{group:str}/access",
    lambda world: world.list_path(YORK, "/access"),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "who-saw",
    "Who saw a list on an earlier day",
    "/groups/{group:str}/access",
    lambda world: world.list_path(YORK, f"/access?at={datetime.now(UTC):%Y-%m-%d}"),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "who-saw-nobody",
    "On a day when there was no such list",
    "/groups/{group:str}/access",
    lambda world: world.list_path(YORK, "/access?at=2001-01-31"),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "suggestions",
    "What others would tick",
    "/groups/{group:str}/suggestions",
    lambda world: world.list_path(YORK, "/suggestions"),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "suggesting",
    "The register, for a list that one may only suggest changes to",
    "/records",
    lambda world: f"/records?group={world.lists[HULL]}",
    Who.AUDITOR,
)
ORGANIZATIONS.at(
    "suggesting-law",
    "One law, for such a list",
    "/records/{record:str}",
    lambda world: f"/records/{world.law}?group={world.lists[HULL]}",
    Who.AUDITOR,
)
ORGANIZATIONS.at(
    "shared-compare",
    "A list of an organisation beside another",
    "/groups/compare",
    lambda world: f"/groups/compare?of={world.lists[LEEDS]}&of={world.lists[YORK]}",
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "shared-change",
    "A change in a list of an organisation",
    "/groups/{group:str}/history/{operation:str}",
    lambda world: world.list_path(LEEDS, f"/history/{world.shared_operation}"),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "copy",
    "Copying a list of an organisation",
    "/groups/{group:str}/copy",
    lambda world: world.list_path(LEEDS, "/copy"),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "copied",
    "A list that is a copy",
    "/groups/{group:str}",
    lambda world: world.list_path(DEPOT),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "hand-over",
    "Handing a list over",
    "/groups/{group:str}/hand-over",
    lambda world: world.list_path(DEPOT, "/hand-over"),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at(
    "hand-back",
    "Taking a list over",
    "/groups/{group:str}/hand-over",
    lambda world: world.list_path(YORK, "/hand-over"),
    Who.COLLEAGUE,
)
ORGANIZATIONS.at("organization-view", "An organisation, as a viewer sees it", ONE, below(), Who.AUDITOR)


@ORGANIZATIONS.scene("shared-switcher", "Ticking into a list of an organisation", "/records", Who.COLLEAGUE)
async def _switcher(page: Page, world: World) -> None:
    await page.goto(f"/records?group={world.lists[LEEDS]}")
    await page.wait_for_selector(READY)
    await page.locator("#group-switcher > summary").click()


@ORGANIZATIONS.scene(
    "organization-permissions",
    "What a member may do beside the role",
    f"{ONE}/members/{{member:str}}",
    Who.COLLEAGUE,
)
async def _permissions(page: Page, world: World) -> None:
    await page.goto(below(f"/members/{world.colleague.user_id}"))
    await page.locator("summary", has_text="Permissions beside the role").click()


@ORGANIZATIONS.scene(
    "organization-end", "Ending an organisation asks for its address", f"{ONE}/settings", Who.COLLEAGUE
)
async def _end(page: Page, world: World) -> None:
    await page.goto(below("/settings"))
    await page.locator("#end > summary").click()
    await page.locator("#end input[name=confirm]").fill("northern")
    await page.locator("#end button").click()
    await expect(page.locator(".field-error")).to_be_visible()


ORGANIZATIONS.at(
    "links",
    "Links to read a list",
    "/groups/{group:str}/links",
    lambda world: world.list_path(LEEDS, "/links"),
    Who.COLLEAGUE,
)


@ORGANIZATIONS.scene("link-new", "A link, shown once", "/groups/{group:str}/links", Who.COLLEAGUE)
async def _link(page: Page, world: World) -> None:
    await page.goto(world.list_path(LEEDS, "/links"))
    await page.locator("[data-testid=new-link-form] button").click()
    await expect(page.locator("[data-testid=new-link]")).to_be_visible()
    # Each time it is another one.
    await page.evaluate("document.querySelector('[data-testid=new-link]').textContent = '…/shared/…'")


SHARED = "/shared/{secret:str}"
ORGANIZATIONS.at(
    "shared-by-link",
    "A list, read by whoever has a link",
    SHARED,
    lambda world: f"/shared/{world.shared}",
    Who.STRANGER,
)
ORGANIZATIONS.at(
    "shared-by-link-all",
    "The same, all of it for paper",
    SHARED,
    lambda world: f"/shared/{world.shared}?show=all",
    Who.STRANGER,
)
ORGANIZATIONS.at(
    "shared-by-link-search",
    "A search in it that finds nothing",
    SHARED,
    lambda world: f"/shared/{world.shared}?q=zebra",
    Who.STRANGER,
)
ORGANIZATIONS.at(
    "shared-by-link-ended", "A link that has ended, or never was", SHARED, "/shared/ended", Who.STRANGER
)
INVITATION = "/invitations/accept"
ORGANIZATIONS.at(
    "invitation",
    "An invitation, for somebody who has not signed in",
    INVITATION,
    lambda world: f"{INVITATION}?token={world.invitation}",
    Who.STRANGER,
)
ORGANIZATIONS.at(
    "invitation-accept",
    "The same, signed in",
    INVITATION,
    lambda world: f"{INVITATION}?token={world.invitation}",
    Who.READER,
)
ORGANIZATIONS.at(
    "invitation-refused",
    "An invitation that is used, old or revoked",
    INVITATION,
    f"{INVITATION}?token=used",
    Who.STRANGER,
)


@ORGANIZATIONS.scene("organization-refused", "An address that is taken", MINE, Who.COLLEAGUE)
async def _taken(page: Page, world: World) -> None:
    await page.goto(MINE)
    form = page.get_by_test_id("new-organization")
    await form.locator("[name=name]").fill("Another one")
    await form.locator("[name=slug]").fill(World.ORGANIZATION)
    await form.get_by_role("button").click()
    await expect(page.locator(".field-error")).to_be_visible()


@ORGANIZATIONS.scene("organization-leave", "Leaving an organisation", f"{ONE}/leave", Who.INSPECTOR)
async def _leave(page: Page, world: World) -> None:
    await page.goto(below())
    banner = page.get_by_test_id("viewing-banner")
    if await banner.count():
        await banner.get_by_role("button").click()
        await expect(banner).to_have_count(0)
    await page.goto(below("/leave"))


OF_A_LIST = "/groups/{group:str}"


@ORGANIZATIONS.scene("reviewing", "Who answers for a law, and that it is due", OF_A_LIST, Who.COLLEAGUE)
async def _reviewing(page: Page, world: World) -> None:
    await page.goto(world.list_path(LEEDS))
    await page.locator(".record-title").first.click()
    await expect(page.get_by_test_id("record-reviewing")).to_be_visible()


@ORGANIZATIONS.scene("assigning", "Saying who answers for several laws at once", OF_A_LIST, Who.COLLEAGUE)
async def _assigning(page: Page, world: World) -> None:
    await page.goto(world.list_path(LEEDS))
    await page.locator(".all-menu > summary").click()
    await page.locator("[data-all=assign]").click()
    await expect(page.locator("#assign-dialog")).to_be_visible()


EVERY = "/admin/organizations"
LOOKED = f"{EVERY}/{{organization:str}}"
WHY = "A member asked us to find a list that was lost"


ORGANIZATIONS.at("admin-organizations", "Administration: organisations", EVERY, EVERY, Who.ADMIN)


@ORGANIZATIONS.scene("look-form", "Before an administrator opens an organisation", LOOKED, Who.ADMIN)
async def _form(page: Page, world: World) -> None:
    await page.goto(looked())
    stop = page.get_by_role("button", name="Stop reading")
    if await stop.count():
        await stop.click()
        await page.goto(looked())
    await expect(page.get_by_test_id("open-look")).to_be_visible()


@ORGANIZATIONS.scene("look", "An organisation that an administrator reads", LOOKED, Who.ADMIN)
async def _look(page: Page, world: World) -> None:
    await look_at(page, "")


@ORGANIZATIONS.scene(
    "look-list", "A list that an administrator reads", f"{LOOKED}/lists/{{group:str}}", Who.ADMIN
)
async def _look_at_list(page: Page, world: World) -> None:
    await look_at(page, f"/lists/{world.lists[LEEDS]}")


@ORGANIZATIONS.scene("look-members", "Members that an administrator reads", f"{LOOKED}/members", Who.ADMIN)
async def _look_at_members(page: Page, world: World) -> None:
    await look_at(page, "/members")


@ORGANIZATIONS.scene("look-audit", "A history that an administrator reads", f"{LOOKED}/audit", Who.ADMIN)
async def _look_at_audit(page: Page, world: World) -> None:
    await look_at(page, "/audit")


def looked(path: str = "") -> str:
    return f"{EVERY}/{World.ORGANIZATION}{path}"


async def look_at(page: Page, path: str) -> None:
    """Opened first, where it is not: that is for an hour, in one browser."""
    await page.goto(looked())
    if await page.get_by_test_id("open-look").count():
        await page.fill("textarea[name=reason]", WHY)
        await page.fill("input[name=current_password]", PASSWORD)
        await page.get_by_test_id("open-look").get_by_role("button").click()
    await page.goto(looked(path))
    await expect(page.get_by_test_id("look-banner")).to_be_visible()


async def look_as_the_auditor(page: Page, world: World) -> None:
    """Whoever does so has a browser of their own: it lasts."""
    await page.goto(below())
    if await page.get_by_test_id("viewing-banner").count():
        return
    await page.goto(below(f"/members/{world.auditor.user_id}"))
    await page.get_by_test_id("view-as").get_by_role("button").click()
    await expect(page.get_by_test_id("viewing-banner")).to_be_visible()


@ORGANIZATIONS.scene("viewing-as", "An organisation, as somebody else sees it", ONE, Who.INSPECTOR)
async def _viewing(page: Page, world: World) -> None:
    await look_as_the_auditor(page, world)


@ORGANIZATIONS.scene(
    "viewing-as-list", "A list, as somebody else sees it", "/groups/{group:str}", Who.INSPECTOR
)
async def _viewing_a_list(page: Page, world: World) -> None:
    await look_as_the_auditor(page, world)
    await page.goto(world.list_path(LEEDS))


@ORGANIZATIONS.scene(
    "viewing-as-compare", "Two lists compared, as somebody else sees them", "/groups/compare", Who.INSPECTOR
)
async def _viewing_two_lists(page: Page, world: World) -> None:
    await look_as_the_auditor(page, world)
    await page.goto(f"/groups/compare?of={world.lists[LEEDS]}&of={world.lists[HULL]}")
