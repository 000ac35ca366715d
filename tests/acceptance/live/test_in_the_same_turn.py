"""What must happen in the very turn in which it is known, and within bounds: looked at without sockets."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar

from sertantai.accounts.caller import Caller
from sertantai.accounts.sql import REVOKE_SESSION
from sertantai.core.errors import DatabaseUnavailable, RateLimited, Unavailable
from sertantai.core.ids import OwnerId, Position, UserId
from sertantai.http.protocol.paces import Pace, Paces
from sertantai.http.protocol.websocket_protocol import GOING_AWAY
from sertantai.live import joining
from sertantai.live.bounds import (
    BUFFERED_BYTES_MAX,
    CUT_BYTES,
    CUT_S,
    FIRST_JOIN_S,
    IDLE_S,
    LAGGING_BYTES,
    LAGGING_S_MAX,
    LOADS_MAX,
    PENDING_MAX,
    PER_USER_MAX,
    RING_KEPT_S,
    TOPICS_MAX,
)
from sertantai.live.conversation import HELD_MAX
from sertantai.live.messages import Message
from sertantai.live.presence import LAW_CHARACTERS_MAX
from sertantai.live.ring import Rings
from sertantai.live.service import Live
from sertantai.live.steps import Step
from sertantai.live.topics import Kind, Topic
from sertantai.live.watched import Watched
from sertantai.postgres import Role
from sertantai.process.under_way import WorkKind
from tests.fixtures.client import Client
from tests.fixtures.colleagues import Organization, found, good
from tests.fixtures.live.screens_in_process import Seat, person, sit_down
from tests.fixtures.live.wire import Heard
from tests.fixtures.visits import product

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOON_S = 30.0
LIVE = "live"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def app() -> AsyncIterator[Litestar]:
    async with product() as running:
        yield running


@pytest.fixture
def live(app: Litestar) -> Live:
    service: Live = app.state[LIVE]
    return service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ada(app: Litestar) -> AsyncIterator[Client]:
    async with person(app) as somebody:
        yield somebody


@pytest_asyncio.fixture(loop_scope="module")
async def seat(app: Litestar, ada: Client) -> AsyncIterator[Seat]:
    taken = await sit_down(app, ada.token)
    yield taken
    taken.conversation.gone()


async def until(is_true: Callable[[], object]) -> None:
    async with asyncio.timeout(SOON_S):
        while not is_true():  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.005)


async def joined(seat: Seat, topic: str) -> None:
    seat.join(topic)
    await until(lambda: seat.reply(topic))
    answer = seat.reply(topic)
    assert answer is not None
    assert answer[0] == "ok", answer


async def new_list(owner: Client) -> str:
    made = await owner.http.post("/groups", json={"name": uuid4().hex})
    return f"list:{made.json()['id']}"


# ----------------------------------------------------------------------------------------- rights


async def watched_end(app: Litestar, acme: Organization, list_: str, end: Callable[[], object]) -> None:
    """Ticks go on while a right ends. As each message is written it is asked whether there is a right."""
    live: Live = app.state[LIVE]
    member = UUID(acme["member"].user_id)
    topic = f"list:{list_}"
    seat = await sit_down(app, acme["member"].token)
    await joined(seat, topic)

    def may_hear(heard: object) -> None:
        state = live.hub._engine.in_sight(OwnerId(UUID(acme.id)))
        assert state is not None
        group = state.groups.get(UUID(list_))  # type: ignore[call-overload]  # an id all the same
        has_right = live.hub.rights.may_read(state, group, member)  # type: ignore[arg-type]  # as above
        seen.append((has_right, getattr(heard, "event", "")))

    seen: list[tuple[bool, str]] = []
    seat.paper.at_each = may_hear
    laws = [record["id"] for record in await acme["owner"].records(limit=20)]
    is_over = asyncio.Event()

    async def tick(law: str) -> None:
        while not is_over.is_set():
            await acme["owner"].select(law, list_)
            await acme["owner"].deselect(law, list_)

    ticking = [asyncio.create_task(tick(law)) for law in laws]
    await until(lambda: seat.paper.events(topic).count("changes") > 3)
    await end()  # type: ignore[misc]  # what ends it is awaited
    await until(lambda: "phx_close" in seat.paper.events(topic))
    await asyncio.sleep(0.2)
    is_over.set()
    await asyncio.gather(*ticking)
    after = [event for has_right, event in seen if not has_right]
    assert after == ["phx_close"], "nothing but the end is written after the right has gone"
    assert seat.paper.events(topic)[-1] == "phx_close"
    seat.paper.heard.clear()
    seat.join(topic)
    await until(lambda: len(seat.paper.heard) == 2)
    assert seat.reply(topic) == ("error", {"reason": "unmatched topic"})
    seat.conversation.gone()


async def test_threat_09_no_message_follows_the_end_of_a_membership(app: Litestar, ada: Client) -> None:
    async with person(app) as ben:
        acme = await found(ada)
        acme.people["member"] = ben
        await acme.join(ben)
        list_ = await acme.list()
        await watched_end(app, acme, list_, lambda: good(ada, "DELETE", acme.member("member")))


async def test_threat_09_no_message_follows_the_end_of_a_grant(app: Litestar, ada: Client) -> None:
    async with person(app) as ben:
        acme = await found(ada)
        acme.people["member"] = ben
        await acme.join(ben)
        list_ = await acme.list(access="restricted")
        grant = f"/groups/{list_}/grants/{ben.user_id}"
        await good(ada, "PUT", grant, {"level": "view"})
        await watched_end(app, acme, list_, lambda: good(ada, "DELETE", grant))


async def test_the_right_is_asked_of_each_message_before_the_hub_has_heard_of_its_end(
    app: Litestar, live: Live, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on its way meets the end of a right that is known to the engine alone."""
    async with person(app) as ben:
        acme = await found(ada)
        await acme.join(ben)
        topic = f"list:{await acme.list()}"
        seat = await sit_down(app, ben.token)
        await joined(seat, topic)
        watched = live.hub.watched(seat.screen.channels[topic].topic)
        assert watched is not None
        live.hub.send(watched, Message("changes", {}))
        assert seat.paper.events(topic)[-1] == "changes"
        monkeypatch.setattr(live.hub, "_changed", lambda _entry: None)
        await good(ada, "DELETE", f"{acme.path}/members/{ben.user_id}")
        seat.paper.heard.clear()
        live.hub.send(watched, Message("changes", {}))
        assert "changes" not in seat.paper.events(topic)
        assert not seat.screen.channels
        seat.conversation.gone()


async def test_of_a_smart_list_that_catches_up_hears_who_may_read_it(
    app: Litestar, live: Live, ada: Client, seat: Seat
) -> None:
    async with person(app) as ben:
        acme = await found(ada)
        await acme.join(ben)
        lists = [await acme.list(), await acme.list(access="restricted")]
        topic, under_way = f"organization:{acme.id}", live.joining._under_way
        pieces = [
            under_way.piece(UUID(acme.id), WorkKind.SMART_LIST, id=one, list=UUID(one)) for one in lists
        ]
        for piece in pieces:
            piece.waits()
        other = await sit_down(app, ben.token)
        for one, may_know in ((seat, lists), (other, lists[:1])):
            await joined(one, topic)
            answer = one.reply(topic)
            assert answer is not None
            assert [work["id"] for work in answer[1]["work"]] == may_know
        for piece in pieces:
            piece.ends(well=True)
        await until(lambda: seat.paper.events(topic).count("work") == 2)
        assert [heard.payload["id"] for heard in other.paper.heard if heard.event == "work"] == lists[:1]
        other.conversation.gone()


async def test_a_list_that_is_deleted_is_gone_and_closed(seat: Seat, ada: Client) -> None:
    topic = await new_list(ada)
    await joined(seat, topic)
    assert (await ada.http.delete(f"/groups/{topic.removeprefix('list:')}")).is_success
    await until(lambda: "phx_close" in seat.paper.events(topic))
    assert seat.paper.events(topic)[-2:] == ["gone", "phx_close"]


# ------------------------------------------------------------------------------------ in the midst


class Follower:
    """Keeps what a seat is told of one list, and what is wrong with it."""

    def __init__(self, seat: Seat, topic: str) -> None:
        self.seat = seat
        self.topic = topic
        self.known: dict[str, Any] = {}
        self.laws: set[str] = set()
        self.joins = 0
        self.modes: Counter[str] = Counter()
        self.faults: list[str] = []
        seat.paper.at_each = self._told

    def join(self) -> None:
        self.seat.join(self.topic, presence=False, **self.known)

    def _told(self, heard: Heard) -> None:
        said = heard.payload
        if heard.event == "phx_reply":
            said = said["response"]
            self.joins += 1
            self.modes[said["mode"]] += 1
            if "ids" in said:
                self.laws = set(said["ids"])
            self._apply(said)
        elif heard.event in ("changes", "annotations", "list"):  # a law that came and went is in none of them
            if said["from"] != self.known["since"]:
                self.faults.append(f"from {said['from']}, known {self.known['since']}")
            self._apply(said | {"epoch": self.known["epoch"]})
        elif heard.event not in ("phx_close", "presence_state"):
            self.faults.append(heard.event)

    def _apply(self, said: dict[str, Any]) -> None:
        added, removed = set(said.get("added", ())), set(said.get("removed", ()))
        if added & self.laws or removed - self.laws:
            self.faults.append(f"again: {said}")
        self.laws = (self.laws | added) - removed
        self.known = {"since": said["version"], "epoch": said["epoch"]}
        if len(self.laws) != said["count"]:
            self.faults.append(f"{len(self.laws)} laws: {said}")


async def test_who_joins_in_the_midst_of_a_burst_misses_nothing_and_hears_nothing_twice(
    app: Litestar, live: Live, ada: Client
) -> None:
    topic = await new_list(ada)
    list_ = topic.removeprefix("list:")
    followers = [Follower(await sit_down(app, ada.token), topic) for _ in range(3)]
    for one in followers:
        one.seat.conversation._joins = Pace(1e6, 1e6, live.hub.now)  # that is looked at elsewhere
        one.seat.conversation._messages = Pace(1e6, 1e6, live.hub.now)
        one.join()
    is_over = asyncio.Event()

    async def tick(law: str) -> None:
        while not is_over.is_set():
            await ada.select(law, list_)
            await ada.deselect(law, list_)

    ticking = [asyncio.create_task(tick(record["id"])) for record in await ada.records(limit=8)]
    numbers = Random(15)
    for _ in range(150):
        for one in followers:
            if numbers.random() < 0.5:
                one.join()
        await asyncio.sleep(numbers.random() * 0.01)
    is_over.set()
    await asyncio.gather(*ticking)
    version = (await ada.get(f"/groups/{list_}/record-ids"))["version"]
    await until(lambda: all(one.known.get("since") == version for one in followers))
    for one in followers:
        assert one.faults == []
        assert one.laws == set()
        assert one.joins > 50
        assert one.modes["snapshot"] <= 1, "of so short a time everything is remembered"
        one.seat.conversation.gone()


# ------------------------------------------------------------------------------------- credentials


async def revoke_unseen(app: Litestar, person: Client, seat: Seat) -> None:
    """End a session as another server does, and lose the notification."""
    session, user = seat.screen.caller.session_id, UUID(person.user_id)
    database = app.state.accounts.sessions._store._database
    async with database.transaction(Role.ACCOUNTS, user) as connection:
        await connection.execute(REVOKE_SESSION, session, user, datetime.now(UTC))


async def test_a_revocation_that_nobody_told_is_found_when_all_is_in_doubt(app: Litestar, live: Live) -> None:
    """As when the notification was lost: each socket is asked again, also the second of one session."""
    async with person(app) as ben:
        seats = [await sit_down(app, ben.token) for _ in range(3)]
        for one in seats:
            await joined(one, "service")
        await revoke_unseen(app, ben, seats[0])
        await asyncio.sleep(0)
        assert [one.paper.closed for one in seats] == [None] * 3
        app.state.accounts._live.doubt_all()
        await until(lambda: all(one.paper.closed for one in seats))
        assert {one.paper.closed for one in seats} == {(GOING_AWAY, "signed out")}
        assert all(one.paper.events()[-1] == "phx_close" for one in seats)


async def test_what_could_not_be_asked_is_asked_again(
    app: Litestar, live: Live, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While PostgreSQL is away nobody can say; once it is back somebody has to ask."""
    asked, known = 0, live.credentials.known

    async def ask(*given: Any) -> Caller | None:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise Unavailable("PostgreSQL does not answer.")
        return await known(*given)

    await joined(seat, "service")
    monkeypatch.setattr(live.credentials, "known", ask)
    app.state.accounts._live.doubt_all()
    await until(lambda: asked == 3)
    await until(lambda: not live.credentials.is_doubted(seat.screen))
    assert seat.paper.closed is None


async def test_what_was_only_remembered_is_asked_again(
    app: Litestar, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session goes on while PostgreSQL is away; whether it has ended is found once it is back."""
    async with person(app) as ben:
        seat = await sit_down(app, ben.token)
        await joined(seat, "service")
        asked, touch = 0, app.state.accounts.sessions._store.touch_bearer

        async def away(*_: object) -> None:
            nonlocal asked
            asked += 1
            raise DatabaseUnavailable("PostgreSQL does not answer.")

        await revoke_unseen(app, ben, seat)
        monkeypatch.setattr(app.state.accounts.sessions._store, "touch_bearer", away)
        app.state.accounts._live.doubt_all()
        await until(lambda: asked)
        await asyncio.sleep(0.05)
        assert seat.paper.closed is None
        monkeypatch.setattr(app.state.accounts.sessions._store, "touch_bearer", touch)
        await until(lambda: seat.paper.closed)


async def test_a_session_ends_when_its_time_is_over(seat: Seat) -> None:
    await joined(seat, "service")
    caller = seat.screen.caller
    assert caller.expires_at is not None
    left = caller.expires_at - timedelta(days=400)
    seat.screen.caller = msgspec.structs.replace(caller, expires_at=left)
    await until(lambda: seat.paper.closed)
    assert seat.paper.closed == (GOING_AWAY, "expired")


# ------------------------------------------------------------------------------------------ upkeep


async def looked_at(live: Live, seat: Seat) -> bool:
    """Whether it was ended when all screens were looked at."""
    upkeep = live._upkeep
    assert upkeep is not None
    return upkeep._is_ended(seat.screen)


async def test_who_says_nothing_is_gone_after_the_idle_limit_and_not_before(live: Live, seat: Seat) -> None:
    await joined(seat, "service")
    seat.screen.heard_at = live.hub.now() - IDLE_S + 5
    assert not await looked_at(live, seat)
    seat.screen.heard_at = live.hub.now() - IDLE_S - 0.001
    assert await looked_at(live, seat)
    assert seat.paper.is_aborted
    assert seat.screen.is_closed


async def test_any_message_is_a_sign_of_life(live: Live, seat: Seat) -> None:
    await joined(seat, "service")
    seat.screen.heard_at = live.hub.now() - IDLE_S + 5
    seat.say(None, None, "phoenix", "heartbeat", {})
    assert live.hub.now() - seat.screen.heard_at < 5


async def test_who_joins_nothing_is_sent_away(live: Live, seat: Seat) -> None:
    seat.screen.opened_at = live.hub.now() - FIRST_JOIN_S + 5
    assert not await looked_at(live, seat)
    seat.screen.opened_at = live.hub.now() - FIRST_JOIN_S - 0.001
    assert await looked_at(live, seat)
    assert seat.paper.closed == (GOING_AWAY, "joined nothing")


async def test_who_does_not_read_is_told_nothing_then_told_to_look_then_cut(
    live: Live, seat: Seat, ada: Client
) -> None:
    topic = await new_list(ada)
    await joined(seat, topic)
    law = (await ada.records(limit=1))[0]["id"]
    seat.paper.unread_bytes = LAGGING_BYTES + 1
    await ada.select(law, topic.removeprefix("list:"))
    await until(lambda: seat.screen.lagging_since is not None)
    assert "changes" not in seat.paper.events(topic)
    seat.paper.unread_bytes = 0
    seat.conversation.drained()
    assert seat.paper.events(topic)[-1] == "phx_error", "a client joins again by itself"

    await joined(seat, "service")
    seat.screen.lagging_since = live.hub.now() - LAGGING_S_MAX + 5
    seat.paper.unread_bytes = CUT_BYTES
    assert not await looked_at(live, seat)
    seat.screen.lagging_since = live.hub.now() - LAGGING_S_MAX - 0.001
    assert await looked_at(live, seat)
    assert seat.paper.is_aborted


async def test_who_leaves_much_unread_is_cut_soon_if_nothing_is_taken(live: Live, seat: Seat) -> None:
    await joined(seat, "service")
    seat.paper.unread_bytes = CUT_BYTES + 1
    assert not await looked_at(live, seat)
    seat.screen._took_at = live.hub.now() - CUT_S + 5
    assert not await looked_at(live, seat)
    seat.screen._took_at = live.hub.now() - CUT_S - 0.001
    assert await looked_at(live, seat)


async def test_of_all_that_is_unread_those_with_the_most_are_cut(
    app: Litestar, live: Live, ada: Client
) -> None:
    seats = [await sit_down(app, ada.token) for _ in range(3)]
    upkeep = live._upkeep
    assert upkeep is not None
    for seat, unread in zip(seats, (1, BUFFERED_BYTES_MAX - 1, 0), strict=True):
        seat.screen.lagging_since = live.hub.now()
        seat.paper.unread_bytes = unread
    upkeep._bound_buffers()
    assert not any(seat.paper.is_aborted for seat in seats), "at the bound"
    seats[2].paper.unread_bytes = 1
    upkeep._bound_buffers()
    assert [seat.paper.is_aborted for seat in seats] == [False, True, False]
    for seat in seats:
        seat.conversation.gone()


# ------------------------------------------------------------------------------------------ bounds


async def test_so_many_topics_are_joined_and_no_more(seat: Seat, ada: Client) -> None:
    names = ["register", "service", f"user:{ada.user_id}"]
    names += [await new_list(ada) for _ in range(TOPICS_MAX // 2 - len(names))]
    for name in [*names, *(f"realtime:{name}" for name in names)]:
        await joined(seat, name)
    assert len(seat.screen.channels) == TOPICS_MAX
    seat.join(f"list:{uuid4()}")
    await until(lambda: seat.paper.heard[-1].event == "phx_reply")
    assert seat.paper.heard[-1].reply == ("error", {"reason": "too many channels joined"})
    assert len(seat.screen.channels) == TOPICS_MAX


async def test_so_many_pushes_wait_for_a_join_and_no_more(seat: Seat, ada: Client) -> None:
    topic = await new_list(ada)
    seat.join(topic)
    for number in range(HELD_MAX + 1):
        seat.say(topic, f"push {number}", topic, "nothing", {})
    refused = [heard.ref for heard in seat.paper.heard]
    assert refused == [f"push {HELD_MAX}"], "all others wait"
    await until(lambda: seat.reply(f"push {HELD_MAX - 1}"))
    answered = [heard.ref for heard in seat.paper.heard if heard.event == "phx_reply"]
    assert answered[1:] == [topic, *(f"push {number}" for number in range(HELD_MAX))]


async def test_so_many_screens_one_has_and_no_more(app: Litestar, live: Live) -> None:
    async with person(app) as ben:
        seats = [await sit_down(app, ben.token) for _ in range(PER_USER_MAX - 1)]
        live.screens.require_room(seats[0].screen.caller)
        seats.append(await sit_down(app, ben.token))
        with pytest.raises(RateLimited):
            live.screens.require_room(seats[0].screen.caller)
        seats[0].conversation.gone()
        live.screens.require_room(seats[0].screen.caller)
        for seat in seats:
            seat.conversation.gone()


async def test_who_has_much_to_read_is_given_the_rest_whole_once_it_is_read(seat: Seat, ada: Client) -> None:
    """Lists whose answers together are twice what may be unread: none is cut short, and none is lost."""
    laws = [record["id"] for record in await ada.records(limit=200)]
    topics = [await new_list(ada) for _ in range(2 * LAGGING_BYTES // (len(laws) * 39) + 2)]
    for topic in topics:
        await ada.operate("bulk_select", topic.removeprefix("list:"), record_ids=laws)

    def fill(heard: Heard) -> None:
        seat.paper.unread_bytes += len(str(heard.payload))

    seat.paper.at_each = fill
    for topic in topics:
        seat.join(topic, presence=False)
    seat.say(None, "still", "phoenix", "heartbeat", {})
    assert seat.reply("still"), "what is no join goes out whatever waits"
    while not all(seat.reply(topic) for topic in topics):
        await until(lambda: seat.paper.unread_bytes > LAGGING_BYTES or seat.reply(topics[-1]))
        assert seat.paper.unread_bytes < 2 * LAGGING_BYTES
        seat.paper.unread_bytes = 0
        seat.conversation.drained()
        await asyncio.sleep(0)
    answers = [heard for heard in seat.paper.heard if heard.ref in topics]
    assert sorted(heard.topic for heard in answers) == sorted(topics), "each once"
    for heard in answers:
        assert heard.reply[0] == "ok"
        assert len(heard.reply[1]["ids"]) == len(laws)


async def test_what_went_while_its_join_waited_is_not_there(live: Live, seat: Seat, ada: Client) -> None:
    topic, other = await new_list(ada), await new_list(ada)
    seat.paper.unread_bytes = LAGGING_BYTES + 1
    seat.join(topic)
    seat.join(other)
    assert (await ada.http.delete(f"/groups/{topic.removeprefix('list:')}")).is_success
    assert seat.paper.events() == []
    seat.paper.unread_bytes = 0
    seat.conversation.drained()
    await until(lambda: seat.reply(other))
    assert seat.paper.events(topic) == ["phx_reply", "phx_close"]
    seat.paper.unread_bytes = LAGGING_BYTES + 1
    seat.join(topic)
    await until(lambda: seat.screen.answers.are_waiting)
    live.hub.forget(seat.screen)
    seat.conversation.gone()
    await until(lambda: not seat.screen.answers.are_waiting)


async def test_steps_that_cannot_be_told_are_bounded(live: Live, seat: Seat, ada: Client) -> None:
    """They gather while what was told before is not written; then the list is to be read again."""
    topic = await new_list(ada)
    await joined(seat, topic)
    watched = live.hub.watched(Topic(Kind.LIST, UUID(topic.removeprefix("list:"))))
    assert watched is not None
    step = Step(Position(0), Position(1), 0, UserId(UUID(int=1)), "hand", datetime.now(UTC), ())
    watched.is_due = True  # a flush is on its way, and does not come
    watched.pending = [step] * (PENDING_MAX - 1)
    await good(ada, "PATCH", f"/groups/{topic.removeprefix('list:')}", {"name": uuid4().hex})
    await until(lambda: len(watched.pending) == PENDING_MAX)
    assert "reset" not in seat.paper.events(topic)
    watched.pending.append(step)  # by somebody else: what follows is no part of the last one
    await good(ada, "PATCH", f"/groups/{topic.removeprefix('list:')}", {"name": uuid4().hex})
    await until(lambda: "reset" in seat.paper.events(topic))
    assert not watched.pending


async def test_nobody_is_given_more_laws_at_once_than_a_bound_however_many_screens_they_have(
    app: Litestar, live: Live, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they get then says where the list is to be read. With others it does not count."""
    laws = [record["id"] for record in await ada.records(limit=3)]
    topic = await new_list(ada)
    await ada.operate("bulk_select", topic.removeprefix("list:"), record_ids=laws)
    monkeypatch.setattr(live.joining, "_laws", Paces(1e-9, 2 * len(laws), live.hub.now, 10))
    path = f"/groups/{topic.removeprefix('list:')}/record-ids"
    told = []
    for said in ({"want": "summary"}, {}, {}, {}):
        seat = await sit_down(app, ada.token)
        seat.join(topic, **said)
        await until(lambda: seat.reply(topic))  # noqa: B023  # asked at once
        told.append(seat.reply(topic)[1])  # type: ignore[index]  # it is there
        seat.conversation.gone()
    assert ["ids" in answer for answer in told] == [False, True, True, False]
    assert [answer.get("read") for answer in told] == [None, None, None, f"/api/v1{path}"]
    assert (await ada.get(path))["count"] == told[3]["count"] == len(laws)
    async with person(app) as ben:
        theirs, seat = await new_list(ben), await sit_down(app, ben.token)
        await joined(seat, theirs)
        assert seat.reply(theirs)[1]["ids"] == []  # type: ignore[index]  # as above
        seat.conversation.gone()


async def test_nobody_joins_more_often_than_a_bound_however_many_screens_they_have(
    app: Litestar, live: Live, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live.joining, "_joins", Paces(1e-9, 2, live.hub.now, 10))
    for answer in ("ok", "ok", "error"):
        seat = await sit_down(app, ada.token)
        seat.join("service")
        await until(lambda: seat.reply("service"))  # noqa: B023  # asked at once
        assert seat.reply("service")[0] == answer  # type: ignore[index]  # it is there
        assert "phx_close" not in seat.paper.events("service"), "it comes again by itself"
        seat.conversation.gone()
    async with person(app) as ben:
        seat = await sit_down(app, ben.token)
        await joined(seat, "service")
        seat.conversation.gone()


async def test_joins_that_wait_are_bounded(live: Live, seat: Seat) -> None:
    topic = f"list:{uuid4()}"
    live.joining._loading = LOADS_MAX
    try:
        seat.join(topic)
        await until(lambda: seat.reply(topic))
    finally:
        live.joining._loading = 0
    answer = seat.reply(topic)
    assert answer is not None
    assert (answer[0], answer[1]["reason"]) == ("error", "unavailable")
    assert "phx_close" not in seat.paper.events(topic), "it comes again by itself"


async def test_a_list_that_does_not_stay_in_memory_is_given_up(
    live: Live, seat: Seat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, asked = await new_list(ada), 0
    list_of = live.joining._access.list_of

    async def counting(*given: object) -> object:
        nonlocal asked
        asked += 1
        return await list_of(*given)  # type: ignore[arg-type]  # as they were given

    monkeypatch.setattr(live.joining._access, "list_of", counting)
    monkeypatch.setattr(live.joining._engine, "in_sight", lambda _owner: None)
    seat.join(topic)
    await until(lambda: seat.reply(topic))
    answer = seat.reply(topic)
    assert answer is not None
    assert (answer[1]["reason"], asked) == ("unavailable", joining.TRIES_MAX)


async def test_beyond_so_many_ids_a_snapshot_says_where_to_read(
    seat: Seat, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joining, "SNAPSHOT_IDS_MAX", 2)
    topic = await new_list(ada)
    laws = [record["id"] for record in await ada.records(limit=3)]
    for law in laws[:2]:
        await ada.select(law, topic.removeprefix("list:"))
    seat.join(topic)
    await until(lambda: seat.reply(topic))
    answer = seat.reply(topic)
    assert answer is not None
    assert sorted(answer[1]["ids"]) == sorted(laws[:2])
    await ada.select(laws[2], topic.removeprefix("list:"))
    again = f"realtime:{topic}"
    seat.join(again)
    await until(lambda: seat.reply(again))
    answer = seat.reply(again)
    assert answer is not None
    path = answer[1]["read"].removeprefix("/api/v1")
    assert set((await ada.get(path))["record_ids"]) == set(laws)


async def test_a_law_that_is_looked_at_has_a_short_name(seat: Seat, ada: Client) -> None:
    topic = await new_list(ada)
    await joined(seat, topic)
    seat.say(topic, "1", topic, "look", {"law": "x" * (LAW_CHARACTERS_MAX + 1)})
    await until(lambda: any(heard.event == "presence_diff" for heard in seat.paper.heard))
    diff = [heard.payload for heard in seat.paper.heard if heard.event == "presence_diff"][-1]
    assert diff["joins"][ada.user_id]["metas"][-1]["law"] == "x" * LAW_CHARACTERS_MAX


async def test_what_nobody_looks_at_is_remembered_for_a_while(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = live.hub
    monkeypatch.setattr(hub, "_watched", {})
    topics = [Topic(Kind.LIST, uuid4()) for _ in range(2)]
    for topic, ago in zip(topics, (RING_KEPT_S - 1, RING_KEPT_S + 1), strict=True):
        left = hub._watched[topic] = Watched(topic, None)
        left.left_at = hub.now() - ago
    hub.forget_unwatched()
    assert [topic in hub._watched for topic in topics] == [True, False]


async def test_what_is_remembered_of_all_lists_has_a_bound_together(
    seat: Seat, ada: Client, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    rings = Rings(1)
    monkeypatch.setattr(live.hub, "_rings", rings)
    topic = await new_list(ada)
    await joined(seat, topic)
    group = topic.removeprefix("list:")
    ring = live.hub._watched[Topic(Kind.LIST, UUID(group))].ring
    law = (await ada.records(limit=1))[0]["id"]
    await good(ada, "PUT", f"/groups/{group}/records/{law}")
    await until(lambda: any(heard.event == "changes" for heard in seat.paper.heard))
    assert (ring.size_bytes, rings.size_bytes) == (0, 0), "it was remembered, beyond the bound of all"


async def test_an_organization_decides_whether_members_see_who_is_here(app: Litestar, ada: Client) -> None:
    async with person(app) as ben:
        acme = await found(ada)
        await acme.join(ben)
        topics = [f"list:{await acme.list()}", f"organization:{acme.id}"]

        async def here(who: Client) -> Seat:
            seat = await sit_down(app, who.token)
            for topic in topics:
                await joined(seat, topic)
            return seat

        def told(seat: Seat, event: str) -> dict[str, Any]:
            """The last of each topic."""
            return {heard.topic: heard.payload for heard in seat.paper.heard if heard.event == event}

        seats = [await here(who) for who in (ada, ben)]
        assert all(told(seats[1], "presence_state").values()), "both are told of"
        await good(ada, "PATCH", acme.path, {"settings": {"presence": "hidden"}})
        nobody: dict[str, Any] = {topic: {} for topic in topics}
        await until(lambda: all(told(seat, "presence_state") == nobody for seat in seats))
        seats.append(await here(ben))
        assert not [event for event in seats[2].paper.events() if event.startswith("presence")]
        await good(ada, "PATCH", acme.path, {"settings": {"presence": None}})
        await until(lambda: all(told(seat, "phx_error").keys() == nobody.keys() for seat in seats))
        assert all(told(await here(ben), "presence_state").values())
        page = await ada.http.get(f"http://sertantai.test{acme.path}/audit", headers={"accept": "text/html"})
        assert "members do not see who else is here" in page.text
