"""Failed tries slow down whoever makes them, in all the networks they may have, and nobody beside them."""

import pytest

from sertantai.accounts.sign_in import address_block
from sertantai.accounts.throttling.throttle import KeyKind, SignInThrottle, ThrottleRules

RULES = ThrottleRules(free=5, delay_s=2, delay_s_max=900, forgotten_after_s=3600)
OFFICE = ThrottleRules(free=30, delay_s=2, delay_s_max=900, forgotten_after_s=3600)


def throttle() -> SignInThrottle:
    return SignInThrottle({KeyKind.ACCOUNT: RULES, KeyKind.KNOWN: RULES, KeyKind.ADDRESS: OFFICE})


def guess(one: SignInThrottle, account: str, address: str | None) -> float:
    keys = one.keys(account, address, None)
    wait = one.begin(keys, 0)
    if wait <= 0:
        one.failed(keys, 0)
    return wait


def test_a_known_device_does_not_wait_for_what_others_do_at_its_address() -> None:
    office = throttle()
    for number in range(40):
        guess(office, f"{number}@example.org", "192.0.2.7")
    assert office.wait_s(office.keys("ann@example.org", "192.0.2.7", None), 0) > 0
    assert office.wait_s(office.keys("ann@example.org", "192.0.2.7", "device"), 0) == 0


@pytest.mark.parametrize("place", ["2001:db8:0:{:x}::1", "2001:db8:0:{:x}00::1"])
def test_seventy_blocks_of_one_customer_are_no_seventy_strangers(place: str) -> None:
    one = throttle()
    waits = [guess(one, f"{number}@example.org", address_block(place.format(number))) for number in range(70)]
    assert waits[-1] > 0
    assert one.wait_s(one.keys("ann@example.org", address_block("2001:db8:ffff::1"), None), 0) == 0
