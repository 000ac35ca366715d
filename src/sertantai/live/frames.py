"""Phoenix Channels on the wire: frames of V2 (arrays) and V1 (objects), read and written. Pure.

As the unmodified clients speak it; `docs/guides/live.md` has all of it. Text that we write is made once for
all who get the same: only what is in front of the payload differs.
"""

from enum import Enum
from typing import Any, Final

import msgspec

REPLY: Final = "phx_reply"
CLOSE: Final = "phx_close"
ERROR: Final = "phx_error"
JOIN: Final = "phx_join"
LEAVE: Final = "phx_leave"
HEARTBEAT: Final = "heartbeat"
PHOENIX: Final = "phoenix"
"""The topic of the connection itself."""
TEXT_MAX: Final = 200
"""Characters of a topic, an event or a reference: ours are shorter, and all are said again in answers."""
PUSH: Final = 0
PUSH_OF_BROADCAST: Final = 3
"""A kind of supabase's."""


class Version(Enum):
    V1 = "1"
    V2 = "2"

    __hash__ = object.__hash__  # the one of enumerations is written in Python, and each write asks for it


class Frame(msgspec.Struct, frozen=True):
    """One message of a client. ``payload`` is None for bytes, which nothing here takes."""

    join_ref: str | None
    ref: str | None
    topic: str
    event: str
    payload: dict[str, Any] | None


class BadFrame(Exception):
    """It is no frame; the message says why."""


class _V1(msgspec.Struct):
    topic: Any = None
    event: Any = None
    payload: Any = None
    ref: Any = None
    join_ref: Any = None


_list = msgspec.json.Decoder(list[Any])
_object = msgspec.json.Decoder(_V1)
_json = msgspec.json.Encoder()


def version_of(vsn: str | None) -> Version | None:
    """What a client that says ``vsn`` speaks: by Phoenix's rule, 1 where it says nothing. None: neither."""
    if vsn is None:
        return Version.V1
    parts = vsn.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return {"1": Version.V1, "2": Version.V2}.get(parts[0])


def read(version: Version, message: str | bytes) -> Frame:
    """Raises `BadFrame`."""
    if isinstance(message, bytes):
        return _binary(message)
    try:
        if version is Version.V1:
            found = _object.decode(message)
            parts = [found.join_ref, found.ref, found.topic, found.event, found.payload]
        else:
            parts = _list.decode(message)
    except (msgspec.DecodeError, RecursionError) as error:
        raise BadFrame(f"no frame: {error}") from None
    if len(parts) < 5:
        raise BadFrame("a frame has five parts")
    join_ref, ref, topic, event, payload = parts[:5]
    if payload is None:
        payload = {}
    if not isinstance(payload, dict):
        payload = {"value": payload}
    return Frame(_ref(join_ref), _ref(ref), _text(topic), _text(event), payload)


def _binary(message: bytes) -> Frame:
    """A push of bytes: its head alone is of interest, for the answer. Lengths are one byte each."""
    if not message:
        raise BadFrame("an empty message")
    kind, lengths = message[0], {PUSH: 4, PUSH_OF_BROADCAST: 6}
    count = lengths.get(kind)
    if count is None or len(message) < 1 + count:
        raise BadFrame("a binary message without its head")
    sizes = message[1 : 1 + count][: 5 if kind == PUSH_OF_BROADCAST else 4]
    at, parts = 1 + count, []
    for size in sizes:
        if at + size > len(message):
            raise BadFrame("a binary message that ends within its head")
        try:
            parts.append(message[at : at + size].decode())
        except UnicodeDecodeError:
            raise BadFrame("a binary message that is no UTF-8") from None
        at += size
    join_ref, ref, topic, event = parts[:4]
    return Frame(join_ref or None, ref or None, _text(topic), _text(event), None)


def _ref(given: Any) -> str | None:
    if given is None:
        return None
    if isinstance(given, int) and not isinstance(given, bool):
        return str(given)[:TEXT_MAX]
    return _text(given)


def _text(given: Any) -> str:
    if not isinstance(given, str) or len(given) > TEXT_MAX:
        raise BadFrame("topics, events and references are short texts")
    return given


def encoded(payload: object) -> bytes:
    return _json.encode(payload)


def written(
    version: Version, join_ref: str | None, ref: str | None, topic: str, event: str, payload: bytes
) -> bytes:
    """The text of a frame around a payload that is encoded already."""
    if version is Version.V2:
        head = _json.encode([join_ref, ref, topic, event])
        return b"%b,%b]" % (head[:-1], payload)
    parts = (_json.encode(topic), _json.encode(event), payload, _json.encode(ref), _json.encode(join_ref))
    return b'{"topic":%b,"event":%b,"payload":%b,"ref":%b,"join_ref":%b}' % parts
