"""One topic as one screen has joined it."""

from typing import TYPE_CHECKING

from sertantai.core.ids import OwnerId
from sertantai.live.messages import Form
from sertantai.live.topics import Topic

if TYPE_CHECKING:
    from sertantai.live.screens import Screen


class Channel:
    """``version``: of the list, up to which the screen has been told everything."""

    __slots__ = ("form", "is_open", "owner", "screen", "topic", "version")

    def __init__(self, screen: "Screen", topic: Topic, form: Form, owner: OwnerId | None) -> None:
        """``owner``: whose list, or which organization, it is about."""
        self.screen = screen
        self.topic = topic
        self.form = form
        self.owner = owner
        self.version = 0
        self.is_open = True
