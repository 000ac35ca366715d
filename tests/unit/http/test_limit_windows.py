"""Counting in fixed windows, in bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from sertantai.http.limits.limit_windows import Allowance, LocalWindows

THREE = Allowance("changes", 3, 60)


def test_what_is_within_the_allowance_passes_and_what_is_beyond_does_not() -> None:
    windows = LocalWindows()
    answers = [windows.count(THREE, "anna", 1, 0.0).is_within for _ in range(5)]
    assert answers == [True, True, True, False, False]


def test_a_window_starts_anew_after_its_period_and_says_when() -> None:
    windows = LocalWindows()
    windows.count(THREE, "anna", 3, 10.0)
    refused = windows.count(THREE, "anna", 1, 69.0)
    assert (refused.is_within, refused.renews_in_s) == (False, 1.0)
    assert windows.count(THREE, "anna", 1, 70.0).left == 2


def test_users_and_allowances_do_not_share_a_window() -> None:
    windows = LocalWindows()
    windows.count(THREE, "anna", 3, 0.0)
    assert windows.count(THREE, "ben", 3, 0.0).is_within
    assert windows.count(Allowance("reads", 3, 60), "anna", 3, 0.0).is_within


def test_a_refused_cost_uses_up_nothing() -> None:
    windows = LocalWindows()
    windows.count(THREE, "anna", 2, 0.0)
    assert not windows.count(THREE, "anna", 2, 0.0).is_within
    assert windows.count(THREE, "anna", 1, 0.0).is_within


def test_ended_windows_leave_memory_while_others_are_counted() -> None:
    windows = LocalWindows()
    for number in range(1_000):
        windows.count(THREE, f"once-{number}", 1, 0.0)
    for number in range(1_000):
        windows.count(THREE, f"later-{number}", 1, 61.0)
    assert len(windows) <= 1_000


def test_a_window_that_is_not_over_is_kept_while_there_is_room() -> None:
    windows = LocalWindows()
    for whose in ("anna", "ben", "cai", "dee"):
        windows.count(THREE, whose, 2, 0.0)
    assert len(windows) == 4
    assert windows.count(THREE, "anna", 0, 59.0).left == 1


def test_a_window_that_opens_anew_is_the_last_to_go_where_there_are_too_many() -> None:
    windows = LocalWindows(keys_max=10)
    short = Allowance("short", 3, 1)
    windows.count(short, "anna", 1, 0.0)
    windows.count(THREE, "ben", 1, 0.5)
    windows.count(short, "anna", 3, 2.0)
    for number in range(9):
        windows.count(THREE, str(number), 1, 2.0)
    assert windows.count(short, "anna", 0, 2.5).left == 0


def test_memory_is_bounded_however_many_come_at_once() -> None:
    windows = LocalWindows(keys_max=100)
    for number in range(10_000):
        windows.count(THREE, str(number), 1, 0.0)
    assert len(windows) <= 100


@given(st.lists(st.tuples(st.integers(1, 5), st.floats(0, 30))))
def test_no_window_ever_lets_more_through_than_its_allowance(uses: list[tuple[int, float]]) -> None:
    windows, now, opened_at, passed = LocalWindows(), 0.0, None, 0
    for cost, pause in uses:
        now += pause
        if opened_at is None or now >= opened_at + THREE.period_s:
            opened_at, passed = now, 0
        if windows.count(THREE, "anna", cost, now).is_within:
            passed += cost
        assert passed <= THREE.amount
