"""Two installations witness each other: their heads are signed elsewhere, and one that was put back stops."""

import asyncio
import hashlib
import json
import re
import subprocess
from pathlib import Path

from sertantai.core.sealing.notes import Head, is_signed, parse_head, parse_key, parse_note
from sertantai.sealing.heads_file import HEAD_END
from sertantai.sealing.keys import verifies
from tests.acceptance.test_sealed_log import copied, sealed
from tests.fixtures.collector import Collector, collector
from tests.fixtures.forked import run_forked
from tests.fixtures.health import health_once
from tests.fixtures.prepared import copy_prepared
from tests.fixtures.process import COMMAND, COMMAND_S_MAX, ServerProcess, environment_of
from tests.fixtures.time_stamps import Authority, authority
from tests.fixtures.witnesses import key_of, witness

SIGNED_WITHIN_S = 120
"""Who was too busy when it started asks again after a minute."""


async def cosigned(server: ServerProcess, key: str, size: int) -> Head:
    """The last head that the witness has signed, once it is so large."""
    path = server.data_dir / "trail" / "1" / "cosigned"
    async with asyncio.timeout(SIGNED_WITHIN_S):
        while True:
            notes = path.read_text().split(HEAD_END)[:-1] if path.exists() else []
            heads = [parse_head(parse_note(note).text) for note in notes]
            if heads and heads[-1].size >= size:
                assert is_signed(parse_note(notes[-1]), parse_key(key), verifies)
                return heads[-1]
            await asyncio.sleep(0.1)


async def stamped(server: ServerProcess, tsa: Authority) -> None:
    """A head is stamped by the authority, as its own program finds."""
    folder = server.data_dir / "trail" / "1"
    async with asyncio.timeout(SIGNED_WITHIN_S):
        while not (folder / "stamped").exists():  # noqa: ASYNC110  # a file that another process writes
            await asyncio.sleep(0.1)
    note = (folder / "stamped").read_text().split(HEAD_END)[0]
    size = parse_head(parse_note(note).text).size
    digest = hashlib.sha256(note.encode()).hexdigest()
    assert await asyncio.to_thread(tsa.is_true, folder / "stamps" / f"{size}.tsr", digest)


async def streamed(siem: Collector, upto: Head) -> None:
    """Every entry has gone to the collector once, also those of before it was started again."""
    async with asyncio.timeout(SIGNED_WITHIN_S):
        while not siem.lines or siem.lines[-1]["number"] + 1 < upto.size:  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.1)
    assert [line["number"] for line in siem.lines] == list(range(len(siem.lines)))
    assert {line["entry"]["kind"] for line in siem.lines if line["entry"] is not None} >= {"change", "person"}


async def test_two_installations_witness_each_other(tmp_path: Path) -> None:
    """Each signs the other's heads. The whole data directory of one is put back as it was: it says so, signs
    no head any more, and still takes changes."""
    one, other = (ServerProcess(copy_prepared(tmp_path / name), forked=True) for name in ("one", "other"))
    try:
        await each_signs(one, other, tmp_path)
    finally:
        await asyncio.gather(asyncio.to_thread(one.sweep), asyncio.to_thread(other.sweep))


async def each_signs(one: ServerProcess, other: ServerProcess, tmp_path: Path) -> None:
    with (
        witness(tmp_path / "of-one", key_of(other)) as (key_of_one, at_one),
        witness(tmp_path / "of-other", key_of(one)) as (key_of_other, at_other),
        authority(tmp_path / "authority") as tsa,
        collector() as siem,
    ):
        one.settings["SERTANTAI_AUDIT_STREAM_URL"] = siem.url
        one.settings["SERTANTAI_AUDIT_TSA_URL"] = tsa.url
        one.settings["SERTANTAI_AUDIT_WITNESS_URLS"] = json.dumps([f"{key_of_other} {at_other}"])
        other.settings["SERTANTAI_AUDIT_WITNESS_URLS"] = json.dumps([f"{key_of_one} {at_one}"])
        shown = run_forked(
            [COMMAND, "witness", "key", "--data-dir", str(tmp_path / "of-one")],
            environment_of({}),
            seconds_max=COMMAND_S_MAX,
        )
        assert shown.stdout.strip() == key_of_one
        await copied(one.data_dir, tmp_path / "before")
        await asyncio.gather(one.start_async(), other.start_async())
        for server, key in ((one, key_of_other), (other, key_of_one)):
            async with await server.register() as person:
                for law in (await person.get("/records", limit=16))["items"]:  # more than a start tells
                    await person.select(law["id"])
                await cosigned(server, key, 1)
                await sealed(server, 16)
                page = (await person.http.get(f"{server.url}/audit/proof")).text
                assert f"{key.partition('+')[0]}</strong>, a witness elsewhere, has signed" in page
        await one.restart_async()  # with all that is sealed it asks before its first head
        last = await cosigned(one, key_of_other, 16)
        await stamped(one, tsa)
        await streamed(siem, last)
        await asyncio.to_thread(one.terminate)
        await asyncio.to_thread(subprocess.run, ["rm", "-rf", str(one.data_dir)], check=True)
        await copied(tmp_path / "before", one.data_dir)
        await one.start_async()
        async with await one.register() as person, one.client() as http:
            [law] = (await person.get("/records", limit=1))["items"]
            await person.select(law["id"])
            told = one.security_event("trail_differs")
            assert told["severity"] == "danger"
            assert re.search(r"has signed \d+ entries, and here are \d+\b", told["details"]["reason"])
            await health_once(http, lambda said: said.json()["checks"]["trail"]["status"] == "degraded")
            head = parse_head(parse_note((await http.get("/trail/checkpoint")).text).text)
            assert head.size < last.size
