"""Registers as people keep them go to a real server and come back as tables; what is no register does not."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import uuid4

import httpx
import pytest

from sertantai.lists.importing.uploads import UPLOAD_BYTES_MAX
from tests.fixtures.client import PASSWORD, WITHOUT_TLS
from tests.fixtures.process import ServerProcess
from tests.fixtures.registers import ENDINGS, HEADINGS, LINES, SHAPES, RegisterRow, kept_register, register_in

ROWS = 300
PATH = "/imports/tables"


@pytest.fixture(scope="module")
def rows() -> list[RegisterRow]:
    return kept_register(ROWS)


@pytest.fixture
def http(shared_server: ServerProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{shared_server.url}/api/v1", timeout=120, verify=WITHOUT_TLS) as client:
        email = f"{uuid4().hex}@example.org"
        made = client.post("/auth/register", json={"email": email, "password": PASSWORD})
        client.headers["authorization"] = f"Bearer {made.json()['token']}"
        yield client


def sent(http: httpx.Client, content: bytes, name: str, **headers: str) -> httpx.Response:
    return http.post(PATH, params={"name": name}, content=content, headers=headers)


def first_table(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["tables"][0]["rows"]
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_a_register_of_every_shape_comes_back_whole(
    http: httpx.Client, rows: list[RegisterRow], tmp_path: Path, shape: str
) -> None:
    path = tmp_path / f"register.{ENDINGS[shape]}"
    register_in(shape, path, rows)
    found = first_table(sent(http, path.read_bytes(), path.name))
    if shape == LINES:
        assert [row["cells"][0].partition(". ")[2].partition(" – ")[0] for row in found] == [
            row.law.partition(" – ")[0] for row in rows
        ]
        return
    at = next(at for at, row in enumerate(found) if row["cells"] == list(HEADINGS))
    wanted = [
        [str(number), row.law, row.reference, row.note, row.owner, row.review.isoformat()]
        for number, row in enumerate(rows, 1)
    ]
    assert [row["cells"] for row in found[at + 1 :]] == wanted


def test_what_was_pasted_comes_as_json(http: httpx.Client, rows: list[RegisterRow], tmp_path: Path) -> None:
    path = tmp_path / "copied.html"
    register_in("copied", path, rows)
    found = first_table(http.post(PATH, json={"text": "plain", "html": path.read_text(encoding="utf-8")}))
    assert len(found) == ROWS + 1
    assert first_table(http.post(PATH, json={"text": "Noise Act\tEHS"}))[0]["cells"] == ["Noise Act", "EHS"]


def test_a_json_file_is_told_from_what_was_pasted_by_its_name(http: httpx.Client) -> None:
    body = json.dumps([{"text": "Noise Act"}]).encode()
    found = first_table(sent(http, body, "register.json", **{"content-type": "application/json"}))
    assert [row["cells"] for row in found] == [["text"], ["Noise Act"]]


@pytest.mark.parametrize(
    ("content", "headers", "status", "words"),
    [
        (b"%PDF-1.7", {}, 422, "PDF holds pages"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", {}, 422, ".xlsx"),
        (b"", {}, 422, "No file"),
        (b"--b\r\n", {"content-type": "multipart/form-data; boundary=b"}, 422, "not as a form"),
    ],
)
def test_what_is_no_register_is_refused_with_a_sentence(
    http: httpx.Client, content: bytes, headers: dict[str, str], status: int, words: str
) -> None:
    answer = sent(http, content, "register", **headers)
    assert (answer.status_code, answer.json()["field"]) == (status, "file")
    assert words in answer.json()["detail"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"text": 1}', b'{"html": "x"}', b'{"text": "x", "more": 1}', b"\xff"]
)
def test_what_is_pasted_wrongly_is_refused(http: httpx.Client, body: bytes) -> None:
    answer = http.post(PATH, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422, answer.text
    assert answer.json()["detail"]


def test_a_file_that_is_too_large_is_refused_whether_it_says_so_or_not(http: httpx.Client) -> None:
    piece = b"Noise Act\n" * 100_000

    def all_of_it() -> Iterator[bytes]:
        for _ in range(UPLOAD_BYTES_MAX // len(piece) + 1):
            yield piece

    told = sent(http, b"x" * (UPLOAD_BYTES_MAX + 1), "register.csv")
    untold = http.post(PATH, params={"name": "register.csv"}, content=all_of_it())
    for answer in (told, untold):
        assert answer.status_code == 413, answer.text
        assert "20 MB" in answer.json()["detail"]


def test_a_large_file_is_no_large_body(http: httpx.Client) -> None:
    """It is on disk, so that neither the bound on bodies in memory nor that of a repeated request holds."""
    line = "x" * 1_000 + "\n"
    content = (line * 9_000).encode()
    found = first_table(sent(http, content, "register.txt", **{"idempotency-key": uuid4().hex}))
    assert len(found) == 9_000


def test_one_person_has_one_file_read_at_a_time(http: httpx.Client) -> None:
    both = Barrier(2)

    def slowly() -> Iterator[bytes]:
        yield b"Noise Act\n"
        both.wait(60)  # the other is asked while this one arrives
        both.wait(60)  # and this one ends when that is answered
        yield b"Clean Air Act\n"

    with ThreadPoolExecutor(1) as others:
        first = others.submit(http.post, PATH, params={"name": "a.txt"}, content=slowly())
        both.wait(60)
        second = _refused_in_time(http)
        both.wait(60)
        assert len(first_table(first.result())) == 2
    assert (second.status_code, second.json()["code"]) == (429, "one_upload_at_a_time")
    assert second.headers["retry-after"]


def _refused_in_time(http: httpx.Client) -> httpx.Response:
    """Asked until the server has seen the other: its first bytes may still be on their way."""
    for _ in range(200):
        answer = sent(http, b"Noise Act\n", "b.txt")
        if answer.status_code != 200:
            return answer
    raise AssertionError("never refused")


def test_only_somebody_who_has_signed_in_may(shared_server: ServerProcess) -> None:
    answer = httpx.post(f"{shared_server.url}/api/v1{PATH}", content=b"x" * 1_000_000, timeout=60)
    assert answer.status_code == 401
