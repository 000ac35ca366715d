"""Joining a topic: may they, and what do they lack? Answered in the turn in which they begin to listen."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

from sertantai.core.errors import SertantaiError, Unavailable
from sertantai.core.ids import GroupId, OwnerId
from sertantai.core.operations import Origin
from sertantai.core.state import GroupState
from sertantai.engine.engine import Engine
from sertantai.http.protocol.paces import Paces
from sertantai.lists.access import Access, Asking, Right
from sertantai.live import metrics
from sertantai.live.bounds import (
    IDS_MAX,
    LOADS_AT_ONCE,
    LOADS_MAX,
    PERSONS_JOINS_AT_ONCE,
    PERSONS_JOINS_PER_S,
    PERSONS_LAWS_AT_ONCE,
    PERSONS_LAWS_PER_S,
    SCREENS_MAX,
    SNAPSHOT_IDS_MAX,
)
from sertantai.live.frames import CLOSE, REPLY, Version, encoded, written
from sertantai.live.hub import Hub
from sertantai.live.listening_rights import living
from sertantai.live.messages import Form, Written
from sertantai.live.news import about
from sertantai.live.screens import Channel, Screen
from sertantai.live.telling import difference
from sertantai.live.topics import Kind, Topic, topic_of
from sertantai.process.under_way import UnderWay, Work
from sertantai.records.register import Register

UNMATCHED: Final = {"reason": "unmatched topic"}
"""Of what is not there, what is gone, and what is not theirs alike."""
TRIES_MAX: Final = 3
"""A list may leave memory while somebody is let in; not each time."""


class Wish(msgspec.Struct, frozen=True):
    """What a client says as it joins. ``ref`` None: nobody waits for the answer."""

    topic: str
    join_ref: str | None
    ref: str | None
    payload: Mapping[str, Any]


class Surroundings(Protocol):
    """What is told to whoever begins to listen to what is nobody's."""

    def said(self, kind: Kind) -> Mapping[str, object]: ...


class Greeting(Protocol):
    """Tells who has come who else is here."""

    def greet(self, channel: Channel, payload: Mapping[str, Any]) -> None: ...


class TooManyLoads(Unavailable):
    code = "unavailable"


class TooManyJoins(Unavailable):
    """Of one person, over all their screens."""

    code = "unavailable"


class Joining:
    def __init__(
        self,
        hub: Hub,
        access: Access,
        engine: Engine,
        register: Register,
        surroundings: Surroundings,
        presence: Greeting,
        under_way: UnderWay,
    ) -> None:
        self._hub = hub
        self._access = access
        self._engine = engine
        self._register = register
        self._surroundings = surroundings
        self._presence = presence
        self._under_way = under_way
        self._loading = 0
        self._joins = Paces(PERSONS_JOINS_PER_S, PERSONS_JOINS_AT_ONCE, hub.now, SCREENS_MAX)
        self._laws = Paces(PERSONS_LAWS_PER_S, PERSONS_LAWS_AT_ONCE, hub.now, SCREENS_MAX)
        self._turns = asyncio.Semaphore(LOADS_AT_ONCE)

    async def join(self, screen: Screen, version: Version | None, wish: Wish) -> Channel | None:
        """Answers over the screen, once it has read what it was answered before; None: they were refused."""
        topic = topic_of(wish.topic)
        try:
            if not self._joins.take(screen.caller.user_id):
                raise TooManyJoins("You join too often.", retry_after_s=2)
            found = None if topic is None else await self._in_turn(screen, topic, version, wish)
            if found is not None or screen.is_closed:
                return found
        except Unavailable as error:
            metrics.JOINS.labels("unavailable").inc()
            reason = {"reason": "unavailable", "retry_after_s": error.retry_after_s or 2}
            screen.write(reply(version, wish, "error", reason))
            return None
        self._refuse(screen, version, wish)
        return None

    def _refuse(self, screen: Screen, version: Version | None, wish: Wish) -> None:
        """With the end behind it, or a client would ask again for ever."""
        metrics.JOINS.labels("refused").inc()
        screen.write(reply(version, wish, "error", UNMATCHED))
        screen.write(Form(version, wish.join_ref, wish.topic).ending(CLOSE))

    async def _in_turn(
        self, screen: Screen, topic: Topic, version: Version | None, wish: Wish
    ) -> Channel | None:
        """Who had to wait knocks once more: what was found before may be true no longer."""
        channel = Channel(screen, topic, Form(version, wish.join_ref, wish.topic), None)
        if screen.answers.have_room:
            channel.owner = await self._owner(screen, topic)
            if screen.answers.have_room:
                return self._begin(channel, wish)
        async with screen.answers.turn():
            channel.owner = await self._owner(screen, topic)
            return self._begin(channel, wish)

    # ------------------------------------------------------------------------------------- the door

    async def _owner(self, screen: Screen, topic: Topic) -> OwnerId | None:
        """Whose it is; None: it is nobody's, or not to be known of. Raises `Unavailable`."""
        caller = screen.caller
        if topic.id is None or (topic.kind is Kind.USER and topic.id != caller.user_id):
            return None
        asking = Asking(Origin(caller.user_id, ip=caller.ip, user_agent=caller.user_agent))
        if self._loading >= LOADS_MAX:
            raise TooManyLoads("Too many lists are being read at once.", retry_after_s=2)
        self._loading += 1  # who need not wait is no longer counted when the next one comes
        try:
            async with self._turns:
                return await self._asked(asking, topic, topic.id)
        except Unavailable:
            raise
        except SertantaiError:
            return None
        finally:
            self._loading -= 1

    async def _asked(self, asking: Asking, topic: Topic, id: UUID) -> OwnerId:
        if topic.kind is Kind.USER:
            return (await self._access.lists_of(asking)).owner
        if topic.kind is Kind.ORGANIZATION:
            return (await self._access.lists_in(asking, str(id))).owner
        return await self._of_list(asking, GroupId(id))

    async def _of_list(self, asking: Asking, list_: GroupId) -> OwnerId:
        for _ in range(TRIES_MAX):
            owner = (await self._access.list_of(asking, list_, Right.READ)).owner
            if self._engine.in_sight(owner) is not None:
                return owner
        raise Unavailable("The list could not be kept in memory.", retry_after_s=2)

    # ------------------------------------------------------------------------------------ in one turn

    def _begin(self, channel: Channel, wish: Wish) -> Channel | None:
        """Nothing is awaited between the list that is told and the first message behind it."""
        topic, screen = channel.topic, channel.screen
        if screen.is_closed or (channel.owner is None and topic.id is not None):
            return None
        if topic.kind is Kind.LIST:
            assert channel.owner is not None
            group = living(self._engine.in_sight(channel.owner), topic.id)
            if group is None or not self._hub.rights.may_listen(channel):
                return None
            self._hub.join(channel)
            channel.version = group.version
            said = self._list(channel, channel.owner, group, wish.payload)
        else:
            self._hub.join(channel)
            said = {"epoch": self._hub.epoch(channel.owner), **self._surroundings.said(topic.kind)}
            if channel.owner is not None:
                said["work"] = self._work(channel, channel.owner)
        metrics.JOINS.labels(str(said.get("mode", "joined"))).inc()
        screen.write(reply(channel.form.version, wish, "ok", said))
        self._presence.greet(channel, wish.payload)
        return channel

    def _work(self, channel: Channel, owner: OwnerId) -> list[Work]:
        """What is under way now, as far as they may know of it."""
        may_know = self._hub.rights.may_know_of
        return [
            work
            for work in self._under_way.of(owner)
            if (list_ := about(work)) is None or may_know(channel, list_)
        ]

    def _list(
        self, channel: Channel, owner: OwnerId, group: GroupState, payload: Mapping[str, Any]
    ) -> dict[str, Any]:
        said = {
            "version": group.version,
            "epoch": self._hub.epoch(owner),
            "count": group.count,
            "name": group.name,
        }
        known = payload.get("since")
        if isinstance(known, bool) or not isinstance(known, int) or payload.get("epoch") != said["epoch"]:
            return said | self._snapshot(channel, group, payload)
        if known == group.version:
            return said | {"mode": "current"}
        missed = self._hub.missed(owner, group, known) if known < group.version else None
        if missed is None or missed.count > IDS_MAX:
            return said | self._snapshot(channel, group, payload)
        return said | {"mode": "changes"} | difference(missed, group, self._register.catalogue)

    def _snapshot(self, channel: Channel, group: GroupState, payload: Mapping[str, Any]) -> dict[str, Any]:
        if payload.get("want") == "summary":
            return {"mode": "snapshot"}
        user = channel.screen.caller.user_id
        if group.count > SNAPSHOT_IDS_MAX or not self._laws.take(user, group.count):
            return {"mode": "snapshot", "read": f"/api/v1/groups/{group.id}/record-ids"}
        return {"mode": "snapshot", "ids": self._register.catalogue.record_ids(group.records)}


def reply(version: Version | None, wish: Wish, status: str, said: Mapping[str, object]) -> Written:
    """The answer to a push; of an unknown topic without the reference of a join that never was."""
    if version is None:
        event = "joined" if status == "ok" else "refused"
        return Written(Form(None, None, wish.topic).write(event, encoded(said), _version(said)))
    payload = encoded({"status": status, "response": said})
    return Written(written(version, wish.join_ref, wish.ref, wish.topic, REPLY, payload))


def _version(said: Mapping[str, object]) -> int | None:
    found = said.get("version")
    return found if isinstance(found, int) else None
