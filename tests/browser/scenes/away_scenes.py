"""What the pages are while PostgreSQL cannot be reached."""

from playwright.async_api import Page, expect

from tests.browser.scenes.account_scenes import send
from tests.browser.scenes.register_scenes import open_register
from tests.browser.scenes.scene import Scenes, Who
from tests.browser.scenes.world import SITE, World

AWAY = Scenes()


@AWAY.scene("away-records", "The register without its database", "/records", Who.READER)
async def _records(page: Page, world: World) -> None:
    await open_register(page)
    await expect(page.get_by_test_id("banner")).to_be_visible(timeout=60_000)


AWAY.at(
    "away-list", "A list without the database", "/groups/{group:str}", lambda w: w.list_path(SITE), Who.READER
)
AWAY.at(
    "away-imports",
    "No imports without the database",
    "/groups/{group:str}/imports",
    lambda w: w.list_path(SITE, "/imports"),
    Who.READER,
)
AWAY.at("away-history", "No history without the database", "/history", "/history", Who.READER)


@AWAY.scene("away-sign-in", "Signing in without the database", "/sign-in", Who.STRANGER)
async def _sign_in(page: Page, world: World) -> None:
    await send(page, "/sign-in", world.reader.email, world.reader.password)
    await expect(page.locator("main")).to_contain_text("database")
