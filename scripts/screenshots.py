"""Pictures of the pages for README and docs, of a server of its own: `make screenshots`."""

import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright

from tests.fixtures.browser import CHROMIUM, FLAGS, sign_in
from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDTH, HEIGHT = 1280, 800
TICKED = 12


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="screenshots-") as folder:
        server = ServerProcess(Path(folder) / "data")
        try:
            await server.start_async()
            await take_pictures(server)
        finally:
            server.sweep()


async def take_pictures(server: ServerProcess) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright, await server.register("reader@example.org") as person:
        await tick_some(person)
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        context = await browser.new_context(
            base_url=server.url, viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light"
        )
        page = await context.new_page()
        await take(page, "/sign-in", "sign-in")
        await sign_in(page, person)
        for path, name in (("/records", "records"), ("/groups", "lists"), ("/history", "history")):
            await take(page, path, name)
        await page.emulate_media(color_scheme="dark")
        await take(page, "/records", "records-dark")
        await browser.close()


async def tick_some(person: Client) -> None:
    records = await person.records(limit=50)
    for record in records[: TICKED * 2 : 2]:
        await person.select(record["id"])


async def take(page: Page, path: str, name: str) -> None:
    await page.goto(path)
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=IMAGES / f"{name}.png")
    print(f"docs/images/{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
