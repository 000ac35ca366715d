"""Erased people stay erased, whatever is restored: the real server, its commands, and what they leave."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from tests.fixtures.client import Client
from tests.fixtures.prepared import copy_prepared
from tests.fixtures.process import ServerProcess


@pytest.fixture
def own_server(tmp_path: Path) -> ServerProcess:
    return ServerProcess(copy_prepared(tmp_path / "data"), forked=True)


async def ticks(person: Client) -> None:
    laws = (await person.get("/records", limit=3))["items"]
    for law in laws:
        await person.select(law["id"])


def addresses(server: ServerProcess) -> set[str]:
    done = server.command("users", "list", "--json")
    assert done.returncode == 0, done.stderr
    return {row["email"] for row in json.loads(done.stdout)}


def is_clean(server: ServerProcess) -> bool:
    done = server.command("audit", "verify")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return "sealed log clean" in done.stdout


async def put_back(server: ServerProcess, before: Path) -> None:
    """What was copied takes the place of all that is there, but for what stands beside."""
    for path in server.data_dir.iterdir():
        if path.name != "erased":
            await asyncio.to_thread(shutil.rmtree if path.is_dir() else Path.unlink, path)
    copying = await asyncio.create_subprocess_exec("cp", "-a", f"{before}/.", str(server.data_dir))
    assert await copying.wait() == 0


async def test_erased_people_stay_erased_after_each_kind_of_restore(
    own_server: ServerProcess, tmp_path: Path
) -> None:
    server, file, before = own_server, str(tmp_path / "a.backup"), tmp_path / "before"
    try:
        await server.start_async()
        async with await server.register() as gone, await server.register() as stays:
            await ticks(gone)
            await ticks(stays)
            assert server.command("sync", "flush").returncode == 0
            assert server.command("backup", "create", file).returncode == 0
            await asyncio.to_thread(server.terminate)
            copying = await asyncio.create_subprocess_exec("cp", "-a", str(server.data_dir), str(before))
            assert await copying.wait() == 0
            await server.start_async()
            refused = server.command("users", "erase", "nobody@example.org", "--reason", "They asked")
            assert (refused.returncode, refused.stdout) == (1, "")
            shown = server.command("users", "erase", gone.email, "--dry-run")
            assert "1  users deleted" in shown.stdout
            asked = server.command(
                "users", "erase", gone.email, "--reason", "They asked", "--days", "0", "--json"
            )
            assert asked.returncode == 0, asked.stderr
            erasure = json.loads(asked.stdout)["id"]
            again = server.command("users", "erase", gone.email, "--reason", "They asked")
            assert again.returncode == 1
            assert "was asked for before" in again.stderr or "Nobody has" in again.stderr
            assert (await gone.http.get("/groups")).status_code == 401

        await asyncio.to_thread(server.terminate)
        await server.start_async()  # which does what is due before it is ready
        assert addresses(server) == {stays.email}
        assert is_clean(server)
        said = server.command("users", "certificate", erasure).stdout
        assert "users deleted" in said
        assert gone.email not in said

        for kept in ((), ("--keep-journal",)):
            await asyncio.to_thread(server.terminate)
            done = server.command("backup", "restore", file, "--force", *kept)
            assert done.returncode == 0, done.stderr
            await server.start_async()
            assert addresses(server) == {stays.email}, kept
            assert kept or is_clean(server)  # of notices that such a database lacks verify tells

        await asyncio.to_thread(server.terminate)
        await put_back(server, before)
        await server.start_async()
        assert addresses(server) == {stays.email}
        assert is_clean(server)
    finally:
        await asyncio.to_thread(server.sweep)
