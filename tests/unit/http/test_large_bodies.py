"""A long JSON text is read beside the event loop, and as any other."""

import json
import threading
from typing import Any

import pytest
from litestar.serialization import decode_json
from litestar.testing import TestClient

from sertantai.http import large_bodies
from tests.unit.http.application import application

LONG = "x" * large_bodies.AT_HAND_BYTES_MAX
SENDER = {"content-type": "application/json", "x-test-role": "user"}
"""Strangers may send nothing so long."""


@pytest.fixture
def readers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The threads that read long texts."""
    threads: list[str] = []
    decode = decode_json

    def noted(body: bytes, **named: Any) -> Any:
        threads.append(threading.current_thread().name)
        return decode(body, **named)

    monkeypatch.setattr(large_bodies, "decode_json", noted)
    return threads


def sent(body: bytes) -> Any:
    with TestClient(application()) as client:
        return client.post("/api/v1/wishes", content=body, headers=SENDER)


@pytest.mark.parametrize(("name", "beside"), [("short", 0), (LONG, 1)])
def test_a_body_is_read_beside_the_loop_if_it_is_long(readers: list[str], name: str, beside: int) -> None:
    answer = sent(json.dumps({"name": name}).encode())
    assert (answer.status_code, answer.json()["name"]) == (201, name)
    assert len(readers) == beside
    assert all(thread.startswith("aside") for thread in readers)


@pytest.mark.parametrize("filler", ["", LONG])
def test_what_is_no_json_is_refused_alike(filler: str) -> None:
    answer = sent(f'{{"name": "{filler}", '.encode())
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_input")
