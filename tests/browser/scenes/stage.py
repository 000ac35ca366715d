"""Where scenes are played: a server of its own, a browser, and everybody signed in once."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Literal

import asyncpg
from playwright.async_api import Browser, BrowserContext, Page
from playwright.async_api import Error as PlaywrightError

from sertantai.postgres.leftovers import processes_below
from sertantai.postgres.running import find_running
from sertantai.web.status import HISTORY_DIFFERS
from tests.browser.scenes.scene import NARROW, WIDE, Scene, Who
from tests.browser.scenes.world import World, build
from tests.fixtures.browser import WITHOUT_A_SCRIPT, sign_in
from tests.fixtures.client import Client
from tests.fixtures.collector import collector
from tests.fixtures.prepared import copy_prepared
from tests.fixtures.process import ServerProcess
from tests.fixtures.time_stamps import authority
from tests.fixtures.witnesses import key_of, witness

Theme = Literal["light", "dark"]
HEIGHTS = {WIDE: 800, NARROW: 844}
AWAY_S_MAX = 120
BANNER = 'data-testid="banner"'
PATIENCE_MS = 60_000
FORGED = "INSERT INTO audit_notices (at, kind, body, mac) VALUES (now(), 'erasure', '{}', sha256('x'))"
TWO_FRAMES = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


class Stage:
    def __init__(self, browser: Browser, world: World) -> None:
        self._browser = browser
        self.world = world
        self._contexts: dict[Who, BrowserContext] = {}
        """Of those who have signed in; each has one tab for all scenes."""

    @asynccontextmanager
    async def shown(self, scene: Scene, width: int, theme: Theme) -> AsyncIterator[Page]:
        """The scene on a page of this width."""
        context = await self._context(scene.who)
        page = context.pages[0] if context.pages else await context.new_page()
        try:
            with suppress(PlaywrightError):  # a page that could not be shown tries again by itself, maybe now
                await page.goto(WITHOUT_A_SCRIPT)  # by the same process as the scene: it has seen its scripts
            await self.turn(page, width, theme)
            await scene.show(page, self.world)
            yield page
        finally:
            await context.set_offline(False)
            if scene.who is Who.STRANGER:
                await context.close()

    async def turn(self, page: Page, width: int, theme: Theme) -> None:
        await page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        await page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        await page.evaluate(TWO_FRAMES)  # the page hears of the theme in one and shows it in the next

    async def _context(self, who: Who) -> BrowserContext:
        if who not in self._contexts:
            context = await self._browser.new_context(base_url=self.world.server.url, locale="en-GB")
            context.set_default_timeout(PATIENCE_MS)
            if who is Who.STRANGER:  # a new one each time
                return context
            page = await context.new_page()
            await sign_in(page, self._person(who))
            self._contexts[who] = context
        return self._contexts[who]

    def _person(self, who: Who) -> Client:
        world = self.world
        return {
            Who.READER: world.reader,
            Who.NEWCOMER: world.newcomer,
            Who.TRAVELLER: world.traveller,
            Who.ADMIN: world.admin,
            Who.COLLEAGUE: world.colleague,
            Who.AUDITOR: world.auditor,
            Who.INSPECTOR: world.inspector,
        }[who]

    @asynccontextmanager
    async def database_away(self) -> AsyncIterator[None]:
        """PostgreSQL takes connections and answers nothing, and the server has noticed."""
        await self._context(Who.READER)  # nobody signs in afterwards
        home = self.world.server.data_dir / "postgres"
        paused: set[int] = set()
        try:
            while fresh := set(processes_below(home)) - paused:  # one may have been starting another
                paused |= fresh
                _signal(fresh, signal.SIGSTOP)
            await self._say_degraded()
            yield
        finally:
            _signal(paused, signal.SIGCONT)

    async def _say_degraded(self) -> None:
        await self.world.reader.select(self.world.law)  # there is something to write
        async with asyncio.timeout(AWAY_S_MAX), self.world.server.client() as http:
            while BANNER not in (await http.get("/sign-in")).text:  # noqa: ASYNC110  # nobody calls
                await asyncio.sleep(0.2)

    async def raise_alarm(self) -> None:
        """Somebody writes a notice that the server did not, and it has noticed: nothing ends it here."""
        forging = await asyncpg.connect(find_running(self.world.server.data_dir))
        try:
            await forging.execute("SET ROLE sertantai_sync")
            await forging.execute(FORGED)
        finally:
            await forging.close()
        await self.world.reader.select(self.world.law)  # there is something to seal
        async with asyncio.timeout(AWAY_S_MAX), self.world.server.client() as http:
            while HISTORY_DIFFERS not in (await http.get("/health/ready")).text:  # noqa: ASYNC110  # nobody calls
                await asyncio.sleep(0.2)

    async def close(self) -> None:
        for context in self._contexts.values():
            await context.close()


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # it has just ended by itself
            os.kill(pid, number)


@asynccontextmanager
async def open_stage(browser: Browser, folder: Path) -> AsyncIterator[Stage]:
    server = ServerProcess(copy_prepared(folder / "data"), forked=True)
    with remembered(server, folder):
        try:
            await server.start_async()
            async with AsyncExitStack() as people:
                stage = Stage(browser, await build(server, folder, people))
                yield stage
                await stage.close()
        finally:
            server.sweep()


@contextmanager
def remembered(server: ServerProcess, folder: Path) -> Iterator[None]:
    """Others remember its sealed log: a witness signs it, an authority stamps it, a collector has it."""
    with (
        witness(folder / "witness", key_of(server)) as (key, where),
        authority(folder / "authority") as stamping,
        collector() as siem,
    ):
        server.settings["SERTANTAI_AUDIT_WITNESS_URLS"] = json.dumps([f"{key} {where}"])
        server.settings["SERTANTAI_AUDIT_TSA_URL"] = stamping.url
        server.settings["SERTANTAI_AUDIT_STREAM_URL"] = siem.url
        yield
