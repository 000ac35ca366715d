"""The sealed log of a real server: over HTTP, by commands, through a kill and an older data directory."""

import asyncio
import json
import shutil
from pathlib import Path

import pytest

from sertantai.core.sealing.notes import is_signed, parse_head, parse_key, parse_note
from sertantai.core.sealing.tree import is_consistent, root_of
from sertantai.sealing.files import TILE
from sertantai.sealing.keys import verifies
from sertantai.web.outside.trail import DIGITS_MAX
from tests.fixtures.prepared import copy_prepared
from tests.fixtures.process import ServerProcess

SEALED_WITHIN_S = 30


async def sealed(server: ServerProcess, size: int) -> str:
    """The newest checkpoint, once it has so many entries."""
    async with asyncio.timeout(SEALED_WITHIN_S), server.client() as http:
        while True:
            answer = await http.get("/trail/checkpoint")
            if answer.status_code == 200 and parse_head(parse_note(answer.text).text).size >= size:
                return answer.text
            await asyncio.sleep(0.1)


async def copied(source: Path, target: Path) -> None:
    """With the owners of files, which are several."""
    copying = await asyncio.create_subprocess_exec("cp", "-a", str(source), str(target))
    assert await copying.wait() == 0


@pytest.fixture
def own_server(tmp_path: Path) -> ServerProcess:
    return ServerProcess(copy_prepared(tmp_path / "data"), forked=True)


async def test_the_log_of_a_server_can_be_checked_from_outside(
    own_server: ServerProcess, tmp_path: Path
) -> None:
    """Signed with the key that a command shows, growing, whole after a kill; and a data directory of before
    is found by the head that somebody kept."""
    try:
        await own_server.start_async()
        async with await own_server.register() as person:
            laws = (await person.get("/records", limit=60))["items"]
            for law in laws[:40]:
                await person.select(law["id"])
            first = await sealed(own_server, 40)
            await own_server.restart_async(graceful=False)
            await asyncio.to_thread(own_server.terminate)
            await copied(own_server.data_dir, tmp_path / "before")
            await own_server.start_async()
            for law in laws[40:]:
                await person.select(law["id"])
            second = await sealed(own_server, 60)

            [key] = json.loads(own_server.command("audit", "keys", "show", "--json").stdout)
            for note in (first, second):
                assert is_signed(parse_note(note), parse_key(key), verifies)
            old, new = (parse_head(parse_note(note).text) for note in (first, second))
            grown = await person.get(f"/trail/consistency/{old.size}")
            proof = [bytes.fromhex(one) for one in grown["proof"]]
            now = bytes.fromhex(grown["second_root"])
            assert grown["second"] >= new.size
            assert is_consistent(old.size, grown["second"], old.root, now, proof)
            tile = (await person.http.get("/trail/tile/0/0")).content
            hashes = [tile[at : at + 32] for at in range(0, len(tile), 32)]
            assert len(hashes) < TILE
            assert root_of(hashes[: new.size]) == new.root
            for path in (
                "tile/0/1",
                "tile/9/0",
                "consistency/0",
                f"consistency/{'9' * DIGITS_MAX}",
                "tile/x/-1",
            ):
                assert (await person.http.get(f"/trail/{path}")).status_code in (404, 422)

            made = json.loads(own_server.command("audit", "keys", "recovery", "--json").stdout)
            vouched = own_server.command("audit", "keys", "vouch", "--json", stdin=f"{made['paper']}\n")
            assert json.loads(vouched.stdout) == {"key": key}
            refused = own_server.command("audit", "keys", "vouch", stdin="AAAA-BBBB\n")
            assert (refused.returncode, refused.stdout) == (1, "")
            assert "This is no recovery key" in refused.stderr
            rotate = ("audit", "keys", "rotate", "--json")
            assert own_server.command(*rotate, "--key", key).returncode == 1
            rotated = own_server.command(*rotate, "--compromised", "2026-03-01T09:00Z", "--key", key)
            assert json.loads(rotated.stdout)["key"] != key
            told = own_server.command("audit", "keys", "vouch", "--json", stdin=f"{made['paper']}\n")
            assert json.loads(told.stdout) == json.loads(rotated.stdout)

            (tmp_path / "head.txt").write_text(second)
            done = own_server.command("audit", "verify", "--head", str(tmp_path / "head.txt"))
            assert (done.returncode, done.stderr) == (0, ""), done.stdout
            assert "sealed log clean" in done.stdout

        await asyncio.to_thread(own_server.terminate)
        await asyncio.to_thread(shutil.rmtree, own_server.data_dir)
        await copied(tmp_path / "before", own_server.data_dir)
        await own_server.start_async()
        done = own_server.command("audit", "verify")
        assert done.returncode == 0, "from inside nothing is to be seen"
        done = own_server.command("audit", "verify", "--head", str(tmp_path / "head.txt"))
        assert done.returncode == 1
        assert "it is older" in done.stdout
    finally:
        await asyncio.to_thread(own_server.sweep)


async def test_a_restored_database_is_done_again_and_sealed_as_it_was(
    own_server: ServerProcess, tmp_path: Path
) -> None:
    """The journal goes on from the backup; the log, which is newer, says so, and nothing differs."""
    file = str(tmp_path / "a.backup")
    try:
        await own_server.start_async()
        async with await own_server.register() as person:
            laws = (await person.get("/records", limit=30))["items"]
            for law in laws[:5]:
                await person.select(law["id"])
            await sealed(own_server, 5)
            assert own_server.command("backup", "create", file).returncode == 0
            for law in laws[5:]:
                await person.select(law["id"])
            before = await sealed(own_server, 30)
        await asyncio.to_thread(own_server.terminate)
        (tmp_path / "head.txt").write_text(before)
        done = own_server.command("backup", "restore", file, "--keep-journal")
        assert done.returncode == 0, done.stderr
        assert (own_server.data_dir / "keys" / "trail").exists(), "the key of here goes on signing"

        await own_server.start_async()
        size = parse_head(parse_note(before).text).size
        await sealed(own_server, size + 1)
        done = own_server.command("audit", "verify", "--head", str(tmp_path / "head.txt"))
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
        assert "sealed log clean" in done.stdout
        notices = (own_server.data_dir / "trail" / "1" / "notices.ndjson").read_text().splitlines()
        assert [one["body"] for one in map(json.loads, notices) if one["kind"] == "restore"]
    finally:
        await asyncio.to_thread(own_server.sweep)
