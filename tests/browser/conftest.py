"""Pages are tried on the whole register: the real file beside the checkout, else one of its size."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.browser.register_page import RegisterPage
from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess
from tests.fixtures.whole_register import copy_whole_register

MANY = 40_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What keeps the database busy comes last: nothing waits behind it, and the server is killed then."""
    items.sort(key=lambda item: item.get_closest_marker("backlog") is not None)


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Takes the place of the server with the starter register."""
    data_dir = tmp_path_factory.mktemp("whole-register") / "data"
    process = ServerProcess(copy_whole_register(data_dir), forked=True)
    try:
        process.start()
        yield process
    finally:
        process.sweep()


@dataclass(frozen=True)
class Facts:
    """What is so in this register, as the API says. From the year ``since`` on there are ``many`` laws."""

    count: int
    since: int
    many: int
    facets: dict[str, list[dict[str, Any]]]

    def newest(self, wanted: int) -> tuple[int, int]:
        """From which year on there are at least so many laws, and how many."""
        return _since(self.facets["year"], wanted)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def facts(shared_server: ServerProcess) -> AsyncIterator[Facts]:
    async with await shared_server.register() as client:
        whole, facets = await asyncio.gather(client.get("/records", limit=1), client.get("/records/facets"))
        since, many = _since(facets["year"], MANY)
        yield Facts(whole["total"], since, many, facets)


def _since(years: list[dict[str, Any]], wanted: int) -> tuple[int, int]:
    many = 0
    for year in sorted(years, key=lambda year: -year["value"]):
        many += year["count"]
        if many >= wanted:
            return year["value"], many
    raise AssertionError(f"the register has fewer than {wanted} laws")


@pytest_asyncio.fixture(loop_scope="session")
async def register(request: pytest.FixtureRequest, page: Page, person: Client) -> RegisterPage:
    """The page as a person has it who has just signed in; the test itself opens it if it is `unopened`."""
    register = RegisterPage(page, person)
    if request.node.get_closest_marker("unopened") is None:
        await register.open()
    return register


@pytest_asyncio.fixture(loop_scope="session")
async def recent(page: Page, person: Client, facts: Facts) -> RegisterPage:
    """The page on the forty thousand newest laws."""
    register = RegisterPage(page, person)
    await register.open(f"?year_from={facts.since}")
    await register.shows(facts.many)
    return register


async def count_in_list(person: Client) -> int:
    """How many the server has in the list, whatever a page says."""
    group = await person.get("/groups/default")
    count: int = group["count"]
    return count
