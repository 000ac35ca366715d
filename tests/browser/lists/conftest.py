"""Pages of lists as a person has them before them: signed in, with lists of the whole register."""

import asyncio
import csv
from pathlib import Path
from typing import Any

import pytest_asyncio

from tests.fixtures.client import Client
from tests.fixtures.process import ServerProcess

READ_S_MAX = 90
AMENDED_YEAR = 1950


class Shelf:
    """The person's lists, made through the API, by name."""

    def __init__(self, person: Client) -> None:
        self.person = person
        self.ids: dict[str, str] = {}

    async def make(self, name: str, records: list[str] | None = None) -> str:
        response = await self.person.http.post("/groups", json={"name": name})
        group: str = response.json()["id"]
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


class Amendments:
    """The register as a later import brings it: some laws have another title."""

    def __init__(self, shelf: Shelf, server: ServerProcess, folder: Path) -> None:
        self._shelf, self._server, self._folder = shelf, server, folder

    async def of(self, group: str, count: int) -> None:
        """Puts laws into the list, has them amended, and returns once the list says so."""
        laws = await self._shelf.person.records(limit=count, year=AMENDED_YEAR)
        await self._shelf.person.operate("bulk_select", group, record_ids=[law["id"] for law in laws])
        update = self._folder / "update.csv"
        with update.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["name", "title_en"])
            rows.writerows([law["name"], f"{law['title_en']} (as amended)"] for law in laws)
        done = await asyncio.to_thread(self._server.command, "records", "import", str(update))
        assert done.returncode == 0, done.stderr
        async with asyncio.timeout(READ_S_MAX):
            while len(await self._shelf.person.get(f"/groups/{group}/changed")) < len(laws):  # noqa: ASYNC110  # it is read soon
                await asyncio.sleep(0.1)


@pytest_asyncio.fixture(loop_scope="session")
async def amendments(shelf: Shelf, shared_server: ServerProcess, tmp_path: Path) -> Amendments:
    return Amendments(shelf, shared_server, tmp_path)
