"""Two colleagues, each in a browser of their own, and a list that both work in."""

from dataclasses import dataclass

import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.organizations.conftest import colleague, theirs
from tests.browser.organizations.test_founding import found, unique
from tests.fixtures.client import Client
from tests.fixtures.colleagues import Organization

__all__ = ["colleague", "theirs"]
LIVE = "#sync-state[data-live='live']"


@dataclass(frozen=True)
class Shared:
    """``group``: the list. ``laws``: of the register, in the order of its page; the first is in the list."""

    organization: Organization
    group: str
    laws: list[str]

    @property
    def path(self) -> str:
        return f"/groups/{self.group}"


@pytest_asyncio.fixture(loop_scope="session")
async def shared(page: Page, person: Client, theirs: Page, colleague: Client) -> Shared:
    path = await found(page, unique(person))
    organization = Organization("", path.rpartition("/")[2], {"owner": person})
    await organization.join(colleague, "member")
    group = await organization.list(name="Site: Leeds")
    laws = [law["id"] for law in await person.records(limit=6, sort="title_en")]
    await person.select(laws[0], group)
    return Shared(organization, group, laws)


async def is_live(*pages: Page) -> None:
    for page in pages:
        await expect(page.locator(LIVE)).to_be_visible()
