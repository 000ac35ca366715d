"""What is told, and its text: encoded once, and once more for each way in which clients want it."""

from typing import Final
from uuid import UUID

import msgspec

from sertantai.http.protocol.text_frames import text_frame
from sertantai.live.frames import CLOSE, Version, encoded, written
from sertantai.live.topics import REALTIME

CHANGES: Final = "changes"
ANNOTATIONS: Final = "annotations"
LIST: Final = "list"
SUGGESTIONS: Final = "suggestions"
GONE: Final = "gone"
RESET: Final = "reset"
LISTS: Final = "lists"
MEMBERS: Final = "members"
ORGANIZATIONS: Final = "organizations"
WORK: Final = "work"
CHANGED: Final = "changed"
STATE: Final = "state"
PRESENCE_STATE: Final = "presence_state"
PRESENCE_DIFF: Final = "presence_diff"
PRESENCE_COUNT: Final = "presence_count"
_OWN_OF_SUPABASE: Final = frozenset({PRESENCE_STATE, PRESENCE_DIFF, "system"})
"""Events that its clients know by themselves."""


class Written:
    """A text on its way to one kind of screen; as a WebSocket's frame it is made when it is first needed."""

    __slots__ = ("_frame", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        self._frame: bytes | None = None

    @property
    def frame(self) -> bytes:
        if self._frame is None:
            self._frame = text_frame(self.text)
        return self._frame


class Form(msgspec.Struct, frozen=True):
    """How one screen wants the messages of one topic, as it has joined it. ``version`` None: as server-sent
    events. ``topic`` as the client calls it."""

    version: Version | None
    join_ref: str | None
    topic: str

    def write(self, event: str, payload: bytes, version: int | None = None) -> bytes:
        """``version``: of the list, behind what is told."""
        if self.version is None:
            id_line = b"" if version is None else b"id: %d\n" % version
            return b"event: %b\n%bdata: %b\n\n" % (event.encode(), id_line, payload)
        if self.topic.startswith(REALTIME) and event not in _OWN_OF_SUPABASE:
            head = encoded({"type": "broadcast", "event": event})
            event, payload = "broadcast", b'%b,"payload":%b}' % (head[:-1], payload)
        return written(self.version, self.join_ref, None, self.topic, event, payload)

    def ending(self, event: str) -> Written:
        """Of the topic; its reference is that of its beginning. A stream's own end says that it is to begin
        anew."""
        if self.version is None:
            return Written(self.write(GONE, b"{}") if event == CLOSE else b"")
        return Written(written(self.version, self.join_ref, self.join_ref, self.topic, event, b"{}"))


class Message:
    """One message for everybody who listens to a topic. ``before`` and ``version``: of the list that it is
    about, if it is about one. ``about``: a list that not all who listen may know of."""

    __slots__ = ("_written", "about", "before", "event", "payload", "version")

    def __init__(
        self,
        event: str,
        payload: object,
        before: int = 0,
        version: int | None = None,
        about: UUID | None = None,
    ) -> None:
        self.event = event
        self.about = about
        self.payload = encoded(payload)
        self.before = before
        self.version = version
        self._written: dict[Form, Written] = {}

    def written(self, form: Form) -> Written:
        found = self._written.get(form)
        if found is None:
            found = self._written[form] = Written(form.write(self.event, self.payload, self.version))
        return found
