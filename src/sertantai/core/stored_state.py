"""States as bytes, for checkpoints: a small one whole, a large one in parts.

A part is one list, or some of a list's notes; its name follows from what is in it. So a part is written only
when it is another, and none is larger than a list may be.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec

from sertantai.core.access_state import AccessState
from sertantai.core.bitmaps import pack, unpack
from sertantai.core.ids import GroupId, OperationId, OwnerId, Position, UserId
from sertantai.core.notes import Notes, Settings, text_bytes
from sertantai.core.operations import Annotation
from sertantai.core.state import GroupState, OwnerState
from sertantai.core.suggestion import Suggestion

NOTES_TOGETHER_BYTES = 500_000
NOTES_TOGETHER_MAX = 2_000
"""Each is looked at in Python, and nobody else has a turn before a part is made."""
NAME_BYTES = 16
Part = tuple[bytes, bytes]
"""Its name and its content."""


class _StoredGroup(msgspec.Struct, frozen=True, array_like=True):
    id: GroupId
    name: str
    created_at: datetime
    updated_at: datetime
    description: str | None
    is_default: bool
    version: Position
    metadata: dict[str, Any]
    records: bytes
    annotations: dict[int, Annotation]
    restricted: bool = False
    made_by: UserId | None = None
    four_eyes: bool = False
    suggestions: dict[OperationId, Suggestion] = {}


class ListParts(msgspec.Struct, frozen=True, array_like=True):
    """The names of the parts that make up one list."""

    list: bytes
    notes: tuple[bytes, ...]


class _StoredState(msgspec.Struct, frozen=True, array_like=True):
    """Fields are only ever appended, with a default: what was written before stays readable."""

    owner: OwnerId
    groups: list[_StoredGroup]
    lists: list[ListParts] = []
    access: AccessState | None = None


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_state_decoder = msgspec.msgpack.Decoder(_StoredState)
_group_decoder = msgspec.msgpack.Decoder(_StoredGroup)
_notes_decoder = msgspec.msgpack.Decoder(dict[int, Annotation])


def encode_state(state: OwnerState) -> bytes:
    """A state as bytes, whole."""
    groups = [_stored(group, dict(group.annotations)) for group in state.groups.values()]
    return _encoder.encode(_StoredState(state.owner, groups, access=state.access))


def encode_head(state: OwnerState, lists: list[ListParts]) -> bytes:
    """A state whose ``lists`` stand in parts of their own."""
    return _encoder.encode(_StoredState(state.owner, [], lists, state.access))


def list_part(group: GroupState) -> Part:
    """A list without its notes."""
    return _named(_encoder.encode(_stored(group, {})))


def notes_parts(annotations: Mapping[int, Annotation]) -> Iterator[Part]:
    """The notes of a list, some at a time, so that one that is changed makes few parts others."""
    together: dict[int, Annotation] = {}
    size = 0
    for number in sorted(annotations):
        together[number] = annotations[number]
        size += text_bytes(annotations[number])
        if size >= NOTES_TOGETHER_BYTES or len(together) == NOTES_TOGETHER_MAX:
            yield _named(_encoder.encode(together))
            together, size = {}, 0
    if together:
        yield _named(_encoder.encode(together))


def decode_state(body: bytes, parts: Mapping[bytes, bytes] | None = None) -> OwnerState:
    """The state that was written.

    Raises `msgspec.DecodeError` or `ValueError` on anything else, `KeyError` where a part is not there.
    """
    stored = _state_decoder.decode(body)
    groups = {one.id: _group(one, one.annotations) for one in stored.groups}
    for made_of in stored.lists:
        held = parts or {}
        one = _group_decoder.decode(held[made_of.list])
        notes: dict[int, Annotation] = {}
        for name in made_of.notes:
            notes.update(_notes_decoder.decode(held[name]))
        groups[one.id] = _group(one, notes)
    return OwnerState(stored.owner, groups, stored.access)


def _stored(group: GroupState, annotations: dict[int, Annotation]) -> _StoredGroup:
    return _StoredGroup(
        group.id,
        group.name,
        group.created_at,
        group.updated_at,
        group.description,
        group.is_default,
        group.version,
        dict(group.metadata),
        pack(group.records),
        annotations,
        group.restricted,
        group.made_by,
        group.four_eyes,
        dict(group.suggestions),
    )


def _group(stored: _StoredGroup, annotations: dict[int, Annotation]) -> GroupState:
    return GroupState(
        stored.id,
        stored.name,
        stored.created_at,
        stored.updated_at,
        stored.description,
        stored.is_default,
        stored.version,
        Settings(stored.metadata),
        unpack(stored.records),
        Notes(annotations),
        stored.restricted,
        stored.made_by,
        stored.four_eyes,
        stored.suggestions,
    )


def _named(content: bytes) -> Part:
    return blake2b(content, digest_size=NAME_BYTES).digest(), content
