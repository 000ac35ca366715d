"""What is used of the loop's time is charged afterwards, owed where it was too much, and worked off."""

from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.clock import ManualClock
from sertantai.http.limits.limit_windows import Allowance
from sertantai.http.limits.work_budgets import OWED_TIMES_MAX, Buckets

ALLOWANCE = Allowance("work-user", 100, 10)
MS_A_SECOND = 10.0


def test_what_is_used_comes_back_as_time_goes_by() -> None:
    clock = ManualClock()
    bucket = Buckets(clock.monotonic).of(ALLOWANCE, "anna")
    bucket.add(99, 0.0)
    assert (bucket.use(0.0).is_within, bucket.use(0.0).left) == (True, 1)
    bucket.add(21, 0.0)
    assert (bucket.use(0.0).is_within, bucket.use(0.0).renews_in_s) == (False, 2.0)
    assert bucket.use(2.5).is_within
    assert bucket.use(12.0).left == 100


def test_what_is_owed_has_an_end() -> None:
    bucket = Buckets(ManualClock().monotonic).of(ALLOWANCE, "anna")
    bucket.add(1_000_000, 0.0)
    assert bucket.use(0.0).renews_in_s == (OWED_TIMES_MAX - 1) * ALLOWANCE.period_s


@given(st.lists(st.tuples(st.floats(0.1, 80), st.floats(0, 8)), max_size=60))
def test_nobody_gets_more_than_the_share_and_what_was_let_in_last(asked: list[tuple[float, float]]) -> None:
    clock = ManualClock()
    bucket = Buckets(clock.monotonic).of(ALLOWANCE, "anna")
    had = 0.0
    for cost, pause in asked:
        clock.advance(pause)
        if bucket.use(clock.monotonic()).is_within:
            bucket.add(cost, clock.monotonic())
            had += cost
        assert had <= ALLOWANCE.amount + clock.monotonic() * MS_A_SECOND + 80 + 1e-6


def test_memory_is_bounded_and_empty_ones_are_forgotten_first() -> None:
    clock = ManualClock()
    buckets = Buckets(clock.monotonic, keys_max=50, empty_kept=5)
    owing = buckets.of(ALLOWANCE, "owing")
    owing.add(500, clock.monotonic())
    for number in range(1_000):
        buckets.of(ALLOWANCE, f"a stranger {number}")
    assert len(buckets) <= 50
    assert buckets.of(ALLOWANCE, "owing") is owing
    for number in range(1_000):
        buckets.of(ALLOWANCE, f"another {number}").add(50, clock.monotonic())
    assert len(buckets) <= 50


def test_whoever_was_forgotten_while_a_request_went_on_is_charged_all_the_same() -> None:
    clock = ManualClock()
    buckets = Buckets(clock.monotonic, empty_kept=2)
    at_hand = buckets.of(ALLOWANCE, "anna")
    for number in range(3):
        buckets.of(ALLOWANCE, f"a stranger {number}")
    assert not at_hand.is_known
    buckets.now_of(at_hand).add(150, clock.monotonic())
    assert not buckets.of(ALLOWANCE, "anna").use(clock.monotonic()).is_within
