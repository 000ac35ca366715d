"""Every page and state: axe finds nothing in either theme, nothing is too wide, and none is left out."""

from collections.abc import AsyncIterator, Sequence
from itertools import product

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from tests.acceptance.test_route_matrix import all_routes
from tests.browser.scenes.account_scenes import ACCOUNTS, MISSING
from tests.browser.scenes.away_scenes import AWAY
from tests.browser.scenes.list_scenes import LISTS
from tests.browser.scenes.register_scenes import REGISTER
from tests.browser.scenes.scene import NARROW, WIDE, Scene
from tests.browser.scenes.stage import Stage, Theme, open_stage
from tests.fixtures.browser import assert_accessible

SCENES = [*REGISTER, *LISTS, *ACCOUNTS]
Look = tuple[int, Theme, Sequence[str]]
LOOKS: tuple[Look, ...] = (
    (WIDE, "light", ()),
    # The same elements; what a theme and a width change is how they look.
    (NARROW, "dark", ("color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable")),
)
NO_PAGES = ("/api/", "/static/", "/health/", "/admin/performance/samples")
LEADS_ON = {"/", "/admin", "/metrics", "/openapi.json", "/csrf-token", "/favicon.ico"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with open_stage(browser, tmp_path_factory.mktemp("scenes")) as stage:
        yield stage


async def assert_fits(page: Page) -> None:
    too_wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert too_wide <= 0, f"{page.url} is {too_wide} px too wide"


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
async def test_a_scene_is_accessible_and_fits(stage: Stage, scene: Scene) -> None:
    for width, theme, rules in LOOKS if scene.on_telephones else LOOKS[:1]:
        async with stage.shown(scene, width, theme) as page:
            await assert_accessible(page, rules=rules)
            await assert_fits(page)


async def test_without_the_database_every_scene_is_accessible_too(stage: Stage) -> None:
    async with stage.database_away():
        for scene, (width, theme, rules) in product(AWAY, LOOKS):
            async with stage.shown(scene, width, theme) as page:
                await assert_accessible(page, rules=rules)
                await assert_fits(page)


async def test_every_page_of_the_product_has_a_scene() -> None:
    pages = {
        path
        for method, path in all_routes()
        if method == "GET" and not path.startswith(NO_PAGES) and path not in LEADS_ON
    }
    assert {scene.route for scene in SCENES} - {MISSING} == pages


async def test_scenes_have_names_of_their_own() -> None:
    names = [scene.name for scene in [*SCENES, *AWAY]]
    assert len(set(names)) == len(names)
