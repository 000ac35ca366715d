"""Screens and channels of people who exist nowhere else, and what is written to them."""

import json
from typing import Any
from uuid import UUID

from sertantai.accounts.caller import Caller
from sertantai.core.ids import UserId
from sertantai.live.frames import Version
from sertantai.live.messages import Form, Message, Written
from sertantai.live.screens import Channel, Screen
from sertantai.live.topics import Kind, Topic

LIST = Topic(Kind.LIST, UUID(int=99))


class Sheet:
    """An outlet. ``unread_bytes`` is what a test says."""

    def __init__(self) -> None:
        self.unread_bytes = 0
        self.texts: list[bytes] = []
        self.is_ended = False

    def write(self, message: Written) -> None:
        self.texts.append(message.text)

    def close(self, code: int, reason: str = "") -> None:
        self.is_ended = True

    def abort(self) -> None:
        self.is_ended = True

    def told(self) -> list[tuple[str, Any]]:
        """Events and what they say, in order."""
        return [(event, payload) for _, _, _, event, payload in map(json.loads, self.texts)]


def caller(person: int, ip: str | None = "192.0.2.1") -> Caller:
    return Caller(UserId(UUID(int=person)), None, "user", None, frozenset({"read"}), ip, None, None)


def screen(person: int, ip: str | None = "192.0.2.1", now: float = 0.0) -> tuple[Screen, Sheet]:
    sheet = Sheet()
    return Screen(caller(person, ip), None, sheet, now), sheet


def channel(person: int, topic: Topic = LIST) -> tuple[Channel, Sheet]:
    made, sheet = screen(person)
    joined = Channel(made, topic, Form(Version.V2, "1", str(topic)), None)
    made.channels[str(topic)] = joined
    return joined, sheet


def message(text: str, event: str = "changes") -> Message:
    return Message(event, {"text": text})
