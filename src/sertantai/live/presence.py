"""Who is here: told among those who look at the same list, or are in the same organization.

A page that is loaded again is not gone, so the last sign of somebody is taken away after a moment only. Where
many are here their number is told, and nobody's name. Who joins with ``presence: false`` is not shown, and
nobody where the organization has decided so.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from secrets import token_hex
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.clock import Clock
from sertantai.live.bounds import LOOKS_PER_S, PRESENCE_EVERY_S, PRESENCE_GRACE_S, PRESENCE_SHOWN_MAX
from sertantai.live.messages import PRESENCE_COUNT, PRESENCE_DIFF, PRESENCE_STATE, Message, Written
from sertantai.live.screens import Channel
from sertantai.live.topics import Kind, Topic
from sertantai.live.watched import Watched

SHARED: Final = frozenset({Kind.LIST, Kind.ORGANIZATION})
LAW_CHARACTERS_MAX: Final = 36


class Meta(msgspec.Struct, frozen=True, omit_defaults=True):
    """One screen of somebody, as clients of Phoenix want it."""

    phx_ref: str
    since: datetime
    name: str | None = None
    law: str | None = None
    phx_ref_prev: str | None = None


Metas = dict[str, list[Meta]]
"""By person."""


class _Here:
    """Who is at one topic."""

    __slots__ = ("going", "is_due", "joins", "leaves", "metas", "shown", "told")

    def __init__(self) -> None:
        self.metas: dict[UUID, dict[Channel, Meta]] = {}
        self.going: dict[UUID, tuple[Meta, asyncio.TimerHandle]] = {}
        """Whose last screen has gone, for the moment that they are given to come back."""
        self.joins: Metas = {}
        self.leaves: Metas = {}
        self.is_due = False
        self.shown = True
        """By name; else only how many."""
        self.told = 0
        """How many, when that was told last."""

    def __len__(self) -> int:
        return len(self.metas.keys() | self.going.keys())


class Presence:
    """A `Follower` of the hub. ``tell`` sends to whoever listens to a topic; ``name_of`` is what somebody is
    called there; ``is_shown``: whether it is told there at all."""

    def __init__(
        self,
        clock: Clock,
        watched: Callable[[Topic], Watched | None],
        tell: Callable[[Watched, Message], None],
        name_of: Callable[[Channel], str | None],
        is_shown: Callable[[Channel], bool],
    ) -> None:
        self._clock = clock
        self._watched = watched
        self._tell = tell
        self._name_of = name_of
        self._is_shown = is_shown
        self._here: dict[Topic, _Here] = {}
        self._looked_at: dict[Channel, float] = {}
        self._run, self._serial = token_hex(4), count(1)

    # ------------------------------------------------------------------------------------- the hub's

    def joined(self, channel: Channel) -> None:
        """See `greet`, which comes behind the answer."""

    def left(self, channel: Channel) -> None:
        here = self._here.get(channel.topic)
        user = channel.screen.caller.user_id
        self._looked_at.pop(channel, None)
        if here is None or user not in here.metas:
            return
        meta = here.metas[user].pop(channel, None)
        if meta is None:
            return
        if here.metas[user]:
            self._leaves(channel.topic, here, user, meta)
            return
        del here.metas[user]
        loop = asyncio.get_running_loop()
        timer = loop.call_later(PRESENCE_GRACE_S, self._went, channel.topic, here, user)
        here.going[user] = meta, timer

    def hushed(self, watched: Watched) -> None:
        """From now on nobody is told of anybody there: those who were are gone."""
        here = self._here.pop(watched.topic, None)
        if here is None:
            return
        for _, timer in here.going.values():
            timer.cancel()
        said = Message(PRESENCE_STATE, {}) if here.shown else Message(PRESENCE_COUNT, {"count": 0})
        for about in (here.metas, here.going, here.joins, here.leaves):
            about.clear()
        here.shown = True
        self._tell(watched, said)

    # --------------------------------------------------------------------------------------- telling

    def greet(self, channel: Channel, payload: Mapping[str, Any]) -> None:
        """Behind the answer to a join: who is here, and to the others that somebody has come."""
        if channel.topic.kind not in SHARED or not channel.is_open or not self._is_shown(channel):
            return
        here = self._here.get(channel.topic) or _Here()
        if payload.get("presence") is not False:
            self._here[channel.topic] = here
            meta = Meta(self._ref(), self._clock.now(), self._name_of(channel))
            user = channel.screen.caller.user_id
            going = here.going.pop(user, None)
            here.metas.setdefault(user, {})[channel] = meta
            self._joins(channel.topic, here, user, meta)
            if going is not None:
                going[1].cancel()
                self._leaves(channel.topic, here, user, going[0])
        self._say_state(channel, here)

    def look(self, channel: Channel, payload: Mapping[str, Any]) -> None:
        """Somebody looks at a law, or at none any more."""
        here = self._here.get(channel.topic)
        user, law = channel.screen.caller.user_id, payload.get("law")
        before = None if here is None else here.metas.get(user, {}).get(channel)
        now = self._clock.monotonic()
        if here is None or before is None or now - self._looked_at.get(channel, -1e9) < 1 / LOOKS_PER_S:
            return
        self._looked_at[channel] = now
        text = law[:LAW_CHARACTERS_MAX] if isinstance(law, str) else None
        meta = Meta(self._ref(), before.since, before.name, text, before.phx_ref)
        here.metas[user][channel] = meta
        self._joins(channel.topic, here, user, meta)
        self._leaves(channel.topic, here, user, before)

    def _say_state(self, channel: Channel, here: _Here) -> None:
        form = channel.form
        if not here.shown:
            message = Message(PRESENCE_COUNT, {"count": len(here)})
        else:
            metas = {str(user): {"metas": list(one.values())} for user, one in here.metas.items()}
            metas |= {str(user): {"metas": [meta]} for user, (meta, _) in here.going.items()}
            message = Message(PRESENCE_STATE, metas)
        channel.screen.write(Written(form.write(message.event, message.payload)))

    def _went(self, topic: Topic, here: _Here, user: UUID) -> None:
        meta, _ = here.going.pop(user)
        self._leaves(topic, here, user, meta)
        if not here.metas and not here.going:
            self._here.pop(topic, None)

    def _joins(self, topic: Topic, here: _Here, user: UUID, meta: Meta) -> None:
        here.joins.setdefault(str(user), []).append(meta)
        self._due(topic, here)

    def _leaves(self, topic: Topic, here: _Here, user: UUID, meta: Meta) -> None:
        joins = here.joins.get(str(user), [])
        if meta in joins:  # nobody was told of it yet
            joins.remove(meta)
            if not joins:
                del here.joins[str(user)]
        else:
            here.leaves.setdefault(str(user), []).append(meta)
        self._due(topic, here)

    def _due(self, topic: Topic, here: _Here) -> None:
        if not here.is_due:
            here.is_due = True
            asyncio.get_running_loop().call_later(PRESENCE_EVERY_S, self._flush, topic, here)

    def _flush(self, topic: Topic, here: _Here) -> None:
        here.is_due = False
        joins, leaves = here.joins, here.leaves
        here.joins, here.leaves = {}, {}
        watched = self._watched(topic)
        if watched is None:
            return
        were_shown, here.shown = here.shown, len(here) <= PRESENCE_SHOWN_MAX
        if not here.shown:
            if were_shown:
                self._tell(watched, Message(PRESENCE_STATE, {}))
            if len(here) != here.told:
                here.told = len(here)
                self._tell(watched, Message(PRESENCE_COUNT, {"count": len(here)}))
        elif not were_shown:
            here.told = 0
            for channel in watched.members:
                self._say_state(channel, here)
        elif joins or leaves:
            said = {
                "joins": {user: {"metas": metas} for user, metas in joins.items()},
                "leaves": {user: {"metas": metas} for user, metas in leaves.items()},
            }
            self._tell(watched, Message(PRESENCE_DIFF, said))

    def _ref(self) -> str:
        return f"{self._run}{next(self._serial):x}"
