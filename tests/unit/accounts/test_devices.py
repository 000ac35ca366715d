"""A user agent in words."""

import pytest

from sertantai.accounts.sessions.devices import describe_device
from sertantai.web.authentication import bearer_in, cookie_in, user_agent_in

_MOZILLA = "Mozilla/5.0 "
_KIT = "AppleWebKit/537.36 (KHTML, like Gecko) "


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (_MOZILLA + "(X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            _MOZILLA + f"(Windows NT 10.0; Win64; x64) {_KIT}Chrome/140.0.0.0 Safari/537.36",
            "Chrome on Windows",
        ),
        (_MOZILLA + f"(Windows NT 10.0) {_KIT}Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        (_MOZILLA + "(Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15", "Safari on macOS"),
        (
            _MOZILLA + "(iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            _MOZILLA + f"(Linux; Android 15; Pixel 9) {_KIT}Chrome/140.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("curl/8.5.0", "curl"),
        ("python-httpx/0.28.1", "Python (httpx)"),
        ("my own script, version 2", "my own script, version 2"),
        ("", "Unknown device"),
        (None, "Unknown device"),
        ("x" * 400, "x" * 40),
    ],
)
def test_a_device_is_described(user_agent: str | None, words: str) -> None:
    assert describe_device(user_agent) == words


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (b"Bearer abc", "abc"),
        (b"bearer  abc ", "abc"),
        (b"BEARER abc", "abc"),
        (b"Basic abc", None),
        (b"Bearer", None),
        (b"", None),
        (b"Bearer \xff\xfe", None),
    ],
)
def test_the_token_of_an_authorization_header(header: bytes, token: str | None) -> None:
    assert bearer_in(header) == token


@pytest.mark.parametrize(
    ("header", "token"),
    [
        (b"sertantai_session=abc", "abc"),
        (b"a=1; sertantai_session=abc; b=2", "abc"),
        (b"xsertantai_session=abc", None),
        (b"sertantai_session", None),
        (b"a=sertantai_session=abc", None),
        (b"__Host-sertantai_session=abc", None),
        (b"sertantai_session=abc; sertantai_session=planted", None),
        (b"", None),
    ],
)
def test_the_session_among_cookies(header: bytes, token: str | None) -> None:
    assert cookie_in(header, "sertantai_session") == token


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        (b"Mozilla/5.0 (X11; Linux x86_64)", "Mozilla/5.0 (X11; Linux x86_64)"),
        (b"x" * 64_000, "x" * 400),
        (b"a\x00b\x1b[31mc\rd", "ab[31mcd"),
        (b"\xe9", "é"),
        (b"", ""),
    ],
)
def test_what_is_kept_of_a_user_agent_is_short_and_can_be_shown(header: bytes, kept: str) -> None:
    """It stands in each row of the trail: of a bulk operation, 64 KB in each of thousands."""
    assert user_agent_in(header) == kept
