"""What one client says, frame by frame, and what it is answered: the channel's half of Phoenix."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from sertantai.accounts.caller import Caller
from sertantai.core.errors import SertantaiError
from sertantai.http.protocol.paces import Pace
from sertantai.http.protocol.websocket_protocol import BAD_DATA, BROKEN_RULE
from sertantai.live.bounds import (
    JOINS_AT_ONCE,
    JOINS_PER_S,
    MESSAGES_AT_ONCE,
    MESSAGES_PER_S,
    TOPICS_MAX,
)
from sertantai.live.frames import (
    CLOSE,
    HEARTBEAT,
    JOIN,
    LEAVE,
    PHOENIX,
    BadFrame,
    Frame,
    Version,
    encoded,
    read,
)
from sertantai.live.hub import Hub
from sertantai.live.joining import UNMATCHED, Joining, Wish, reply
from sertantai.live.messages import Form, Written
from sertantai.live.screens import Channel, Credential, Screen

ACCESS_TOKEN: Final = "access_token"  # noqa: S105  # the name of an event
LOOK: Final = "look"
HELD_MAX: Final = 32
"""Pushes to a topic whose join is not answered yet; they are heard after it, as they were sent."""
NOTHING: Final[Mapping[str, object]] = {}
UNKNOWN: Final = {"reason": "unknown event"}
TOO_MANY: Final = {"reason": "too many channels joined"}

Known = Callable[[Credential, str | None, str | None], Awaitable[Caller | None]]
"""Whom a credential speaks for, from an address with a program; None: it was refused."""
Looks = Callable[[Channel, Mapping[str, Any]], None]
"""Somebody looks at a law, in a list."""


class Conversation:
    """With one screen. It is a `Listener` of its socket."""

    def __init__(
        self, screen: Screen, version: Version, hub: Hub, joining: Joining, known: Known, looks: Looks
    ) -> None:
        self.screen = screen
        self.version = version
        self._hub = hub
        self._joining = joining
        self._known = known
        self._looks = looks
        self._tasks: dict[str, tuple[str | None, asyncio.Task[Any]]] = {}
        """By topic: joins that are not answered yet, with their references."""
        self._held: dict[str, list[Frame]] = {}
        self._beside: set[asyncio.Task[Any]] = set()
        clock = hub.now
        self._messages = Pace(MESSAGES_PER_S, MESSAGES_AT_ONCE, clock)
        self._joins = Pace(JOINS_PER_S, JOINS_AT_ONCE, clock)

    # ------------------------------------------------------------------------------------- the socket

    def heard(self, message: str | bytes) -> None:
        screen = self.screen
        if screen.is_closed:
            return
        screen.heard_at = self._hub.now()
        if not self._messages.take():
            self._hub.close_screen(screen, BROKEN_RULE, "too many messages")
            return
        try:
            frame = read(self.version, message)
        except BadFrame:
            self._hub.close_screen(screen, BAD_DATA, "bad frame")
            return
        self._frame(frame)

    def gone(self) -> None:
        for _, task in self._tasks.values():
            task.cancel()
        for task in self._beside:
            task.cancel()
        self._hub.forget(self.screen)

    def drained(self) -> None:
        self._hub.drained(self.screen)

    # ------------------------------------------------------------------------------------- its frames

    def _frame(self, frame: Frame) -> None:
        if frame.topic == PHOENIX:
            self._reply(frame, None, "ok" if frame.event == HEARTBEAT else "error", NOTHING)
        elif frame.event == JOIN:
            self._join(frame)
        elif frame.event == LEAVE:
            self._leave(frame)
        else:
            self._push(frame)

    def _join(self, frame: Frame) -> None:
        join_ref = frame.join_ref or frame.ref
        topic = frame.topic
        old = self.screen.channels.get(topic)
        if old is not None:
            self._hub.close(old)
        self._drop_join(topic)
        wish = Wish(topic, join_ref, frame.ref, frame.payload or {})
        if len(self.screen.channels) + len(self._tasks) >= TOPICS_MAX:
            self.screen.write(reply(self.version, wish, "error", TOO_MANY))
            return
        if not self._joins.take():
            self._hub.close_screen(self.screen, BROKEN_RULE, "too many joins")
            return
        task = asyncio.create_task(self._joining.join(self.screen, self.version, wish), name="live-join")
        self._tasks[topic] = join_ref, task
        task.add_done_callback(lambda done: self._joined(topic, done))

    def _joined(self, topic: str, task: "asyncio.Task[Any]") -> None:
        waiting = self._tasks.get(topic)
        if waiting is not None and waiting[1] is task:
            del self._tasks[topic]
            self._hear_held(topic)
        if not task.cancelled() and task.exception() is not None:
            raise task.exception()  # type: ignore[misc]  # it is there; the loop's handler logs it

    def _drop_join(self, topic: str) -> None:
        waiting = self._tasks.pop(topic, None)
        if waiting is not None:
            join_ref, task = waiting
            self._held.pop(topic, None)
            if task.done():
                return  # it has been answered, and what it began is ended by itself
            task.cancel()
            self.screen.write(Form(self.version, join_ref, topic).ending(CLOSE))

    def _leave(self, frame: Frame) -> None:
        channel = self.screen.channels.get(frame.topic)
        waiting = self._tasks.get(frame.topic)
        current = channel.form.join_ref if channel is not None else (waiting[0] if waiting else None)
        if frame.join_ref is not None and current is not None and frame.join_ref != current:
            return  # of a join that another took the place of
        self._reply(frame, current, "ok", NOTHING)
        if channel is not None:
            self._hub.close(channel)
        else:
            self._drop_join(frame.topic)

    def _hold(self, frame: Frame) -> bool:
        """Whether it waits for the answer to a join."""
        waiting = self._tasks.get(frame.topic)
        if waiting is None or waiting[1].done():
            self._hear_held(frame.topic)
            return False
        held = self._held.setdefault(frame.topic, [])
        if len(held) >= HELD_MAX:
            return False
        held.append(frame)
        return True

    def _hear_held(self, topic: str) -> None:
        for frame in self._held.pop(topic, ()):
            self._push(frame)

    def _push(self, frame: Frame) -> None:
        if self._hold(frame):
            return
        channel = self.screen.channels.get(frame.topic)
        if channel is None:
            self._reply(frame, None, "error", UNMATCHED)
            return
        join_ref = channel.form.join_ref
        if frame.join_ref is not None and frame.join_ref != join_ref:
            return
        if frame.event == ACCESS_TOKEN and frame.payload is not None:
            self._renew(channel, frame.payload.get("access_token"))
        elif frame.event == LOOK and frame.payload is not None:
            self._looks(channel, frame.payload)
            self._reply(frame, join_ref, "ok", NOTHING)
        else:
            self._reply(frame, join_ref, "error", UNKNOWN)

    def _reply(self, frame: Frame, join_ref: str | None, status: str, said: Mapping[str, object]) -> None:
        wish = Wish(frame.topic, join_ref, frame.ref, NOTHING)
        self.screen.write(reply(self.version, wish, status, said))

    # ------------------------------------------------------------------------------------ credentials

    def _renew(self, channel: Channel, token: object) -> None:
        """Another token in the place of the one that the screen proved itself with."""
        if not isinstance(token, str) or not token:
            return  # a client that has none says so, too
        if len(self._beside) >= TOPICS_MAX:
            return
        task = asyncio.create_task(self._renewed(channel, Credential(token, is_cookie=False)))
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _renewed(self, channel: Channel, credential: Credential) -> None:
        screen = self.screen
        try:
            caller = await self._known(credential, screen.caller.ip, screen.caller.user_agent)
        except SertantaiError:
            return  # nobody knows now; what is there goes on until somebody does
        if screen.is_closed:
            return
        if caller is not None and caller.user_id == screen.caller.user_id:
            self._hub.screens.renew(screen, caller, credential)
            return
        said = {
            "extension": "system",
            "status": "error",
            "message": "The token was refused.",
            "channel": channel.topic.kind.value,
        }
        if channel.is_open:
            screen.write(Written(channel.form.write("system", encoded(said))))
            self._hub.close(channel)
