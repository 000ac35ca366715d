"""What can be listened to, and how it is named on the wire. Pure."""

from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

REALTIME: Final = "realtime:"
"""Supabase's clients put it before each topic, and hear nothing but a few events: ours go as broadcasts."""


class Kind(StrEnum):
    LIST = "list"
    USER = "user"
    ORGANIZATION = "organization"
    REGISTER = "register"
    SERVICE = "service"

    __hash__ = str.__hash__


NAMED: Final = frozenset({Kind.LIST, Kind.USER, Kind.ORGANIZATION})
"""Of these there are many: which one follows behind a colon."""
_KINDS: Final = {kind.value: kind for kind in Kind}


class Topic(msgspec.Struct, frozen=True, array_like=True):
    kind: Kind
    id: UUID | None = None

    def __str__(self) -> str:
        return self.kind.value if self.id is None else f"{self.kind.value}:{self.id}"


REGISTER: Final = Topic(Kind.REGISTER)
SERVICE: Final = Topic(Kind.SERVICE)


def topic_of(text: str) -> Topic | None:
    """None: there is no such topic. An id has one form only, lower case with hyphens."""
    name, _, id_text = text.removeprefix(REALTIME).partition(":")
    kind = _KINDS.get(name)
    if kind is None or (kind in NAMED) != bool(id_text):
        return None
    if kind not in NAMED:
        return Topic(kind) if text.removeprefix(REALTIME) == name else None
    try:
        id = UUID(id_text)
    except ValueError:
        return None
    return Topic(kind, id) if str(id) == id_text else None
