"""Forms are read within bounds, whatever a stranger sends, and are kept nowhere."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar
from litestar._parsers import parse_url_encoded_form_data
from litestar.testing import TestClient

from sertantai.http.forms import FORM_BYTES_MAX, FORM_FIELDS_MAX, FORM_TYPE
from tests.unit.http.application import client

PROGRAM = {"authorization": "Bearer x"}
"""Spares the tests the CSRF token."""


def send(web: TestClient[Litestar], body: bytes, content_type: str = FORM_TYPE) -> tuple[int, str]:
    answer = web.post("/pages/form", content=body, headers={**PROGRAM, "content-type": content_type})
    return answer.status_code, answer.text


def test_a_form_as_browsers_send_it_is_read() -> None:
    with client() as web:
        assert send(web, b"name=a%26b+c&other=1") == (200, "a&b c")
        assert send(web, b"name=", f"{FORM_TYPE}; charset=UTF-8") == (200, "")
        assert send(web, b"name=first&name=last") == (200, "last")


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=x",
        "multipart/form-data",
        "text/plain",
        "application/json",
        "",
        ";",
        "x",
    ],
)
def test_another_kind_of_body_is_415(content_type: str) -> None:
    with client() as web:
        status, text = send(
            web, b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xff', content_type
        )
    assert status == 415, text


def test_a_form_too_large_or_of_too_many_fields_is_413() -> None:
    with client() as web:
        largest = b"name=".ljust(FORM_BYTES_MAX, b"a")
        assert send(web, largest)[0] == 200
        assert send(web, largest + b"a")[0] == 413
        assert send(web, b"&".join([b"a=1"] * (FORM_FIELDS_MAX + 1)))[0] == 413
        assert send(web, b"&".join([b"a=1"] * FORM_FIELDS_MAX))[0] == 200


@pytest.mark.parametrize("body", [b"name=\xff", b"\xff\xa1{8", b"name=%FF", b"na%C3me=a", b"name=\xc3\x28"])
def test_what_is_not_text_is_no_form(body: bytes) -> None:
    with client() as web:
        status, text = send(web, body)
    assert status == 422, text
    assert "UTF-8" in text


def test_a_form_is_kept_nowhere() -> None:
    """The framework's reader would remember it, with the password in it."""
    before = parse_url_encoded_form_data.cache_info().currsize
    with client() as web:
        send(web, b"name=correct+horse&password=battery+staple")
    assert parse_url_encoded_form_data.cache_info().currsize == before


@pytest.fixture(scope="module")
def web() -> Iterator[TestClient[Litestar]]:
    with client() as opened:
        yield opened


@given(others=st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=20), name=st.text())
def test_what_was_sent_is_what_is_read(web: TestClient[Litestar], others: dict[str, str], name: str) -> None:
    body = urlencode({**others, "name": name}).encode()
    assert send(web, body) == (200, name)


@given(body=st.binary(max_size=300))
def test_no_bytes_break_it(web: TestClient[Litestar], body: bytes) -> None:
    assert send(web, body)[0] in (200, 422)
