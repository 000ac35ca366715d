"""What every answer carries, also those that never reach a handler."""

import gzip
import re

import pytest

from sertantai.http.protocol.security_headers import CONTENT_SECURITY_POLICY
from sertantai.web.page_files import PAGE_FILES
from tests.unit.http.application import client
from tests.unit.http.settings import Options


@pytest.mark.parametrize("path", ["/health/live", "/nothing", "/api/v1/fails/fault", "/pages/away"])
def test_every_answer_tells_the_browser_what_it_may_do(path: str) -> None:
    with client() as web:
        headers = web.get(path, headers={"Accept": "text/html"}).headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "strict-transport-security" not in headers


def test_hsts_is_sent_over_tls_where_it_is_set() -> None:
    with client(Options(hsts_max_age_s=60)) as web:
        web.base_url = "https://testserver.local"
        assert web.get("/health/live").headers["strict-transport-security"].startswith("max-age=60")


@pytest.mark.parametrize("sent", ["short", "has space in it", "x" * 65, 'quote"quote'])
def test_a_harmful_request_id_is_replaced(sent: str) -> None:
    with client() as web:
        given = web.get("/health/live", headers={"X-Request-ID": sent}).headers["x-request-id"]
    assert given != sent
    assert re.fullmatch(r"[0-9a-f]{16}-[0-9]+", given)


def test_long_answers_are_compressed_and_short_ones_are_not() -> None:
    with client() as web:
        long = web.get("/api/v1/long", headers={"Accept-Encoding": "gzip"})
        short = web.get("/health/live", headers={"Accept-Encoding": "gzip"})
        plain = web.get("/api/v1/long", headers={"Accept-Encoding": "identity"})
    assert long.headers["content-encoding"] == "gzip"
    assert int(long.headers.get("content-length", len(long.content))) >= 0
    assert long.json() == plain.json()
    assert "content-encoding" not in short.headers
    assert "content-encoding" not in plain.headers
    assert len(gzip.compress(plain.content)) < len(plain.content)


def test_no_template_holds_what_the_policy_forbids() -> None:
    forbidden = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)
    faults = [
        (path.name, found.group())
        for folder in PAGE_FILES.template_paths
        for path in folder.rglob("*.html")
        for found in forbidden.finditer(path.read_text())
    ]
    assert faults == []
