"""Pages of lists as a person has them before them: signed in, with lists of the whole register."""

from typing import Any

import pytest_asyncio

from tests.fixtures.client import Client
from tests.fixtures.colleagues import good


class Shelf:
    """The person's lists, made through the API, by name."""

    def __init__(self, person: Client) -> None:
        self.person = person
        self.ids: dict[str, str] = {}

    async def make(self, name: str, records: list[str] | None = None) -> str:
        response = await good(self.person, "POST", "/groups", {"name": name})
        group: str = response["id"]
        self.ids[name] = group
        if records:
            await self.person.operate("bulk_select", group, record_ids=records)
        return group

    async def records(self, count: int, **query: Any) -> list[str]:
        return [record["id"] for record in await self.person.records(limit=count, **query)]

    async def selected(self, name: str) -> set[str]:
        return await self.person.selected(self.ids[name])


@pytest_asyncio.fixture(loop_scope="session")
async def shelf(person: Client) -> Shelf:
    return Shelf(person)
