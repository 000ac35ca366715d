"""What doctor says about those who remember the sealed log elsewhere: real ones, and nobody at all."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from sertantai.cli import memory_checks
from sertantai.cli.health_checks import Finding, Verdict
from sertantai.cli.memory_checks import NOBODY, OLD_S, examine_memories
from sertantai.process.settings import Settings
from sertantai.sealing.log import newest_log
from sertantai.sealing.outside.remembered import WITNESSES_FILE
from sertantai.sealing.outside.stamped import STAMPING_FILE
from sertantai.sealing.outside.stream import STREAMING_FILE
from sertantai.witness.service import Witness
from sertantai.witness.states import FOLDER, States, begin
from tests.fixtures.collector import collector
from tests.fixtures.smtp_sink import SmtpSink
from tests.fixtures.time_stamps import authority

NOWHERE = "http://127.0.0.1:9"
KEY = "witness.example/1"


@asynccontextmanager
async def witness(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Its key, and where it is."""
    cosigner = begin(folder, KEY)
    app: Any = Witness(States(folder / FOLDER), cosigner, [])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, lifespan="off"))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # it tells nobody
        await asyncio.sleep(0)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield str(cosigner.key), f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


async def findings(tmp_path: Path, **settings: Any) -> dict[str, Finding]:
    found = await examine_memories(Settings(data_dir=str(tmp_path), **settings))
    return {one.check: one for one in found}


def written(tmp_path: Path, **files: Any) -> None:
    """What the server remembers of them."""
    folder = newest_log(tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content))


async def test_who_is_named_is_reached_and_answered_last_when_the_log_says(tmp_path: Path) -> None:
    async with witness(tmp_path / "w") as (key, url), SmtpSink().listening() as port:
        with authority(tmp_path / "tsa") as tsa, collector() as siem:
            named = {
                "audit_witness_urls": (f"{key} {url}",),
                "audit_tsa_url": tsa.url,
                "audit_stream_url": siem.url,
                "audit_head_recipients": ("auditor@example.org",),
                "smtp_host": "127.0.0.1",
                "smtp_port": port,
            }
            data = tmp_path / "data"
            first = await findings(data, **named)
            assert {one.verdict for one in first.values()} == {Verdict.OK}, first
            assert first[f"witness {KEY}"].found == "it answers; it has signed nothing yet"
            assert first["time stamps"].found == "it answers; no head is stamped yet"
            assert first["stream"].found == "it answers; it has taken nothing yet; 0 entries taken"
            assert "to 1 addresses, none was written yet" in first["heads by e-mail"].found
            at, old = 1_767_225_600.0, time.time() - OLD_S - 60
            written(
                data,
                **{
                    WITNESSES_FILE: {key: {"asked_since": at, "answered_at": at, "size": 7}},
                    STAMPING_FILE: {"in_vain_since": None, "answered_at": at, "size": 7},
                    STREAMING_FILE: {"next": 1_234, "in_vain_since": old, "answered_at": old},
                },
            )
            (data / "trail" / "mailed").write_text("2026-11-29")
            then = await findings(data, **named)
    assert then[f"witness {KEY}"].verdict is Verdict.WARNING, "it answers doctor, and not the server"
    assert "last on 2026-01-01 00:00 UTC" in then[f"witness {KEY}"].found
    assert then["time stamps"].verdict is Verdict.OK, "nothing was due since"
    assert (then["stream"].verdict, "1,234 entries" in then["stream"].found) == (Verdict.WARNING, True)
    assert "last written on 2026-11-29" in then["heads by e-mail"].found


async def test_who_is_not_there_is_a_warning_that_says_what_it_means(tmp_path: Path) -> None:
    key = str(begin(tmp_path / "w", KEY).key)
    found = await findings(
        tmp_path / "data",
        audit_witness_urls=(f"{key} {NOWHERE}",),
        audit_tsa_url=NOWHERE,
        audit_stream_url=NOWHERE,
        audit_head_recipients=("auditor@example.org",),
        smtp_host="127.0.0.1",
        smtp_port=9,
    )
    assert {one.verdict for one in found.values()} == {Verdict.WARNING}
    assert all(one.advice for one in found.values())
    assert len(found) == 4


async def test_something_else_at_the_address_is_not_taken_for_them(tmp_path: Path) -> None:
    key = str(begin(tmp_path / "w", KEY).key)
    with collector() as other:
        found = await findings(
            tmp_path / "data", audit_witness_urls=(f"{key} {other.url}",), audit_tsa_url=other.url
        )
        assert "is no witness, it answers 200" in found[f"witness {KEY}"].found
        assert "it answers 400" in found["time stamps"].found
        for status, said in ((401, "audit_stream_authorization"), (403, "403"), (404, "404"), (503, "503")):
            other.status = status
            [refused] = (await findings(tmp_path / "data", audit_stream_url=other.url)).values()
            assert (refused.verdict, said in refused.found) == (Verdict.WARNING, True)


async def test_without_the_package_for_time_stamps_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory_checks, "can_stamp", lambda: False)
    [found] = (await findings(tmp_path, audit_tsa_url="https://tsa.example/tsr")).values()
    assert (found.verdict, "sertantai[timestamps]" in found.found) == (Verdict.WARNING, True)


async def test_settings_that_are_none_fail_as_serve_does_and_none_at_all_is_said(tmp_path: Path) -> None:
    for settings in (
        {"audit_witness_urls": ("x",)},
        {"audit_tsa_url": "ftp://x"},
        {"audit_stream_url": "http://siem.example"},
        {"audit_head_recipients": ("auditor@example.org",)},
    ):
        [found] = (await findings(tmp_path, **settings)).values()
        assert (found.verdict, next(iter(settings)) in found.found) == (Verdict.FAILED, True)
    [found] = (await findings(tmp_path)).values()
    assert (found.verdict, found.found) == (Verdict.OK, NOBODY)


async def test_a_mail_server_that_says_nothing_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    assert memory_checks.CONNECT_S_MAX < 60
    monkeypatch.setattr(memory_checks, "CONNECT_S_MAX", 0.0)
    monkeypatch.setattr(asyncio, "open_connection", never)
    [found] = (
        await findings(tmp_path, audit_head_recipients=("auditor@example.org",), smtp_host="mail.example")
    ).values()
    assert (found.verdict, "does not answer" in found.found) == (Verdict.WARNING, True)
