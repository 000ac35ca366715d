"""What is believed of a clock before anything is destroyed by it."""

from hypothesis import given
from hypothesis import strategies as st

from sertantai.core.lasting.settled_time import CONFIRMED_AFTER_S, Settled, advance

YEARS_S = 730 * 86_400.0
HOUR_S = 3600.0


def test_time_that_passes_is_believed_at_once() -> None:
    assert advance(Settled(1000.0), 1600.0, 600.0) == Settled(1600.0)


def test_a_clock_that_goes_ahead_is_believed_a_day_later() -> None:
    known, wall = Settled(0.0), YEARS_S
    known = advance(known, wall, 0.0)
    for _ in range(23):
        wall += HOUR_S
        known = advance(known, wall, HOUR_S)
        assert known.at <= CONFIRMED_AFTER_S
    wall += HOUR_S
    assert advance(known, wall, HOUR_S).at == wall


def test_a_clock_that_is_put_right_in_time_has_done_nothing() -> None:
    known = advance(Settled(0.0), YEARS_S, 0.0)
    known = advance(known, HOUR_S, HOUR_S)
    assert known == Settled(HOUR_S)
    assert advance(known, YEARS_S, 0.0).waited_s == 0, "another step waits for a day of its own"


def test_restarts_do_not_make_it_believed_sooner() -> None:
    known = Settled(0.0)
    for _ in range(1000):
        known = advance(known, YEARS_S, 0.0)
    assert known.at == 0


def test_a_clock_that_steps_back_is_believed_at_once() -> None:
    assert advance(Settled(YEARS_S), 5.0, 1.0) == Settled(5.0)


@given(st.lists(st.tuples(st.floats(0, 1e9), st.floats(0, HOUR_S)), max_size=40))
def test_no_more_than_what_passed_is_ever_believed_within_a_day(readings: list[tuple[float, float]]) -> None:
    known, passed = Settled(0.0), 0.0
    for wall, elapsed in readings:
        passed += elapsed
        known = advance(known, wall, elapsed)
        assert known.at <= wall
        if passed < CONFIRMED_AFTER_S:
            assert known.at <= passed + 1e-3
