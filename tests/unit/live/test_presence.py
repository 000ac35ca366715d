"""Who is here, merged over a moment: what clients make of it is what is so, and many are a number."""

import asyncio
from itertools import chain
from typing import Any
from uuid import UUID

import pytest

from sertantai.core.clock import ManualClock
from sertantai.live import presence
from sertantai.live.bounds import PRESENCE_SHOWN_MAX
from sertantai.live.messages import Message
from sertantai.live.presence import Presence
from sertantai.live.screens import Channel
from sertantai.live.topics import Topic
from sertantai.live.watched import Watched
from tests.unit.live.people import LIST, Sheet, channel


class Room:
    """One list, and those who look at it."""

    def __init__(self) -> None:
        self.watched = Watched(LIST, None)
        self.clock = ManualClock()
        self.shown = True
        self.presence = Presence(
            self.clock,
            self._watched,
            self._tell,
            lambda one: f"person {one.screen.caller.user_id.int}",
            lambda _: self.shown,
        )

    def _watched(self, topic: Topic) -> Watched | None:
        return self.watched if topic == LIST else None

    def _tell(self, watched: Watched, message: Message) -> None:
        for one in watched.members:
            one.screen.write(message.written(one.form))

    def come(self, person: int, **payload: Any) -> tuple[Channel, Sheet]:
        one, sheet = channel(person)
        self.watched.add(one)
        self.presence.greet(one, payload)
        return one, sheet

    def go(self, one: Channel) -> None:
        self.watched.remove(one, 0.0)
        self.presence.left(one)


@pytest.fixture(autouse=True)
def _quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presence, "PRESENCE_EVERY_S", 0.0)
    monkeypatch.setattr(presence, "PRESENCE_GRACE_S", 0.01)


async def flushed() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


def believed(sheet: Sheet) -> dict[int, list[str]]:
    """What a client makes of what it was told, as phoenix.js does: screens of each person, by reference."""
    here: dict[str, list[str]] = {}
    for event, said in sheet.told():
        if event == "presence_state":
            here = {key: [meta["phx_ref"] for meta in one["metas"]] for key, one in said.items()}
        elif event == "presence_diff":
            for key, one in said["joins"].items():
                refs = [meta["phx_ref"] for meta in one["metas"]]
                here[key] = [ref for ref in here.get(key, []) if ref not in refs] + refs
            for key, one in said["leaves"].items():
                gone = [meta["phx_ref"] for meta in one["metas"]]
                here[key] = [ref for ref in here.get(key, []) if ref not in gone]
                if not here[key]:
                    del here[key]
    return {UUID(key).int: refs for key, refs in here.items()}


def counts(sheet: Sheet) -> dict[int, int]:
    return {person: len(refs) for person, refs in believed(sheet).items()}


async def test_two_screens_of_one_and_one_of_another() -> None:
    room = Room()
    sheets = [room.come(person)[1] for person in (1, 1, 2)]
    await flushed()
    assert [counts(sheet) for sheet in sheets] == [{1: 2, 2: 1}] * 3
    assert len({tuple(sorted(chain.from_iterable(believed(sheet).values()))) for sheet in sheets}) == 1


async def test_a_page_that_is_loaded_again_is_never_gone() -> None:
    room = Room()
    _, sheet = room.come(1)
    other, _ = room.come(2)
    await flushed()
    seen = len(sheet.texts)
    for _ in range(3):
        room.go(other)
        await flushed()
        assert counts(sheet) == {1: 1, 2: 1}
        other, _ = room.come(2)
        await flushed()
        assert counts(sheet) == {1: 1, 2: 1}
    for event, said in sheet.told()[seen:]:
        assert event == "presence_diff"
        assert set(said["leaves"]) <= set(said["joins"]), "in one message: gone and here again"


async def test_who_does_not_come_back_is_gone() -> None:
    room = Room()
    _, sheet = room.come(1)
    other, _ = room.come(2)
    await flushed()
    room.go(other)
    async with asyncio.timeout(10):
        while counts(sheet) != {1: 1}:  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.005)


async def test_who_came_and_went_in_a_moment_is_in_no_message() -> None:
    room = Room()
    _, sheet = room.come(1)
    kept, _ = room.come(2)
    await flushed()
    seen = len(sheet.texts)
    brief, _ = room.come(2)
    room.go(brief)
    await flushed()
    assert sheet.texts[seen:] == []
    room.go(kept)


async def test_looking_somewhere_changes_the_screen_and_not_who_is_here() -> None:
    room = Room()
    _, sheet = room.come(1)
    other, _ = room.come(2)
    await flushed()
    (before,) = believed(sheet)[2]
    room.presence.look(other, {"law": "a"})
    await flushed()
    event, said = sheet.told()[-1]
    (joined,) = said["joins"][str(UUID(int=2))]["metas"]
    assert (event, joined["law"], joined["phx_ref_prev"]) == ("presence_diff", "a", before)
    room.presence.look(other, {"law": "b"})
    await flushed()
    assert sheet.told()[-1][1] == said, "so often and no more"
    room.clock.advance(1.0)
    room.presence.look(other, {"law": None})
    await flushed()
    assert "law" not in sheet.told()[-1][1]["joins"][str(UUID(int=2))]["metas"][0]
    assert counts(sheet) == {1: 1, 2: 1}


async def test_so_many_are_shown_by_name_and_more_as_a_number() -> None:
    room = Room()
    people = [room.come(person) for person in range(PRESENCE_SHOWN_MAX)]
    await flushed()
    _, sheet = people[0]
    assert len(counts(sheet)) == PRESENCE_SHOWN_MAX
    one_more, _ = room.come(PRESENCE_SHOWN_MAX)
    await flushed()
    assert counts(sheet) == {}
    assert sheet.told()[-1] == ("presence_count", {"count": PRESENCE_SHOWN_MAX + 1})
    _, later = room.come(PRESENCE_SHOWN_MAX + 1, presence=False)
    assert later.told() == [("presence_count", {"count": PRESENCE_SHOWN_MAX + 1})]
    room.go(one_more)
    async with asyncio.timeout(10):
        while len(counts(sheet)) != PRESENCE_SHOWN_MAX:  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.005)
    assert len(counts(later)) == PRESENCE_SHOWN_MAX


async def test_among_many_a_look_is_told_to_nobody() -> None:
    room = Room()
    people = [room.come(person)[0] for person in range(PRESENCE_SHOWN_MAX + 1)]
    _, sheet = room.come(PRESENCE_SHOWN_MAX + 1)
    await flushed()
    told = len(sheet.texts)
    for one in people:
        room.presence.look(one, {"law": str(UUID(int=7))})
    await flushed()
    assert len(sheet.texts) == told


async def test_nothing_is_kept_of_rooms_where_nobody_is_shown() -> None:
    room = Room()
    hidden, _ = room.come(1, presence=False)
    assert not room.presence._here
    room.go(hidden)
    shown, _ = room.come(2)
    room.go(shown)
    async with asyncio.timeout(10):
        while room.presence._here:  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.005)


async def test_who_wants_not_to_be_shown_is_not() -> None:
    room = Room()
    _, sheet = room.come(1)
    _, hidden = room.come(2, presence=False)
    await flushed()
    assert counts(sheet) == counts(hidden) == {1: 1}


async def test_where_nobody_is_to_be_told_those_who_were_are_gone_and_nobody_comes() -> None:
    room = Room()
    one, sheet = room.come(1)
    other, _ = room.come(2)
    await flushed()
    room.presence.look(other, {"law": "a"})
    room.shown = False
    room.presence.hushed(room.watched)
    assert counts(sheet) == {}
    assert sheet.told()[-1] == ("presence_state", {})
    seen = len(sheet.texts)
    _, later = room.come(3)
    room.presence.look(one, {"law": "a"})
    room.go(other)
    await flushed()
    assert (sheet.texts[seen:], later.texts) == ([], []), "not even who is here as one joins"
    room.presence.hushed(room.watched)
    assert sheet.texts[seen:] == []
    room.shown = True
    _, sees = room.come(1)
    await flushed()
    assert counts(sees) == {1: 1}


async def test_also_where_only_their_number_was_told() -> None:
    room = Room()
    people = [room.come(person) for person in range(PRESENCE_SHOWN_MAX + 1)]
    await flushed()
    room.shown = False
    room.presence.hushed(room.watched)
    assert people[0][1].told()[-1] == ("presence_count", {"count": 0})
