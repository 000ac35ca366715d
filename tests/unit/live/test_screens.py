"""How many may listen: of one person, from one address, and in all; how often; and what the slow are told."""

from uuid import UUID

import pytest
from msgspec.structs import replace

from sertantai.accounts.keys.token_hashes import digest
from sertantai.core.clock import ManualClock
from sertantai.core.errors import RateLimited
from sertantai.core.ids import SessionId
from sertantai.http.protocol.paces import Pace, Paces
from sertantai.live.bounds import (
    IDS_MAX,
    LAGGING_BYTES,
    LONG_POLL_BYTES_MAX,
    PER_ADDRESS_MAX,
    PER_USER_MAX,
    PERSONS_JOINS_AT_ONCE,
    PERSONS_LAWS_AT_ONCE,
    SCREENS_MAX,
    TOPICS_MAX,
)
from sertantai.live.long_poll import LongPoll
from sertantai.live.messages import Written
from sertantai.live.screens import Credential, Screen, Screens, TooManyScreens
from tests.unit.live.people import Sheet, caller, channel, message, screen


def filled(screens: Screens, count: int, ip: str = "192.0.2.1") -> list[Screen]:
    """Each of another person."""
    made = [screen(number, ip)[0] for number in range(count)]
    for one in made:
        screens.add(one)
    return made


def test_so_many_from_one_address_and_no_more() -> None:
    screens = Screens()
    first, *_ = filled(screens, PER_ADDRESS_MAX - 1)
    screens.require_room(caller(-1 % 2**64))
    screens.add(screen(2**64)[0])
    with pytest.raises(RateLimited):
        screens.require_room(caller(2**65))
    screens.require_room(caller(2**65, "192.0.2.2"))
    screens.remove(first)
    screens.remove(first)
    screens.require_room(caller(2**65))
    screens.add(first)
    with pytest.raises(RateLimited):
        screens.require_room(caller(2**65))


def test_of_ipv6_what_one_customer_has_is_one_address() -> None:
    """As connections are counted."""
    screens = Screens(per_address_max=2)
    filled(screens, 1, "2001:db8:1:2::a")
    last = screen(8, "2001:db8:1:2:ffff::b")[0]
    screens.add(last)
    with pytest.raises(RateLimited):
        screens.require_room(caller(9, "2001:db8:1:2::c"))
    screens.require_room(caller(9, "2001:db8:1:3::c"))
    screens.remove(last)
    screens.require_room(caller(9, "2001:db8:1:2::c"))


def test_so_many_of_one_person_and_no_more() -> None:
    screens = Screens()
    own = [screen(1)[0] for _ in range(PER_USER_MAX)]
    for one in own[:-1]:
        screens.add(one)
    screens.require_room(caller(1))
    screens.add(own[-1])
    with pytest.raises(RateLimited):
        screens.require_room(caller(1))
    screens.require_room(caller(2))


def test_so_many_in_all_and_no_more() -> None:
    screens = Screens(per_address_max=SCREENS_MAX + 1)
    made = filled(screens, SCREENS_MAX - 1)
    screens.require_room(caller(2**64))
    screens.add(screen(2**64)[0])
    with pytest.raises(TooManyScreens):
        screens.require_room(caller(2**65))
    for one in made:
        screens.remove(one)
    assert len(screens) == 1


def test_who_does_not_read_is_told_nothing_more_and_what_is_missed_is_remembered() -> None:
    one, sheet = channel(1)
    form = one.form
    sheet.unread_bytes = LAGGING_BYTES
    assert one.screen.tell(one, message("first").written(form), 1.0)
    sheet.unread_bytes = LAGGING_BYTES + 1
    assert not one.screen.tell(one, message("second").written(form), 2.0)
    sheet.unread_bytes = 0
    assert not one.screen.tell(one, message("third").written(form), 3.0), "it lacks the second"
    assert (one.screen.lagging_since, one.screen.missed) == (2.0, {form.topic})
    one.screen.write(message("an answer").written(form))
    assert [payload["text"] for _, payload in sheet.told()] == ["first", "an answer"]


def test_nothing_is_written_to_who_is_gone() -> None:
    one, sheet = channel(1)
    one.screen.is_closed = True
    one.screen.write(message("late").written(one.form))
    assert sheet.texts == []


async def test_a_long_poll_that_is_not_fetched_ends_at_its_bound() -> None:
    poll = LongPoll("token")
    poll.write(Written(b"x" * (LONG_POLL_BYTES_MAX - 1)))
    poll.write(Written(b"x"))
    assert (poll.is_over, poll.unread_bytes) == (False, LONG_POLL_BYTES_MAX)
    assert sum(map(len, await poll.fetch())) == LONG_POLL_BYTES_MAX - 1
    assert poll.unread_bytes == LONG_POLL_BYTES_MAX, "whether it is read, who comes for more says"
    assert await poll.fetch() == [b"x"]
    assert poll.unread_bytes == 1
    poll.write(Written(b"x" * (LONG_POLL_BYTES_MAX + 1)))
    assert poll.is_over


async def test_one_answer_of_a_long_poll_is_no_longer_than_what_a_socket_may_leave_unread() -> None:
    poll, size = LongPoll("token"), 1_000
    for _ in range(2 * LAGGING_BYTES // size):
        poll.write(Written(b"x" * size))
    given = sum(map(len, await poll.fetch()))
    assert LAGGING_BYTES <= given < LAGGING_BYTES + size


async def test_a_long_poll_that_nothing_comes_to_is_answered_after_its_wait() -> None:
    poll = LongPoll("token", wait_s=0.001)
    assert await poll.fetch() == []
    assert not poll.is_over


def test_a_pace_lets_so_much_through_and_then_so_much_a_second() -> None:
    clock = ManualClock()
    pace = Pace(2.0, 5, clock.monotonic)
    assert [pace.take() for _ in range(6)] == [True] * 5 + [False]
    clock.advance(0.49)
    assert not pace.take()
    clock.advance(0.02)
    assert [pace.take() for _ in range(2)] == [True, False]
    clock.advance(1_000)
    assert [pace.take() for _ in range(6)] == [True] * 5 + [False]


def test_each_has_a_pace_and_whoever_has_rested_is_forgotten() -> None:
    clock = ManualClock()
    paces = Paces(2.0, 10, clock.monotonic, kept_max=3)
    assert paces.take("a", 9)
    assert paces.take("b", 10)
    assert [paces.take("a"), paces.take("a"), paces.take("b")] == [True, False, False]
    clock.advance(4.9)
    assert paces.take("b", 9)
    assert not paces.take("a", 10)
    clock.advance(0.2)
    assert paces.take("a", 10)
    assert len(paces) == 2
    clock.advance(5.1)
    assert paces.take("c")
    assert len(paces) == 1


def test_so_many_paces_are_kept_and_no_more() -> None:
    clock = ManualClock()
    paces = Paces(2.0, 10, clock.monotonic, kept_max=3)
    for whose in ("a", "b", "a", "c"):
        paces.take(whose, 5)
    assert len(paces) == 3
    paces.take("d", 5)
    assert len(paces) == 3
    assert not paces.take("a"), "it came again"
    assert paces.take("b", 10), "it came least lately"


def test_whoever_comes_back_with_all_their_screens_is_let_in() -> None:
    assert PERSONS_JOINS_AT_ONCE >= PER_USER_MAX * TOPICS_MAX
    assert PERSONS_LAWS_AT_ONCE >= TOPICS_MAX * IDS_MAX


def test_screens_are_found_by_what_they_proved_themselves_with_now() -> None:
    screens, session = Screens(), SessionId(UUID(int=5))
    one = Screen(replace(caller(1), session_id=session), Credential("first", is_cookie=True), Sheet(), 0.0)
    screens.add(one)
    first, second = digest("first"), digest("second")
    assert screens.of_session(session, None) == screens.of_session(None, first) == [one]
    assert screens.of_session(session, first) == [one], "once"
    screens.renew(one, caller(1), Credential("second", is_cookie=False))
    assert not screens.of_session(session, first)
    assert screens.of_session(None, second) == [one]
    screens.remove(one)
    assert not screens.of_session(None, second)
    assert not screens._by_proof
