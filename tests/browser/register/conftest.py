"""The register's page as a person has it before them: signed in, ready, with the starter register."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from tests.fixtures.client import Client

READY = "#register[data-ready]"
SAVED_MS = 30_000


@dataclass
class RegisterPage:
    """What tests say about the page, in the words of the page."""

    page: Page
    person: Client

    async def open(self, query: str = "") -> None:
        await self.page.goto(f"/records{query}")
        await self.page.wait_for_selector(READY)

    async def reload(self) -> None:
        await self.page.reload()
        await self.page.wait_for_selector(READY)

    @property
    def boxes(self) -> Locator:
        return self.page.get_by_test_id("record-checkbox")

    @property
    def rows(self) -> Locator:
        return self.page.get_by_test_id("record-row")

    def by_id(self, name: str) -> Locator:
        return self.page.get_by_test_id(name)

    async def ids(self) -> list[str]:
        found: list[str] = await self.rows.evaluate_all("rows => rows.map(row => row.dataset.recordId)")
        return found

    async def ticked(self) -> list[int]:
        """The positions of the rows that are shown ticked."""
        states = await self.boxes.evaluate_all("boxes => boxes.map(box => box.checked)")
        return [at for at, on in enumerate(states) if on]

    async def in_list(self, count: int) -> None:
        await expect(self.by_id("selection-count")).to_have_text(f"{count:,}")

    async def saved(self) -> None:
        """Every wish has been answered; a hundred of them take a while on a busy machine."""
        sign = self.by_id("sync-state")
        await expect(sign).to_have_attribute("data-state", "synced", timeout=SAVED_MS)

    async def shows(self, total: int) -> None:
        await expect(self.by_id("total")).to_have_text(f"{total:,}")


OpenPage = Callable[[], Coroutine[Any, Any, RegisterPage]]


@pytest_asyncio.fixture(loop_scope="session")
async def register(page: Page, person: Client) -> RegisterPage:
    await page.wait_for_selector(READY)  # signing in has led here
    return RegisterPage(page, person)


@pytest.fixture
def total_of() -> Callable[[RegisterPage], Coroutine[Any, Any, int]]:
    async def total(register: RegisterPage) -> int:
        return int((await register.by_id("total").inner_text()).replace(",", ""))

    return total
