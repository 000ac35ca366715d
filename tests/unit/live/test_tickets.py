"""Tickets: once, for a minute, so many."""

from uuid import UUID

import pytest

from sertantai.core.clock import ManualClock
from sertantai.core.errors import Unavailable
from sertantai.live import tickets
from sertantai.live.screens import Credential
from sertantai.live.tickets import LASTS_S, TICKETS_MAX, TICKETS_PER_USER_MAX, Tickets

ADA, BEN = UUID(int=1), UUID(int=2)
PROOF = Credential("a session's", is_cookie=True)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def kept(clock: ManualClock) -> Tickets:
    return Tickets(clock)


def test_one_is_good_once(kept: Tickets) -> None:
    ticket, _ = kept.make(PROOF, ADA)
    assert kept.take(ticket) == PROOF
    assert kept.take(ticket) is None
    assert kept.take("lt.guessed") is None
    assert not len(kept)


def test_one_is_good_for_a_minute(kept: Tickets, clock: ManualClock) -> None:
    first, until = kept.make(PROOF, ADA)
    late, _ = kept.make(PROOF, ADA)
    assert (until - clock.now()).total_seconds() == LASTS_S == 60
    clock.advance(LASTS_S - 0.001)
    assert kept.take(first) == PROOF
    clock.advance(0.001)
    assert kept.take(late) is None


def test_who_wants_too_many_loses_their_own_oldest(kept: Tickets) -> None:
    other, _ = kept.make(PROOF, BEN)
    made = [kept.make(PROOF, ADA)[0] for _ in range(TICKETS_PER_USER_MAX + 1)]
    assert len(kept) == TICKETS_PER_USER_MAX + 1
    assert kept.take(made[0]) is None
    assert all(kept.take(one) for one in (*made[1:], other))


def test_there_are_only_so_many_and_those_of_before_make_room(
    kept: Tickets, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert TICKETS_MAX == 20_000
    monkeypatch.setattr(tickets, "TICKETS_MAX", 3)
    for number in range(3):
        kept.make(PROOF, UUID(int=number))
    with pytest.raises(Unavailable):
        kept.make(PROOF, ADA)
    clock.advance(LASTS_S)
    kept.make(PROOF, ADA)
    assert len(kept) == 1
