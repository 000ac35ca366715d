"""Messages on their way: each gets all of them in order, in slices, and nobody waits for the many."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from sertantai.live.bounds import WRITES_AT_ONCE
from sertantai.live.lanes import SLOW_AT_ONCE, WAITING_MAX, Lanes
from sertantai.live.messages import Message
from sertantai.live.screens import Channel
from tests.unit.live.people import channel, message


class Delivered:
    """What was delivered, in order."""

    def __init__(self) -> None:
        self.to: dict[Channel, list[bytes]] = {}
        self.order: list[bytes] = []

    def __call__(self, one: Channel, told: Message) -> None:
        self.to.setdefault(one, []).append(told.payload)
        self.order.append(told.payload)


async def drained(lanes: Lanes) -> None:
    while lanes.waiting:  # noqa: ASYNC110  # nothing tells of it
        await asyncio.sleep(0)


@settings(max_examples=25)
@given(
    st.lists(st.tuples(st.integers(0, 3 * WRITES_AT_ONCE), st.booleans(), st.integers(0, 2)), max_size=8),
)
def test_each_gets_all_in_order_whoever_else_listens(plan: list[tuple[int, bool, int]]) -> None:
    async def run() -> None:
        channels = tuple(CHANNELS)
        delivered = Delivered()
        lanes = Lanes(delivered)
        wanted: dict[Channel, dict[bool, list[bytes]]] = {}
        for number, (size, quick, turns) in enumerate(plan):
            told = message(str(number))
            lanes.put(told, channels[:size], quick=quick)
            for one in channels[:size]:
                wanted.setdefault(one, {True: [], False: []})[quick].append(told.payload)
            for _ in range(turns):
                await asyncio.sleep(0)
        await drained(lanes)
        for one, by_lane in wanted.items():
            for quick in (True, False):
                in_lane = [payload for payload in delivered.to[one] if payload in by_lane[quick]]
                assert in_lane == by_lane[quick]
            assert len(delivered.to[one]) == sum(map(len, by_lane.values()))

    asyncio.run(run())


CHANNELS = [channel(number)[0] for number in range(3 * WRITES_AT_ONCE)]


async def test_a_message_to_few_overtakes_one_to_all() -> None:
    delivered = Delivered()
    lanes = Lanes(delivered)
    all_, few = message("all"), message("few")
    lanes.put(all_, tuple(CHANNELS), quick=False)
    lanes.put(few, tuple(CHANNELS[:2]), quick=True)
    await drained(lanes)
    assert delivered.order.index(few.payload) < len(CHANNELS) - 1
    assert delivered.order.count(all_.payload) == len(CHANNELS)


async def test_what_all_are_told_goes_on_however_much_goes_before() -> None:
    delivered = Delivered()
    lanes = Lanes(delivered)
    slow = message("slow")
    for number in range(4):
        lanes.put(message(f"quick {number}"), tuple(CHANNELS), quick=True)
    lanes.put(slow, tuple(CHANNELS[: 3 * SLOW_AT_ONCE]), quick=False)
    for _ in range(3):
        await asyncio.sleep(0)
    assert delivered.order.count(slow.payload) == 3 * SLOW_AT_ONCE
    assert lanes.waiting
    await drained(lanes)


async def test_whoever_has_gone_meanwhile_is_told_nothing() -> None:
    delivered = Delivered()
    lanes = Lanes(delivered)
    leaving = [channel(number)[0] for number in range(WRITES_AT_ONCE + 1)]
    lanes.put(message("all"), tuple(leaving), quick=True)
    leaving[-1].is_open = False
    await drained(lanes)
    assert len(delivered.to) == WRITES_AT_ONCE


async def test_one_who_is_told_may_have_others_told() -> None:
    first, then = message("first"), message("then")
    order: list[bytes] = []

    def deliver(_one: Channel, told: Message) -> None:
        order.append(told.payload)
        if len(order) == 1:
            lanes.put(then, tuple(CHANNELS[:2]), quick=True)

    lanes = Lanes(deliver)
    lanes.put(first, tuple(CHANNELS[:3]), quick=True)
    await drained(lanes)
    assert order == [first.payload] * 3 + [then.payload] * 2


async def test_so_many_wait_before_more_is_gathered_elsewhere() -> None:
    lanes = Lanes(Delivered())
    for number in range(WAITING_MAX):
        assert not lanes.is_behind(quick=True), number
        lanes.put(message("all"), tuple(CHANNELS), quick=True)
    lanes.put(message("all"), tuple(CHANNELS), quick=True)
    assert lanes.is_behind(quick=True)
    assert not lanes.is_behind(quick=False)
    while lanes.waiting:  # noqa: ASYNC110  # nothing tells of it
        await asyncio.sleep(0)
    assert not lanes.is_behind(quick=True)
