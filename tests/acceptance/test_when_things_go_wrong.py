"""What is told, mended and accepted when the sealed log and the rest do not agree: with the real process."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from sertantai.core.sealing.notes import parse_head, parse_note
from sertantai.postgres.running import find_running
from sertantai.web.status import HISTORY_DIFFERS
from tests.acceptance.test_sealed_log import sealed
from tests.fixtures.health import health_once
from tests.fixtures.prepared import copy_prepared
from tests.fixtures.process import ServerProcess

FORGED = "INSERT INTO audit_notices (at, kind, body, mac) VALUES (now(), 'erasure', '{}', sha256('x'))"


@pytest.fixture
def own_server(tmp_path: Path) -> ServerProcess:
    return ServerProcess(copy_prepared(tmp_path / "data"), forked=True)


async def health(server: ServerProcess, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The probe `trail`, once it is as wanted."""
    async with server.client() as http:
        said = await health_once(http, lambda answer: until(answer.json()["checks"]["trail"]))
    found: dict[str, Any] = said["checks"]["trail"]
    return found


async def verified(server: ServerProcess, *heads: Path) -> None:
    """By both commands, with heads that were kept elsewhere."""
    options = [option for head in heads for option in ("--head", str(head))]
    for command in (("audit", "verify", *options), ("audit", "fsck")):
        done = await asyncio.to_thread(server.command, *command)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


async def test_files_and_a_journal_that_were_lost(own_server: ServerProcess, tmp_path: Path) -> None:
    """Killed and cut, the log is whole again; without its journal, it says so and goes on."""
    log = own_server.data_dir / "trail" / "1"
    try:
        await own_server.start_async()
        async with await own_server.register() as person:
            laws = (await person.get("/records", limit=30))["items"]
            for law in laws[:20]:
                await person.select(law["id"])
            (tmp_path / "head").write_text(await sealed(own_server, 20))
            await asyncio.to_thread(own_server.kill9)
            for name in ("hashes.0", "places", "notices.ndjson"):
                whole = (log / name).read_bytes()
                (log / name).write_bytes(whole[: len(whole) // 2])
            await own_server.start_async()
            await person.select(laws[20]["id"])
            (tmp_path / "newer").write_text(await sealed(own_server, 21))
            await verified(own_server, tmp_path / "head", tmp_path / "newer")

            await asyncio.to_thread(own_server.terminate)
            for path in own_server.data_dir.glob("journal.*"):
                path.unlink()
            await own_server.start_async()
            await person.select(laws[21]["id"])
            size = parse_head(parse_note((tmp_path / "newer").read_text()).text).size
            await sealed(own_server, size + 3)  # with what the log is told of the journal, and of its server
            await verified(own_server, tmp_path / "head", tmp_path / "newer")
        [told] = [
            notice["body"]
            for notice in map(json.loads, (log / "notices.ndjson").read_text().splitlines())
            if notice["kind"] == "restore"
        ]
        assert told["before"] != told["journal"]
        assert told["first"] > told["sealed"] > 0
    finally:
        await asyncio.to_thread(own_server.sweep)


async def test_a_difference_is_shown_until_somebody_accepts_it(
    own_server: ServerProcess, tmp_path: Path
) -> None:
    """On pages, by the probe and as an event, across a restart; then another log begins, and all is well."""
    try:
        await own_server.start_async()
        async with await own_server.register() as person:
            law, another = (await person.get("/records", limit=2))["items"]
            await person.select(law["id"])
            (tmp_path / "head").write_text(await sealed(own_server, 1))
            forging = await asyncpg.connect(find_running(own_server.data_dir))
            await forging.execute("SET ROLE sertantai_sync")
            await forging.execute(FORGED)
            await forging.close()
            told = await health(own_server, lambda one: one["status"] == "degraded")
            assert told["detail"] == HISTORY_DIFFERS
            assert own_server.security_event("trail_differs")["severity"] == "danger"
            refused = await asyncio.to_thread(own_server.command, "audit", "accept", "--reason", "A trial")
            assert (refused.returncode, "Stop it first" in refused.stderr) == (1, True)

            await own_server.restart_async()
            await health(own_server, lambda one: one["status"] == "degraded")
            page = (await person.http.get(f"{own_server.url}/audit/proof")).text
            assert "The history in the database is not what was sealed" in page
            assert 'data-testid="differs"' not in page, "which names lists, and is for administrators"
            await person.select(another["id"])

            await asyncio.to_thread(own_server.terminate)
            accept = ("audit", "accept", "--reason", "A trial on the wrong server")
            done = await asyncio.to_thread(own_server.command, *accept)
            assert done.returncode == 0, done.stderr
            again = await asyncio.to_thread(own_server.command, *accept)
            assert again.stdout == "nothing differs from what was sealed\n"
            await own_server.start_async()
            (tmp_path / "next").write_text(await sealed(own_server, 3))
            await health(own_server, lambda one: one["status"] == "ok")
            await verified(own_server, tmp_path / "head", tmp_path / "next")
            origins = [
                parse_head(parse_note((tmp_path / one).read_text()).text).origin for one in ("head", "next")
            ]
            assert [one.rpartition("/")[2] for one in origins] == ["1", "2"]
            page = (await person.http.get(f"{own_server.url}/audit/proof")).text
            assert "A trial on the wrong server" in page
            assert "is not what was sealed" not in page
        assert own_server.security_event("trail_accepted")["severity"] == "warning"
    finally:
        await asyncio.to_thread(own_server.sweep)
