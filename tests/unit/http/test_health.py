"""Health says the truth, and says it also when a probe fails."""

import asyncio
from threading import get_ident
from typing import Any

import httpx
import pytest
from litestar import Litestar

from sertantai.http import health, openapi
from sertantai.http.health import Health, Probe, ProbeResult, ReadinessLately, readiness
from sertantai.http.openapi import document_of
from tests.unit.http.application import application, client
from tests.unit.http.settings import Options


def probe(status: Health, worst: Health = Health.DOWN) -> Probe:
    async def ask() -> ProbeResult:
        return ProbeResult(status, "found", {"waiting_operations": 3})

    return Probe(f"part_{status}", ask, worst)


@pytest.mark.parametrize(
    ("probes", "status", "said"),
    [
        ([], 200, "ok"),
        ([probe(Health.OK), probe(Health.DEGRADED)], 200, "degraded"),
        ([probe(Health.OK), probe(Health.DOWN)], 503, "down"),
        ([probe(Health.DOWN, worst=Health.DEGRADED)], 200, "degraded"),
    ],
)
def test_readiness_is_that_of_the_worst_part(probes: list[Probe], status: int, said: str) -> None:
    with client(probes=probes) as web:
        answer = web.get("/health/ready")
    assert (answer.status_code, answer.json()["status"]) == (status, said)
    assert len(answer.json()["checks"]) == len(probes)


async def test_a_probe_that_fails_or_hangs_counts_as_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PROBE_TIMEOUT_S", 0.01)

    async def hang() -> ProbeResult:
        await asyncio.Event().wait()
        raise AssertionError

    async def fail() -> ProbeResult:
        raise RuntimeError("broken")

    found = await readiness([Probe("hangs", hang), Probe("fails", fail)])
    assert {check.status for check in found.checks.values()} == {Health.DOWN}


async def test_however_many_ask_at_once_the_probes_are_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Anybody may ask; a flood must not keep the database busy."""
    asked = 0

    async def count() -> ProbeResult:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return ProbeResult(Health.OK)

    monkeypatch.setattr(health, "GOOD_FOR_S", 3_600.0)  # a busy machine may take longer than it is
    lately = ReadinessLately([Probe("counted", count)])
    answers = await asyncio.gather(*(lately.get() for _ in range(100)))
    assert {answer.status for answer in answers} == {Health.OK}
    await lately.get()
    assert asked == 1
    monkeypatch.setattr(health, "GOOD_FOR_S", -1.0)
    await lately.get()
    assert asked == 2


def test_liveness_metrics_and_the_api_document_are_served_where_they_are_promised() -> None:
    with client() as web:
        assert web.get("/health/live").json() == {"status": "ok"}
        assert web.get("/metrics").headers["content-type"].startswith("text/plain")
        document = web.get("/openapi.json").json()
        assert web.get("/api/v1/openapi.json").json() == document
    assert "/api/v1/wishes" in document["paths"]
    assert [path for path in document["paths"] if not path.startswith("/api/v1")] == []


async def test_the_api_document_is_made_once_and_keeps_nobody_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made_by = []

    def made(app: Litestar) -> bytes:
        made_by.append(get_ident())
        return document_of(app)

    monkeypatch.setattr(openapi, "document_of", made)
    transport = httpx.ASGITransport(app=application())  # type: ignore[arg-type]  # as above
    async with httpx.AsyncClient(transport=transport, base_url="http://x.test") as web:
        answers = await asyncio.gather(*(web.get("/openapi.json") for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert len(made_by) == 1
    assert made_by[0] != get_ident(), "a thread beside the event loop makes it"


@pytest.mark.parametrize(
    ("access", "host", "role", "status"),
    [
        ("everybody", "192.0.2.1", None, 200),
        ("local", "127.0.0.1", None, 200),
        ("local", "192.0.2.1", None, 403),
        ("local", "192.0.2.1", "admin", 200),
        ("admin", "127.0.0.1", None, 403),
        ("admin", "127.0.0.1", "user", 403),
    ],
)
async def test_metrics_are_open_to_whom_the_setting_says(
    access: str, host: str, role: str | None, status: int
) -> None:
    app: Any = application(Options(metrics_access=access))
    transport = httpx.ASGITransport(app, client=(host, 1))
    headers = {} if role is None else {"x-test-role": role}
    async with httpx.AsyncClient(transport=transport, base_url="http://sertantai.test") as asked:
        assert (await asked.get("/metrics", headers=headers)).status_code == status


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
async def test_a_proxy_on_this_machine_is_not_taken_for_the_machine_itself(header: str) -> None:
    """Nobody has told us to trust it; else the client's address would stand where its own does."""
    app: Any = application(Options(metrics_access="local"))
    transport = httpx.ASGITransport(app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://sertantai.test") as asked:
        assert (await asked.get("/metrics", headers={header: "127.0.0.1"})).status_code == 403
