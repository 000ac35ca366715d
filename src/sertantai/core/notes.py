"""What people write beside records and lists, and how many bytes it is.

The bytes of a list's notes are kept with them, so that nobody needs to count them anew: the fold adds and
takes away what an operation changed. A plain mapping is counted when it is asked for.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from pyroaring import BitMap

from sertantai.core.bitmaps import unpack
from sertantai.core.operations import Annotate, Annotation

TEXT_BYTES_UNKNOWN = 1_000
"""What a value that is no JSON is taken for; nothing that a person can send is one."""
SIGNED = {"note": "note_by", "rank": "ranked_by", "reviewed_at": "reviewed_by"}
"""What is kept with who wrote it, where several people may."""
SIGNATURES = {"note_by": "note", "note_at": "note", "ranked_by": "rank", "reviewed_by": "reviewed_at"}
"""What says who wrote something, and when, with what it goes away and comes back."""
RESPONSIBLE, REVIEW_ON, REVIEWED_AT = "responsible", "review_on", "reviewed_at"
"""Who answers for the record in its list, by id; the day by which it is looked at again; when it last was."""
OF_COLLEAGUES = frozenset({*SIGNATURES, RESPONSIBLE})
"""What names members of an organization, and is nothing in a list of one's own."""
OF_ITS_LIST = frozenset({"rank", "ranked_by", REVIEWED_AT, "reviewed_by", RESPONSIBLE, REVIEW_ON})
"""What an annotation says about the record's place in its own list; it does not go along into another.

Nothing is taken from it: what is taken along is worked out again when a journal is read."""
_encode = msgspec.json.Encoder().encode


class Notes(dict[int, Annotation]):
    """Annotations by record number, with their ``bytes``. Never changed once it is part of a state."""

    __slots__ = ("bytes",)

    def __init__(self, annotations: Mapping[int, Annotation], size_bytes: int | None = None) -> None:
        super().__init__(annotations)
        self.bytes = notes_bytes(annotations) if size_bytes is None else size_bytes

    @classmethod
    def of(cls, annotations: Mapping[int, Annotation]) -> "Notes":
        """The same where their bytes are known already."""
        return annotations if isinstance(annotations, Notes) else cls(annotations)


class Settings(dict[str, Any]):
    """A list's metadata; its bytes are counted once, when they are first asked for."""

    __slots__ = ("_bytes",)

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        super().__init__(metadata)
        self._bytes: int | None = None

    @property
    def bytes(self) -> int:
        if self._bytes is None:
            self._bytes = text_bytes(dict(self))
        return self._bytes


def notes_bytes(annotations: Mapping[int, Annotation]) -> int:
    """What annotations take, without what Python needs beside each."""
    if not annotations:
        return 0
    if isinstance(annotations, Notes):
        return annotations.bytes
    return sum(map(text_bytes, annotations.values()))


def taken_along(annotations: Mapping[int, Annotation], records: BitMap) -> Mapping[int, Annotation]:
    """The notes and tags that records take along into another list."""
    found: dict[int, Annotation] = {}
    whole = True
    for number, annotation in annotations.items():
        if number not in records:
            whole = False
        elif OF_ITS_LIST.isdisjoint(annotation):
            found[number] = annotation
        else:
            whole = False
            kept = {name: value for name, value in annotation.items() if name not in OF_ITS_LIST}
            if kept:
                found[number] = kept
    return annotations if whole else found


def with_notes(
    annotations: Mapping[int, Annotation], new: Mapping[int, Annotation]
) -> Mapping[int, Annotation]:
    """The annotations with ``new`` ones in their place; an empty one takes it away."""
    if not new:
        return annotations
    if not annotations and isinstance(new, Notes):
        return new
    size = notes_bytes(annotations)
    after = Notes(annotations, size)
    for number, annotation in new.items():
        had = after.get(number)
        if had is not None:
            size -= text_bytes(had)
        if annotation:
            after[number] = annotation
            size += text_bytes(annotation)
        else:
            after.pop(number, None)
    after.bytes = size
    return after


def without_notes(annotations: Mapping[int, Annotation], gone: BitMap) -> Mapping[int, Annotation]:
    """The annotations without those of the records ``gone``; the same when they had none."""
    dropped = noted(annotations, gone)
    if not dropped:
        return annotations
    if len(dropped) == len(annotations):
        return Notes({}, 0)
    size = notes_bytes(annotations)
    after = Notes(annotations, size)
    for number in dropped:
        size -= text_bytes(after.pop(number))
    after.bytes = size
    return after


def noted(annotations: Mapping[int, Annotation], records: BitMap) -> list[int]:
    """Which of ``records`` have an annotation."""
    if len(records) < len(annotations):
        return [number for number in records if number in annotations]
    return [number for number in annotations if number in records]


def settings_bytes(metadata: Mapping[str, Any]) -> int:
    if not metadata:
        return 0
    return metadata.bytes if isinstance(metadata, Settings) else text_bytes(metadata)


def text_bytes(value: Any) -> int:
    """What a value takes at most: as JSON, which the database gets, or as Python's own text in memory."""
    try:
        encoded = _encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError):
        return TEXT_BYTES_UNKNOWN
    return len(encoded) if encoded.isascii() else max(len(encoded), _in_memory(value))


def _in_memory(value: Any) -> int:
    """Python keeps a text at one, two or four bytes a character: its widest character says which."""
    if isinstance(value, str):
        return len(value) * _width(value)
    if isinstance(value, Mapping):
        return sum(_in_memory(key) + _in_memory(part) for key, part in value.items())
    if isinstance(value, list | tuple):
        return sum(map(_in_memory, value))
    return 8


def _width(text: str) -> int:
    if text.isascii():
        return 1
    if len(text.encode("utf-16-le", "surrogatepass")) > 2 * len(text):
        return 4
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return 2
    return 1


def merged(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``before`` with ``changes``; a value of None takes a key away."""
    both = {**before, **changes}
    return {key: value for key, value in both.items() if value is not None}


def unexpected(records: BitMap, annotations: Mapping[int, Annotation], operation: Annotate) -> str | None:
    """The first key under which something else stands in a list than is expected; None: there is none.

    What stands as the operation would have it is no reason to refuse it: it may be half done already.
    """
    for number in unpack(operation.records):
        had = annotations.get(number, {})
        if number in records and merged(had, operation.changes) == had:
            continue
        for key, value in operation.expected.items():
            if had.get(key) != value:
                return key
    return None
