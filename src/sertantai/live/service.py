"""Live channels, all parts put together: started with the server, drained before it ends."""

import asyncio
import random
from collections.abc import Mapping
from math import inf
from typing import Final

from sertantai.accounts.caller import Caller
from sertantai.accounts.live_sessions import Ended
from sertantai.accounts.service import Accounts
from sertantai.core.clock import Clock
from sertantai.core.sharing.who_is_here import is_presence_shown
from sertantai.engine.engine import Engine
from sertantai.http.protocol.told_slowly import Way
from sertantai.http.protocol.websocket_protocol import RESTARTING
from sertantai.lists.access import Access
from sertantai.live.bounds import IDLE_S
from sertantai.live.conversation import Conversation
from sertantai.live.credentials import Credentials
from sertantai.live.event_stream import EventStream
from sertantai.live.frames import Version
from sertantai.live.hub import Hub
from sertantai.live.joining import Joining
from sertantai.live.long_poll import LongPolls
from sertantai.live.messages import STATE, Message
from sertantai.live.presence import Presence
from sertantai.live.screens import Channel, Credential, Outlet, Screen, Screens
from sertantai.live.surroundings import Now, Surroundings
from sertantai.live.telling import person
from sertantai.live.tickets import Tickets
from sertantai.live.topics import SERVICE
from sertantai.live.upkeep import Upkeep
from sertantai.process.under_way import UnderWay
from sertantai.records.register import Register

STATE_KEY: Final = "live"
"""In the application's state: the `Live` of this server."""
DRAIN_S: Final = 3.0
"""Over so long a time screens are sent away, so that they do not come back all at once."""
DRAIN_STEP_S: Final = 0.05


class Live:
    def __init__(
        self,
        engine: Engine,
        access: Access,
        register: Register,
        clock: Clock,
        now: Now,
        under_way: UnderWay,
    ) -> None:
        """``now``: in which state the server is, in a word."""
        self.screens = Screens()
        self.hub = Hub(engine, register, clock, self.screens)
        self.is_ending = False
        self._engine = engine
        self._clock = clock
        self.surroundings = Surroundings(self.hub, register, now)
        self.presence = Presence(clock, self.hub.watched, self.hub.send, self._name_of, self._is_shown)
        self.hub.followers.append(self.presence)
        under_way.listeners.append(self.hub.news.worked)
        self.joining = Joining(
            self.hub, access, engine, register, self.surroundings, self.presence, under_way
        )
        self.long_polls = LongPolls()
        self.tickets = Tickets(clock)
        self._credentials: Credentials | None = None
        self._upkeep: Upkeep | None = None

    def ended(self, ended: Ended) -> None:
        """A session or token; see `Credentials.ended`."""
        if self._credentials is not None:
            self._credentials.ended(ended)

    @property
    def credentials(self) -> Credentials:
        assert self._credentials is not None, "it is known who is who before anybody comes"
        return self._credentials

    def know(self, accounts: Accounts) -> None:
        """Whom credentials speak for. They tell this one of their ends, so they are there later."""
        self._credentials = Credentials(accounts, self.hub, self._clock)

    async def start(self) -> None:
        self._upkeep = Upkeep(self.hub, self.credentials, self._clock)
        await self.hub.start()
        await self.surroundings.start()
        await self._upkeep.start()

    async def stop(self) -> None:
        if self._upkeep is not None:
            await self._upkeep.stop()
        await self.surroundings.stop()
        await self.hub.stop()

    def begin(
        self,
        caller: Caller,
        credential: Credential | None,
        outlet: Outlet,
        version: Version,
        idle_s: float = IDLE_S,
    ) -> Conversation:
        """With somebody who has been let in."""
        screen = self.open(caller, credential, outlet, idle_s)
        return Conversation(
            screen, version, self.hub, self.joining, self.credentials.known, self.presence.look
        )

    def open(self, caller: Caller, credential: Credential | None, outlet: Outlet, idle_s: float) -> Screen:
        screen = Screen(caller, credential, outlet, self._clock.monotonic(), idle_s)
        self.hub.add(screen)
        return screen

    def stream(self, caller: Caller, credential: Credential | None, way: Way) -> EventStream:
        """Of events, for somebody who has been let in. No sign of theirs is waited for: they say nothing."""
        stream = EventStream(self.hub, way)
        stream.screen = self.open(caller, credential, stream, idle_s=inf)
        return stream

    async def drain(self, within_s: float = DRAIN_S) -> None:
        """The server ends: everybody is told when to come again, and sent away a few at a time."""
        self.is_ending = True
        screens = list(self.screens)
        if not screens:
            return
        watched = self.hub.watched(SERVICE)
        if watched is not None:
            for channel in watched.members:
                said: Mapping[str, object] = {
                    "state": "restarting",
                    "in_ms": random.randint(500, 5_000),  # noqa: S311  # so that not all come at once
                }
                message = Message(STATE, said)
                channel.screen.write(message.written(channel.form))
        steps = max(1, int(within_s / DRAIN_STEP_S))
        size = -(-len(screens) // steps)
        for at in range(0, len(screens), size):
            for screen in screens[at : at + size]:
                self.hub.forget(screen)
                screen.outlet.close(RESTARTING, "restarting")
            if at + size < len(screens):
                await asyncio.sleep(DRAIN_STEP_S)

    # ------------------------------------------------------------------------------------ for presence

    def _name_of(self, channel: Channel) -> str | None:
        state = None if channel.owner is None else self._engine.in_sight(channel.owner)
        found = person(state, channel.screen.caller.user_id)
        return None if found is None else found.name

    def _is_shown(self, channel: Channel) -> bool:
        state = None if channel.owner is None else self._engine.in_sight(channel.owner)
        return state is None or is_presence_shown(state.access)
