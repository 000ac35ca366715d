"""Looks at all screens in turns: who is gone, whose time is over, who does not read, who may not listen."""

import asyncio
from itertools import islice
from typing import Final

from sertantai.core.clock import Clock
from sertantai.http.protocol.websocket_protocol import GOING_AWAY
from sertantai.live import metrics
from sertantai.live.bounds import (
    BUFFERED_BYTES_MAX,
    FIRST_JOIN_S,
)
from sertantai.live.credentials import Credentials
from sertantai.live.hub import Hub
from sertantai.live.screens import Screen
from sertantai.process.background import BackgroundService

EVERY_S: Final = 0.25
PARTS: Final = 4
"""All are looked at once in so many turns: once a second."""
DOUBTED_AT_ONCE: Final = 50
"""Credentials that are asked again in one turn, where all are in doubt."""


class Upkeep(BackgroundService):
    task_name = "live-upkeep"

    def __init__(self, hub: Hub, credentials: Credentials, clock: Clock) -> None:
        self._hub = hub
        self._credentials = credentials
        self._clock = clock

    async def _run(self) -> None:
        turn = 0
        while True:
            await asyncio.sleep(EVERY_S)
            turn = (turn + 1) % PARTS
            screens = list(islice(self._hub.screens, turn, None, PARTS))
            doubted = 0
            for number, screen in enumerate(screens):
                if number % 256 == 255:
                    await asyncio.sleep(0)
                if screen.is_closed or self._is_ended(screen):
                    continue
                if self._credentials.is_doubted(screen) and doubted < DOUBTED_AT_ONCE:
                    doubted += 1
                    self._credentials.check(screen)
            if turn == 0:
                self._bound_buffers()
                self._hub.forget_unwatched()

    def _is_ended(self, screen: Screen) -> bool:
        now = self._clock.monotonic()
        is_lost = screen.is_lagging(now) and screen.is_lost(now)
        if self._credentials.is_over(screen):
            self._hub.close_screen(screen, GOING_AWAY, "expired")
        elif now - screen.heard_at > screen.idle_s:
            self._cut(screen, "idle")
        elif not screen.channels and now - screen.opened_at > FIRST_JOIN_S and not screen.has_joined:
            self._hub.close_screen(screen, GOING_AWAY, "joined nothing")
        elif is_lost:
            self._cut(screen, "does not read")
        else:
            for channel in list(screen.channels.values()):
                if not self._hub.rights.may_listen(channel):
                    self._hub.close(channel)
            return False
        return True

    def _cut(self, screen: Screen, why: str) -> None:
        """Words of farewell would wait behind what is not read."""
        self._hub.forget(screen)
        metrics.CLOSED.labels(why).inc()
        screen.outlet.abort()

    def _bound_buffers(self) -> None:
        unread = {screen: size for screen in self._hub.screens if (size := screen.outlet.unread_bytes)}
        metrics.LAGGING.set(sum(screen.lagging_since is not None for screen in unread))
        held = sum(unread.values())
        if held <= BUFFERED_BYTES_MAX:
            return
        for screen in sorted(unread, key=lambda one: unread[one], reverse=True):
            if held <= BUFFERED_BYTES_MAX:
                return
            held -= unread[screen]
            self._cut(screen, "too much unread")
