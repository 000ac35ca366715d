"""What is held about somebody, taking it away, an erasure, and coming back from one."""

import re

from playwright.async_api import Page, expect

from tests.browser.scenes.account_scenes import send
from tests.browser.scenes.scene import Scenes, Who
from tests.browser.scenes.world import World
from tests.fixtures.client import PASSWORD, register
from tests.fixtures.colleagues import good

PERSONS = Scenes()
DATA, ERASE = "/account/data", "/account/data/erase"
PERSON, ERASURES = "/admin/users/{user:str}/data", "/admin/erasures"
ERASURE = "/erasures/{erasure:str}/{key:str}"
_numbers = iter(range(1, 1_000))

PERSONS.at("own-data", "What is held about me", DATA, DATA, Who.READER)
PERSONS.at("own-erasure", "Erasing my account: what goes and what stays", ERASE, ERASE, Who.NEWCOMER)
PERSONS.at("own-erasure-refused", "An account that cannot be erased yet", ERASE, ERASE, Who.COLLEAGUE)
PERSONS.at(
    "person-data",
    "Administration: what is held about somebody",
    PERSON,
    lambda world: f"/admin/users/{world.newcomer.user_id}/data",
    Who.ADMIN,
)


@PERSONS.scene("own-data-file", "A file to take away", DATA, Who.NEWCOMER)
async def _file(page: Page, world: World) -> None:
    await page.goto(DATA)
    if not await page.get_by_test_id("file").count():
        await (
            page.get_by_test_id("take-away-form")
            .get_by_label("Current password")
            .fill(world.newcomer.password)
        )
        await page.get_by_role("button", name="Create the file").click()
    await expect(page.get_by_test_id("file")).to_contain_text("until")


@PERSONS.scene("own-erasure-asked", "An account that is to be erased", ERASURE, Who.STRANGER)
async def _asked(page: Page, world: World) -> None:
    await leave(page)


@PERSONS.scene("come-back", "Coming back to an account that is to be erased", "/sign-in", Who.STRANGER)
async def _come_back(page: Page, world: World) -> None:
    await send(page, "/sign-in", await leave(page), PASSWORD)
    await expect(page.get_by_test_id("come-back-form")).to_be_visible()


@PERSONS.scene("come-back-done", "Back again", DATA, Who.STRANGER)
async def _back(page: Page, world: World) -> None:
    await send(page, "/sign-in", await leave(page), PASSWORD)
    await page.get_by_role("button", name="Come back to my account").press("Enter")
    await expect(page.get_by_test_id("saying")).to_contain_text("Welcome back")


@PERSONS.scene("admin-erasures", "Administration: erasures", ERASURES, Who.ADMIN)
async def _erasures(page: Page, world: World) -> None:
    await page.goto(ERASURES)
    if not await page.get_by_test_id("erasure-row").count():
        async with await register(world.server.url) as gone:
            asked = {"current_password": gone.password, "reason": "I have a new job"}
            await good(gone, "POST", "/account/erasure", asked)
        await page.reload()
    await expect(page.get_by_test_id("erasure-row").first).to_be_visible()


async def leave(page: Page) -> str:
    """Somebody new erases their account, by the keyboard alone; returns their address."""
    email = f"leaver-{next(_numbers)}@example.org"
    await send(page, "/sign-up", email, PASSWORD)
    await page.wait_for_url(re.compile("/records"))
    await page.goto(DATA)
    await page.get_by_role("link", name="Erase my account").last.press("Enter")
    await page.get_by_label("Why").focus()
    await page.keyboard.type("I have a new job")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_test_id("erasure")).to_have_attribute("data-state", "waiting")
    return email
