"""Guessing gets slow, by account and by address; nobody is locked out for good, least of all by others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sertantai.accounts.sign_in import address_block
from sertantai.accounts.throttling.throttle import (
    NONE,
    Key,
    KeyKind,
    SignInThrottle,
    ThrottleRules,
    after_failure,
    delay_s,
)

RULES = ThrottleRules(free=3, delay_s=2.0, delay_s_max=60.0, forgotten_after_s=3600.0)
MANY = ThrottleRules(free=10, delay_s=2.0, delay_s_max=60.0, forgotten_after_s=3600.0)
RULES_OF = {KeyKind.ACCOUNT: RULES, KeyKind.KNOWN: RULES, KeyKind.ADDRESS: MANY}

HOME, CAFE, BOTNET = "192.0.2.1", "192.0.2.2", "198.51.100."


class World:
    """One throttle, and people who try their passwords."""

    def __init__(self, keys_max: int = 1_000) -> None:
        self.throttle = SignInThrottle(RULES_OF, keys_max=keys_max)
        self.now = 1_000.0

    def attempt(
        self, account: str, address: str | None = HOME, *, right: bool, device: str | None = None
    ) -> float:
        """How long the try must wait; 0: it was made, and was right or wrong."""
        keys = self.throttle.keys(account, address, device)
        wait = self.throttle.begin(keys, self.now)
        if wait <= 0:
            if right:
                self.throttle.succeeded(keys, account, address)
            else:
                self.throttle.failed(keys, self.now)
        return wait

    def fail_until_delayed(self, account: str, address: str = HOME) -> float:
        for _ in range(1_000):
            if (wait := self.attempt(account, address, right=False)) > 0:
                return wait
        raise AssertionError("never delayed")


def test_the_first_failures_are_free_and_then_the_wait_doubles_up_to_a_bound() -> None:
    assert [delay_s(failures, RULES) for failures in range(10)] == [0, 0, 0, 2, 4, 8, 16, 32, 60, 60]


def test_a_try_that_comes_too_early_is_refused_and_counts_for_nothing() -> None:
    world = World()
    first = world.fail_until_delayed("ann")
    for _ in range(100):
        assert world.attempt("ann", right=False) == first
    world.now += first
    assert world.attempt("ann", right=True) == 0


def test_the_right_password_is_refused_too_while_it_is_too_early() -> None:
    world = World()
    wait = world.fail_until_delayed("ann")
    assert world.attempt("ann", right=True) == wait > 0


def test_success_clears_the_account() -> None:
    world = World()
    for _ in range(RULES.free - 1):
        world.attempt("ann", right=False)
    world.attempt("ann", right=True)
    assert world.attempt("ann", right=False) == 0
    assert world.attempt("ann", right=False) == 0


def test_failures_are_forgotten_in_time() -> None:
    world = World()
    world.fail_until_delayed("ann")
    world.now += RULES.forgotten_after_s
    assert world.attempt("ann", right=False) == 0
    assert world.attempt("ann", right=False) == 0


def test_a_hundred_tries_at_once_are_not_a_hundred_free_ones() -> None:
    world = World()
    keys = world.throttle.keys("ann", HOME, None)
    admitted = sum(world.throttle.begin(keys, world.now) <= 0 for _ in range(100))
    assert admitted == RULES.free


def test_one_address_that_tries_many_accounts_is_slowed_down() -> None:
    world = World()
    waits = [world.attempt(f"user{number}", right=False) for number in range(MANY.free + 1)]
    assert waits[: MANY.free] == [0] * MANY.free
    assert waits[MANY.free] > 0


def test_an_account_of_ones_own_does_not_clear_the_address() -> None:
    world = World()
    for number in range(MANY.free - 1):
        world.attempt(f"user{number}", right=False)
        world.attempt("mine", right=True)
    world.attempt("victim", right=False)
    assert world.attempt("another victim", right=False) > 0


def test_many_addresses_that_try_one_account_are_slowed_down_together() -> None:
    world = World()
    waits = [world.attempt("ann", f"{BOTNET}{number}", right=False) for number in range(RULES.free + 1)]
    assert waits[-1] > 0


def test_an_attack_from_elsewhere_does_not_keep_the_owner_out() -> None:
    world = World()
    assert world.attempt("ann", HOME, right=True) == 0
    for number in range(200):
        world.attempt("ann", f"{BOTNET}{number}", right=False)
        world.now += 1
    assert world.attempt("ann", "203.0.113.9", right=True) > 0, "a stranger must wait"
    assert world.attempt("ann", HOME, right=True) == 0, "where she was before, she need not"
    assert world.attempt("ann", CAFE, right=True, device="her browser") == 0, "nor with her browser"


def test_a_known_place_has_its_own_count() -> None:
    world = World()
    world.attempt("ann", HOME, right=True)
    assert world.fail_until_delayed("ann", HOME) > 0
    assert world.attempt("ann", CAFE, right=True) == 0


def test_nobody_ever_waits_longer_than_the_bound() -> None:
    world = World()
    for _ in range(50):
        wait = world.fail_until_delayed("ann")
        assert wait <= RULES.delay_s_max
        world.now += wait
    assert world.attempt("ann", right=True) == 0


def test_the_owner_of_the_mailbox_is_let_in() -> None:
    world = World()
    for number in range(RULES.free):
        world.attempt("ann", f"{BOTNET}{number}", right=False)
    assert world.attempt("ann", HOME, right=True) > 0
    world.throttle.forgive("ann")
    assert world.attempt("ann", HOME, right=True) == 0


def test_a_try_that_came_to_no_answer_counts_for_nothing() -> None:
    world = World()
    for _ in range(20):
        keys = world.throttle.keys("ann", HOME, None)
        assert world.throttle.begin(keys, world.now) <= 0
        world.throttle.undecided(keys)


def test_no_answer_does_not_lift_the_delay_that_failures_earned() -> None:
    world = World()
    keys = world.throttle.keys("ann", None, None)
    for _ in range(RULES.free):
        world.throttle.begin(keys, world.now)
    assert world.throttle.wait_s(keys, world.now) > 0
    world.now += 2
    world.throttle.begin(keys, world.now)
    world.throttle.undecided(keys)
    assert world.throttle.wait_s(keys, world.now) > 0


def test_memory_is_bounded() -> None:
    world = World(keys_max=100)
    for number in range(1_000):
        world.attempt(f"user{number}", None, right=False)
    assert len(world.throttle) == 100


def test_administrators_see_who_must_wait() -> None:
    world = World()
    world.fail_until_delayed("ann")
    ((key, wait),) = world.throttle.waiting(world.now)
    assert (key, wait > 0) == (Key(KeyKind.ACCOUNT, "ann"), True)
    assert world.throttle.waiting(world.now + 60) == []


@given(st.lists(st.floats(min_value=0, max_value=10_000), max_size=60))
def test_the_delay_is_bounded_and_begins_now_whenever_failures_come(pauses: list[float]) -> None:
    state, now = NONE, 0.0
    for pause in pauses:
        now += pause
        state = after_failure(state, RULES, now)
        assert now <= state.blocked_until <= now + RULES.delay_s_max
        assert state.count >= 1


@pytest.mark.parametrize(
    ("ip", "block"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        (None, None),
    ],
)
def test_addresses_of_one_ipv6_customer_are_one(ip: str | None, block: str | None) -> None:
    assert address_block(ip) == block
