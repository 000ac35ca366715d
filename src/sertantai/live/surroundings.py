"""What is nobody's: the register as it is now, and whether the server can keep what is done."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from sertantai.core.errors import SertantaiError
from sertantai.live.hub import Hub
from sertantai.live.messages import CHANGED, STATE, Message
from sertantai.live.topics import REGISTER, SERVICE, Kind, Topic
from sertantai.process.background import BackgroundService
from sertantai.records.register import Register

Now = Callable[[], str]
LOOK_EVERY_S: Final = 0.5


class Surroundings(BackgroundService):
    """Looks at both now and then: neither changes often."""

    task_name = "live-surroundings"

    def __init__(self, hub: Hub, register: Register, now: Now) -> None:
        self._hub = hub
        self._register = register
        self._now = now

    def said(self, kind: Kind) -> Mapping[str, object]:
        """To whoever begins to listen."""
        if kind is Kind.SERVICE:
            return {"state": self._now()}
        return self._register_now() if kind is Kind.REGISTER else {}

    async def _run(self) -> None:
        state, register = self._now(), self._register_now()
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            before, state = state, self._now()
            if state != before:
                self._tell(SERVICE, Message(STATE, {"state": state}))
            older, register = register, self._register_now()
            if register != older:
                self._tell(REGISTER, Message(CHANGED, register))

    def _tell(self, topic: Topic, message: Message) -> None:
        watched = self._hub.watched(topic)
        if watched is not None:
            self._hub.send(watched, message)

    def _register_now(self) -> dict[str, object]:
        try:
            catalogue = self._register.catalogue
        except SertantaiError:
            return {}
        return {"revision": catalogue.revision, "counts": {"records": len(catalogue.everything)}}
