"""What a stranger can send, open or make the server remember ends at a bound."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sertantai.core.cursors import CURSOR_CHARS_MAX, LIMIT_MAX, decode_cursor, encode_cursor
from sertantai.core.errors import InvalidInput
from sertantai.http import aside
from sertantai.http.bodies import ALL_BYTES_MAX, ONE_BYTES_MAX, BodiesFull, BodyRoom
from sertantai.http.client_address import FORWARDED_HOPS_MAX, TrustedProxies
from sertantai.http.limits.limit_windows import KEYS_MAX, Allowance, LocalWindows
from sertantai.http.limits.network_keys import KEPT_MAX, address_keys
from sertantai.http.pages import time_zone
from sertantai.http.pages.notices import CHARACTERS_MAX, NOTICE_COOKIE, Notices
from sertantai.http.pages.time_zone import ZONE_CHARACTERS_MAX
from sertantai.http.pagination import parse_limit
from sertantai.http.protocol.connections import (
    PER_ADDRESS_MAX,
    REFUSED_AT_ONCE_MAX,
    SPARE_DESCRIPTORS,
    SPARE_FRACTION_MAX,
    Admitted,
    Connections,
    room_for_connections,
)
from sertantai.http.protocol.http_protocol import LINGER_BYTES_MAX, BoundedHttp


def test_one_sender_has_a_part_of_the_room_and_all_have_the_rest() -> None:
    room = BodyRoom()
    room.take("ann", ONE_BYTES_MAX)
    with pytest.raises(BodiesFull) as refused:
        room.take("ann", 1)
    assert refused.value.retry_after_s
    for number in range(1, ALL_BYTES_MAX // ONE_BYTES_MAX):
        room.take(f"another {number}", ONE_BYTES_MAX)
    assert room.bytes == ALL_BYTES_MAX
    with pytest.raises(BodiesFull):
        room.take("somebody else", 1)
    room.give_back("ann", 1)
    room.take("somebody else", 1)


def test_an_address_has_so_many_connections_and_the_next_one_still_gets_in() -> None:
    connections = Connections()
    admitted = [connections.admit("192.0.2.1") for _ in range(PER_ADDRESS_MAX + 1)]
    assert admitted == [Admitted.YES] * PER_ADDRESS_MAX + [Admitted.NO]
    assert connections.admit("192.0.2.2") is Admitted.YES
    connections.leave("192.0.2.1")
    assert connections.admit("192.0.2.1") is Admitted.YES


def test_so_many_are_told_why_they_are_refused_and_the_others_are_hung_up_on() -> None:
    connections = Connections(connections_max=1)
    connections.admit("192.0.2.1")
    connections.refused = REFUSED_AT_ONCE_MAX - 1
    assert connections.admit("192.0.2.2") is Admitted.NO
    connections.refused += 1
    assert connections.admit("192.0.2.2") is Admitted.NOT_EVEN_TOLD


def test_some_descriptors_are_kept_for_files_but_never_most_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for descriptors in (100, 100_000):
        monkeypatch.setattr("resource.getrlimit", lambda _which, soft=descriptors: (soft, soft))
        spare = min(SPARE_DESCRIPTORS, int(descriptors * SPARE_FRACTION_MAX))
        assert room_for_connections(1_000_000) == descriptors - spare
    assert room_for_connections(10) == 10


def test_of_a_long_chain_of_proxies_the_nearest_hops_are_read() -> None:
    proxies = TrustedProxies(["10.0.0.0/8"])
    ours = ", ".join(["10.0.0.1"] * (FORWARDED_HOPS_MAX - 1))
    assert proxies.client_address("10.0.0.9", f"192.0.2.1, {ours}") == "192.0.2.1"
    assert proxies.client_address("10.0.0.9", f"192.0.2.1, 10.0.0.1, {ours}") == "10.0.0.1"


def test_so_many_keys_are_counted_and_the_oldest_is_forgotten_first() -> None:
    assert LocalWindows()._keys_max == KEYS_MAX
    windows, allowance = LocalWindows(keys_max=3), Allowance("pages", 1, 60)
    for number in range(100):
        windows.count(allowance, f"key {number}", 1, 0.0)
        assert len(windows) <= 3
    assert not windows.count(allowance, "key 99", 1, 1.0).is_within
    assert windows.count(allowance, "key 0", 1, 1.0).is_within


def test_the_networks_of_so_many_addresses_are_remembered() -> None:
    for number in range(KEPT_MAX + 10):
        address_keys(f"198.51.{number // 256}.{number % 256}")
    assert address_keys.cache_info().currsize == KEPT_MAX


@pytest.mark.parametrize(
    ("most", "ask"),
    [
        (LIMIT_MAX, parse_limit),
        (LIMIT_MAX, lambda n: parse_limit(str(n))),
    ],
)
def test_a_page_holds_so_many_and_no_more(most: int, ask: Callable[[Any], int]) -> None:
    assert ask(most) == most
    for wrong in (most + 1, 0):
        with pytest.raises(InvalidInput) as refused:
            ask(wrong)
        assert refused.value.field == "limit"


def test_a_zone_has_a_short_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A longer one is no zone's, and is not looked for in the file system."""
    looked_for: list[str] = []
    monkeypatch.setattr(time_zone, "_zone", looked_for.append)
    for characters in (ZONE_CHARACTERS_MAX, ZONE_CHARACTERS_MAX + 1):
        time_zone.zone_named("Z" * characters)
    assert looked_for == ["Z" * ZONE_CHARACTERS_MAX]


def test_what_the_next_page_says_is_cut_and_a_longer_cookie_is_not_read() -> None:
    notices = Notices(b"secret", secure_cookies=False)
    for characters in (CHARACTERS_MAX, CHARACTERS_MAX + 1):
        notice = notices.read(browser(notices.cookie("é" * characters, "info").value))
        assert notice is not None
        assert notice.text == "é" * CHARACTERS_MAX
    assert notices.read(browser("A" * 100_000)) is None


def browser(cookie: str | None) -> Any:
    return cast("Any", SimpleNamespace(cookies={NOTICE_COOKIE: cookie}))


def test_a_longer_cursor_than_any_of_ours_is_not_unpacked() -> None:
    ours = encode_cursor("laws", ["x" * 1_000])
    assert len(ours) < CURSOR_CHARS_MAX
    with pytest.raises(InvalidInput, match="longer than any"):
        decode_cursor("A" * (CURSOR_CHARS_MAX + 1), "laws")


async def test_so_many_wait_for_long_work_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aside, "_inside", aside.AT_ONCE + aside.WAITING_MAX - 1)
    assert await aside.aside(lambda: "done") == "done"
    monkeypatch.setattr(aside, "_inside", aside.AT_ONCE + aside.WAITING_MAX)
    with pytest.raises(aside.TooMuchAside) as refused:
        await aside.aside(lambda: "done")
    assert refused.value.retry_after_s


def test_who_is_refused_and_goes_on_sending_is_hung_up_on_at_last() -> None:
    aborted: list[int] = []
    protocol = BoundedHttp.__new__(BoundedHttp)  # what is asked here needs no server behind it
    protocol._refused, protocol._lingered_bytes = True, 0
    protocol.transport = cast("Any", SimpleNamespace(abort=lambda: aborted.append(1)))
    protocol.data_received(b"x" * LINGER_BYTES_MAX)
    assert aborted == []
    protocol.data_received(b"x")
    assert aborted == [1]
