"""A client cannot choose its own address."""

from typing import Any

import httpx
import pytest

from sertantai.http.client_address import AllowedHosts, TrustedProxies
from tests.unit.http.application import application, client
from tests.unit.http.settings import Options


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("10.0.0.2", None, "10.0.0.2"),
        ("10.0.0.2", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.2", "127.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.2", "1.1.1.1, 203.0.113.9, 10.0.0.3", "203.0.113.9"),
        ("10.0.0.2", "10.0.0.9, 10.0.0.3", "10.0.0.9"),
        ("10.0.0.2", "203.0.113.9:4711", "203.0.113.9"),
        ("10.0.0.2", "[2001:db8::1]:4711", "2001:db8::1"),
        ("10.0.0.2", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.2", "::ffff:203.0.113.9", "203.0.113.9"),
        ("10.0.0.2", "fe80::1%eth0", "fe80::1"),
        ("10.0.0.2", "[fe80::1%25eth0]:4711", "fe80::1"),
        ("10.0.0.2", "203.0.113.9, nonsense", "10.0.0.2"),
        ("10.0.0.2", ",".join(["203.0.113.9"] * 100), "203.0.113.9"),
        ("::ffff:10.0.0.2", "203.0.113.9", "203.0.113.9"),
    ],
)
def test_only_what_trusted_proxies_vouch_for_is_believed(
    peer: str, forwarded: str | None, expected: str
) -> None:
    assert TrustedProxies(["10.0.0.0/8"]).client_address(peer, forwarded) == expected


def test_without_configured_proxies_forwarded_headers_are_nothing() -> None:
    with client() as web:
        answer = web.get(
            "/api/v1/address", headers={"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "https"}
        )
    assert answer.json() == {"client": "testclient", "scheme": "http"}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1", "203.0.113.9", "10.0.0.3"], "203.0.113.9"),
        (["203.0.113.9, 10.0.0.4", "10.0.0.3"], "203.0.113.9"),
    ],
)
async def test_lines_of_several_proxies_are_read_as_one(lines: list[str], expected: str) -> None:
    """HAProxy adds a line of its own instead of adding to the client's."""
    app: Any = application(Options(trusted_proxies=("10.0.0.0/8",)))
    transport = httpx.ASGITransport(app, client=("10.0.0.2", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://sertantai.test") as asked:
        answer = await asked.get("/api/v1/address", headers=[("x-forwarded-for", line) for line in lines])
    assert answer.json()["client"] == expected


@pytest.mark.parametrize(
    ("host", "answered"),
    [
        ("laws.example.org", True),
        ("LAWS.example.org:443", True),
        ("a.example.net", True),
        ("example.net", False),
    ],
)
def test_only_named_hosts_are_answered(host: str, answered: bool) -> None:
    assert AllowedHosts(["laws.example.org", "*.example.net"]).includes(host) is answered
    with client(Options(allowed_hosts=("laws.example.org", "*.example.net"))) as web:
        answer = web.get("/health/live", headers={"Host": host})
    assert answer.status_code == (200 if answered else 421)
    assert "content-security-policy" in answer.headers


async def status_at(path: str, *, host: str, peer: str) -> int:
    app: Any = application(Options(allowed_hosts=("laws.example.org",)))
    transport = httpx.ASGITransport(app, client=(peer, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://sertantai.test") as asked:
        return (await asked.get(path, headers={"host": host})).status_code


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000", "[::1]", "localhost"])
@pytest.mark.parametrize(("path", "status"), [("/health/live", 200), ("/metrics", 200), ("/csrf-token", 421)])
async def test_on_the_machine_itself_health_and_metrics_answer_by_address(
    host: str, path: str, status: int
) -> None:
    assert await status_at(path, host=host, peer="127.0.0.1") == status


async def test_from_elsewhere_an_address_is_no_name_of_ours() -> None:
    assert await status_at("/health/live", host="127.0.0.1", peer="192.0.2.1") == 421
    assert await status_at("/health/live", host="elsewhere.example", peer="127.0.0.1") == 421
