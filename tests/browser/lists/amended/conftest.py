"""Lists whose laws a later import amended: on the starter register, which is read again in a moment."""

import asyncio
import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.browser.lists.conftest import Shelf
from tests.fixtures.prepared import copy_prepared
from tests.fixtures.process import ServerProcess

READ_S_MAX = 90


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """Takes the place of the server with the whole register."""
    process = ServerProcess(copy_prepared(tmp_path_factory.mktemp("amended") / "data"), forked=True)
    try:
        process.start()
        yield process
    finally:
        process.sweep()


class Amendments:
    """The register as a later import brings it: some laws have another title."""

    def __init__(self, shelf: Shelf, server: ServerProcess, folder: Path) -> None:
        self._shelf, self._server, self._folder = shelf, server, folder

    async def of(self, group: str, count: int) -> None:
        """Puts laws into the list, has them amended, and returns once the list says so."""
        laws = await self._shelf.person.records(limit=count)
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
