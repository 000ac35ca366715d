"""Pictures of every page and state for README and docs, and the page that shows them: `make screenshots`.

Of the scenes that the browser tests look at (`tests/browser/scenes`), on a server of its own with the starter
register. Chromium itself writes WebP, which is a third of PNG's size.
"""

import asyncio
import base64
import itertools
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from playwright.async_api import Page, async_playwright

from tests.browser.scenes.account_scenes import ACCOUNTS
from tests.browser.scenes.alarm_scenes import ALARM
from tests.browser.scenes.away_scenes import AWAY
from tests.browser.scenes.list_scenes import LISTS
from tests.browser.scenes.organization_scenes import ORGANIZATIONS
from tests.browser.scenes.person_scenes import PERSONS
from tests.browser.scenes.register_scenes import REGISTER
from tests.browser.scenes.report_scenes import REPORTS
from tests.browser.scenes.scene import Scene
from tests.browser.scenes.stage import Stage, Theme, open_stage
from tests.fixtures.browser import CHROMIUM, FLAGS
from tests.fixtures.prepared import PLACE

DOCS = Path(__file__).parents[1] / "docs"
IMAGES = DOCS / "images"
THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
CHAPTERS: Final[dict[str, Sequence[Scene]]] = {
    "The register": REGISTER,
    "Lists and history": LISTS,
    "Reports": REPORTS,
    "Organisations": ORGANIZATIONS,
    "Accounts and administration": ACCOUNTS,
    "What is held about somebody": PERSONS,
    "While the database is not available": AWAY,
    "When the history is not what was sealed": ALARM,
}
BRITISH = "--lang=en-GB"
"""What fields for dates go by, with LANGUAGE=en_GB and Chromium's texts (Debian: chromium-l10n)."""
QUALITY = 0.72
SETTLED_MS = 700
"""The network never rests: a page's worker for the live channel goes on."""
TO_WEBP = """async ([data, quality]) => {
  const image = new Image();
  image.src = `data:image/png;base64,${data}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), {width: image.width, height: image.height});
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", quality).split(",")[1];
}"""
PREFACE = """# Every page and state

Made by `make screenshots` from the scenes that the browser tests look at (`tests/browser/scenes`), on the
starter register: 1,280 pixels wide and 390, light and dark.
"""


async def main(names: list[str]) -> None:
    """Pictures of the scenes called ``names``, of all without any."""
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        (prepared := Path(folder) / "prepared").mkdir()
        os.environ.setdefault(PLACE, str(prepared))
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, BRITISH])
            async with open_stage(browser, Path(folder)) as stage:
                studio = await browser.new_page()
                wanted = {scene.name for chapter in CHAPTERS.values() for scene in chapter if not names}
                wanted |= set(names)
                for scene in (*REGISTER, *LISTS, *REPORTS, *ORGANIZATIONS, *ACCOUNTS, *PERSONS):
                    if scene.name in wanted:
                        await take(stage, studio, scene)
                async with stage.database_away():
                    for scene in AWAY:
                        if scene.name in wanted:
                            await take(stage, studio, scene)
                await stage.raise_alarm()  # last, as nothing ends it
                for scene in ALARM:
                    if scene.name in wanted:
                        await take(stage, studio, scene)
            await browser.close()
    write_gallery()


async def take(stage: Stage, studio: Page, scene: Scene) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    for width, theme in itertools.product(scene.widths, THEMES):
        async with stage.shown(scene, width, theme) as page:
            await page.wait_for_timeout(SETTLED_MS)
            data = base64.b64encode(await page.screenshot()).decode()
        picture = base64.b64decode(await studio.evaluate(TO_WEBP, [data, QUALITY]))
        (IMAGES / image_name(scene, width, theme)).write_bytes(picture)
    print(scene.name)


def image_name(scene: Scene, width: int, theme: Theme) -> str:
    return f"{scene.name}-{width}-{theme}.webp"


def write_gallery() -> None:
    lines = [PREFACE]
    for chapter, scenes in CHAPTERS.items():
        lines += [
            f"## {chapter}",
            "",
            "| | light | dark | light, 390 px | dark, 390 px |",
            "|---|---|---|---|---|",
        ]
        for scene in scenes:
            paths = [
                f"images/{image_name(scene, width, theme)}"
                for width, theme in itertools.product(scene.widths, THEMES)
            ]
            if not (DOCS / paths[0]).exists():  # of all scenes only some were asked for
                continue
            images = [f"[![]({path})]({path})" for path in paths] + ["", ""] * (not scene.on_telephones)
            lines.append(f"| {scene.title} | {' | '.join(images)} |")
        lines.append("")
    (DOCS / "gallery.md").write_text("\n".join(lines))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
