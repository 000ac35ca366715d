"""Every page and state: axe finds nothing in either theme, nothing is too wide, and none is left out."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.acceptance.test_route_matrix import all_handlers
from tests.browser.scenes.account_scenes import ACCOUNTS, MISSING
from tests.browser.scenes.alarm_scenes import ALARM
from tests.browser.scenes.away_scenes import AWAY
from tests.browser.scenes.list_scenes import LISTS
from tests.browser.scenes.organization_scenes import ORGANIZATIONS
from tests.browser.scenes.person_scenes import PERSONS
from tests.browser.scenes.register_scenes import REGISTER
from tests.browser.scenes.report_scenes import REPORTS
from tests.browser.scenes.scene import NARROW, WIDE, Scene, Who
from tests.browser.scenes.stage import Stage, open_stage
from tests.browser.scenes.world import World
from tests.fixtures.accessibility import FURTHER_ROWS, OF_LOOKS, assert_accessible

SCENES = [*REGISTER, *LISTS, *REPORTS, *ORGANIZATIONS, *ACCOUNTS, *PERSONS]
LOOKED_AT_WHOLE = [*{scene.route: scene for scene in reversed(SCENES)}.values()]
"""The first scene of each page; in the others, the rows of its tables are more of the same."""
NO_PAGES = (
    "/socket/",
    "/trail/",
    "/scim/",
    "/api/",
    "/static/",
    "/health/",
    "/admin/performance/samples",
    "/admin/retention/certificate",
    "/account/data/exports/",
    "/admin/users/{user:str}/exports/",
    "/admin/erasures/{erasure:str}/",
    "/erasures/{erasure:str}/{key:str}/",
)
LEADS_ON = {
    *("/", "/admin", "/metrics", "/openapi.json", "/csrf-token", "/favicon.ico"),
    "/groups/{group:str}/history",
}
OPEN = "dialog[open]"
NUMBERS_ALONE = {"/records/counts", "/groups/{group:str}/counts"}
"""What a page asks for after ticks, for its script."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with open_stage(browser, tmp_path_factory.mktemp("scenes")) as stage:
        yield stage


# By how much it is too wide; and text in a row that spreads its parts: each number and each word between them
# is a part of its own.
FITS = """() => [document.documentElement.scrollWidth - innerWidth,
  [...document.querySelectorAll("data, time")].map((one) => one.parentElement).filter((parent) => {
    const { display, justifyContent } = getComputedStyle(parent);
    const isText = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim();
    const isSpread = display.includes("flex") && justifyContent.startsWith("space-");
    return isSpread && [...parent.childNodes].some(isText);
  }).map((parent) => parent.textContent.trim().slice(0, 80))]"""


async def assert_fits(page: Page) -> None:
    too_wide, torn = await page.evaluate(FITS)
    assert not torn, f"{page.url} tears sentences apart: {torn}"
    assert too_wide <= 0, f"{page.url} is {too_wide} px too wide"


async def in_front(page: Page) -> str:
    """The dialog that is open, if one is: what it covers is nobody's to use, and another scene's to show."""
    return OPEN if await page.locator(OPEN).count() else ""


async def assert_fine(stage: Stage, scene: Scene) -> None:
    """Wide and light, and then, as when a window is made narrow, on a telephone and dark."""
    without = () if scene in LOOKED_AT_WHOLE else (FURTHER_ROWS,)
    async with stage.shown(scene, WIDE, "light") as page:
        within = "" if scene in LOOKED_AT_WHOLE else await in_front(page)
        await assert_accessible(page, without=without, within=within)
        await assert_fits(page)
        if not scene.on_telephones:
            return
        await stage.turn(page, NARROW, "dark")
        if scene.differs_by_width:
            await scene.show(page, stage.world)
        await page.evaluate("scrollTo(0, 0)")  # what lies half under a bar is no small target
        await assert_accessible(page, rules=OF_LOOKS, without=(FURTHER_ROWS,), within=await in_front(page))
        await assert_fits(page)


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_a_scene_is_accessible_and_fits(stage: Stage, scene: Scene) -> None:
    await assert_fine(stage, scene)


PLANTED = """data:text/html,<!doctype html><html lang=en><title>Fine</title><style>
  @media (prefers-color-scheme: dark) and (max-width: 400px) { p { color: %23bbb; background: white } }
</style><main><h1>Fine</h1><p>Dim, where it is dark and narrow.</p></main>"""


async def test_what_is_wrong_only_on_a_dark_telephone_is_found(stage: Stage) -> None:
    async def show(page: Page, _world: World) -> None:
        await page.goto(PLANTED)

    with pytest.raises(AssertionError, match="color-contrast"):
        await assert_fine(stage, Scene("planted", "Planted", "/planted", Who.STRANGER, show))


async def test_without_the_database_every_scene_is_accessible_too(stage: Stage) -> None:
    async with stage.database_away():
        for scene in AWAY:
            await assert_fine(stage, scene)


async def test_while_the_history_differs_every_scene_is_accessible_too(stage: Stage) -> None:
    """Last, as nothing ends it."""
    await stage.raise_alarm()
    for scene in ALARM:
        await assert_fine(stage, scene)


async def test_every_page_of_the_product_has_a_scene() -> None:
    pages = {
        path
        for method, path, _ in all_handlers()
        if method == "GET" and not path.startswith(NO_PAGES) and path not in LEADS_ON | NUMBERS_ALONE
    }
    assert {scene.route for scene in SCENES} - {MISSING} == pages


async def test_scenes_have_names_of_their_own() -> None:
    names = [scene.name for scene in [*SCENES, *AWAY, *ALARM]]
    assert len(set(names)) == len(names)
