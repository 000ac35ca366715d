"""The register's page, as tests speak of it."""

from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from tests.fixtures.client import Client

READY = "#register[data-ready]"
SAVED_MS = 60_000


@dataclass
class RegisterPage:
    """What tests say about the page, in the words of the page."""

    page: Page
    person: Client

    async def open(self, query: str = "") -> None:
        await self.page.goto(f"/records{query}")
        await self.page.wait_for_selector(READY)

    async def tick_all(self) -> None:
        """All that match, of more than 5,000 or of the whole register: with a question."""
        await self.by_id("select-all-matching").click()
        await self.agree("Tick")

    async def agree(self, label: str) -> None:
        await self.page.locator("dialog[open] .dialog-actions button", has_text=label).click()

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

    async def total(self) -> int:
        """How many laws the view holds, as the page says."""
        return int((await self.by_id("total").inner_text()).replace(",", ""))

    async def in_list(self, count: int) -> None:
        await expect(self.by_id("selection-count")).to_have_text(f"{count:,}")

    async def saved(self) -> None:
        """Every wish has been answered; a hundred of them take a while on a busy machine."""
        sign = self.by_id("sync-state")
        await expect(sign).to_have_attribute("data-state", "synced", timeout=SAVED_MS)

    async def shows(self, total: int) -> None:
        await expect(self.by_id("total")).to_have_text(f"{total:,}")
