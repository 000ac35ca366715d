"""The zone that a browser names, and what is no zone."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from litestar import Request, get
from litestar.testing import create_test_client

from sertantai.http.pages.time_zone import ZONE_COOKIE, name_of, reader_zone, zone_named


@pytest.mark.parametrize(
    "name", ["America/Los_Angeles", "Asia/Calcutta", "Etc/GMT+5", "America/Indiana/Knox"]
)
def test_a_zone_is_taken_by_its_name(name: str) -> None:
    assert zone_named(name) == ZoneInfo(name)
    assert name_of(zone_named(name)) == name


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "Nowhere/Atlantis",
            "Etc/Unknown",
            "Europe",
            "Europe/",
            "/Europe/London",
            "leapseconds",
            "zone.tab",
        ),
        *("../etc/passwd", "/etc/passwd", "Europe/../Europe/London", "Europe/London\0", "Europe/London\n"),
        *("é", "a/" * 32, "x" * 9_999, "%2e%2e%2fLondon", "<script>", "..\\London"),
    ],
)
def test_what_is_no_zone_is_utc(name: str) -> None:
    assert zone_named(name) is UTC
    assert name_of(zone_named(name)) == "UTC"


@pytest.mark.parametrize(
    ("cookie", "name"),
    [
        ("America%2FLos_Angeles", "America/Los_Angeles"),
        ("America/Los_Angeles", "America/Los_Angeles"),
        ("Etc%2FGMT%2B5", "Etc/GMT+5"),
        ("%00", "UTC"),
        ("%ff%fe", "UTC"),
        ("Europe%2FLondon%0d%0aset-cookie: x", "UTC"),
    ],
)
def test_a_cookie_names_it(cookie: str, name: str) -> None:
    @get("/", sync_to_thread=False)
    def zone(request: Request[Any, Any, Any]) -> str:
        return name_of(reader_zone(request))

    with create_test_client([zone]) as client:
        assert client.get("/", headers={"cookie": f"other=1; {ZONE_COOKIE}={cookie}"}).text == name
        assert client.get("/").text == "UTC"
