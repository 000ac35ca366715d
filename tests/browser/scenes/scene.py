"""A scene: one page in one state, which can be gone to again and again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from playwright.async_api import Page

from tests.browser.scenes.world import World

WIDE, NARROW = 1280, 390
Show = Callable[[Page, World], Awaitable[None]]


class Who(StrEnum):
    STRANGER = "stranger"
    READER = "reader"
    NEWCOMER = "newcomer"
    TRAVELLER = "traveller"
    ADMIN = "admin"
    COLLEAGUE = "colleague"
    AUDITOR = "auditor"
    INSPECTOR = "inspector"


@dataclass(frozen=True)
class Scene:
    """``route`` is the page's path template; ``show`` brings a page into the state, wherever it was.
    ``on_telephones`` is false for what narrow screens have no room for, ``differs_by_width`` true where they
    have another way there."""

    name: str
    title: str
    route: str
    who: Who
    show: Show
    on_telephones: bool = True
    differs_by_width: bool = False

    @property
    def widths(self) -> tuple[int, ...]:
        return (WIDE, NARROW) if self.on_telephones else (WIDE,)


class Scenes(list[Scene]):
    """A chapter of scenes, in the order of telling."""

    def at(self, name: str, title: str, route: str, path: str | Callable[[World], str], who: Who) -> None:
        """A page as its address alone shows it."""

        async def show(page: Page, world: World) -> None:
            await page.goto(path if isinstance(path, str) else path(world))

        self.append(Scene(name, title, route, who, show))

    def scene(
        self,
        name: str,
        title: str,
        route: str,
        who: Who,
        *,
        on_telephones: bool = True,
        differs_by_width: bool = False,
    ) -> Callable[[Show], Show]:
        """A page after something was done on it."""

        def keep(show: Show) -> Show:
            self.append(Scene(name, title, route, who, show, on_telephones, differs_by_width))
            return show

        return keep
