"""Notices that lost all they said once their time was over: what stands in their place in the log.

The line that is left of one, a stub, holds its hash, so the tree and the links between notices stay what they
are. It counts only where an act of retention, which is a notice of the log itself, tells of it: which of the
log's notices went, how many, and a hash over them. Nothing but entries of access may go.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.sealing.canonical import canonical
from sertantai.core.sealing.entries import time_of
from sertantai.core.sealing.tree import leaf_hash

DROPPED: Final = "dropped"
_STUB: Final = '{"dropped":"'
_ACCESS: Final = '"kind":"access"'
_RETENTION: Final = '"kind":"retention"'


class Stub(msgspec.Struct, frozen=True):
    """In the order of the alphabet. ``dropped``: the hash of what it was; ``number``: which of the log's
    notices it was, from 1."""

    dropped: str
    id: UUID
    number: int


class DropAct(msgspec.Struct, frozen=True):
    """``number``: of the notice that tells of it. ``ranges``: of numbers of notices, first and last of
    each. ``digest``: see `digest_of`. ``first``, ``last``: of which time they were."""

    number: int
    at: datetime
    ranges: Sequence[tuple[int, int]]
    count: int
    digest: str
    first: datetime | None = None
    last: datetime | None = None


class _Identified(msgspec.Struct, frozen=True):
    id: UUID
    kind: str


_encode: Final = msgspec.json.Encoder().encode
_stub: Final = msgspec.json.Decoder(Stub).decode
_identified: Final = msgspec.json.Decoder(_Identified).decode


def stub_line(stub: Stub) -> bytes:
    return _encode(stub)


def stub_in(line: str) -> Stub | None:
    """None: the line says something, or cannot be read."""
    if not line.startswith(_STUB):
        return None
    try:
        stub = _stub(line)
        is_hash = len(bytes.fromhex(stub.dropped)) == sha256().digest_size
    except (msgspec.DecodeError, ValueError):
        return None
    return stub if is_hash and _encode(stub) == line.encode() else None


def leaf_of(line: str) -> bytes:
    """The leaf that a line of the log's notices is of: what it says that it was, if it is a stub."""
    stub = stub_in(line)
    return leaf_hash(line.encode()) if stub is None else bytes.fromhex(stub.dropped)


def told_body(taken: Mapping[int, tuple[UUID, bytes]], first: datetime, last: datetime) -> dict[str, Any]:
    """What the act tells of them. ``taken``: id and leaf by number; ``first``, ``last``: when they were
    told."""
    ranges: list[list[int]] = []
    for number in sorted(taken):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return {
        "count": len(taken),
        "first": first.isoformat(),
        "hash": digest_of(taken),
        "last": last.isoformat(),
        "numbers": ranges,
    }


def digest_of(taken: Mapping[int, tuple[UUID, bytes]]) -> str:
    digest = sha256()
    for number, (id, leaf) in sorted(taken.items()):
        digest.update(_digested(number, id, leaf))
    return digest.hexdigest()


def _digested(number: int, id: UUID, leaf: bytes) -> bytes:
    return canonical([number, str(id), leaf.hex()])


def acts_in(lines: Iterable[str]) -> list[DropAct]:
    """Those that a log tells of, in its order. What a log took over from an ended one speaks of the numbers
    of that one, and is none of them."""
    acts: list[DropAct] = []
    carried = 0
    for number, line in enumerate(lines, 1):
        if number == 1 and '"carried"' in line:
            carried = _carried(line)
        elif _RETENTION in line and number > carried and (act := _act(line, number)) is not None:
            acts.append(act)
    return acts


def _carried(line: str) -> int:
    try:
        return int(msgspec.json.decode(line)["body"]["carried"]["notices"]) + 1
    except (msgspec.DecodeError, KeyError, TypeError, ValueError):
        return 0


def _act(line: str, number: int) -> DropAct | None:
    try:
        entry = msgspec.json.decode(line)
        return act_told(number, time_of(entry["at"]), entry["body"]) if entry["kind"] == "retention" else None
    except (msgspec.DecodeError, KeyError, TypeError):
        return None


def act_told(number: int, at: datetime, body: Mapping[str, Any]) -> DropAct | None:
    """What a notice of retention tells; None: nothing of notices that went, or nothing that makes sense."""
    said: Any = body.get(DROPPED)
    try:
        act = msgspec.convert(
            {"number": number, "at": at, "ranges": said["numbers"], "count": said["count"]}
            | {"digest": said["hash"], "first": said.get("first"), "last": said.get("last")},
            DropAct,
        )
    except (AttributeError, KeyError, TypeError, msgspec.ValidationError):
        return None
    end = 0
    for first, last in act.ranges:
        if not end < first <= last < number:
            return None
        end = last
    return act if act.ranges else None


class Covered:
    """Which notices went by which act. An act that tells of one that went before counts for nothing."""

    def __init__(self, acts: Iterable[DropAct]) -> None:
        self.acts: list[DropAct] = []
        self._ranges: list[tuple[int, int, int]] = []
        self._firsts: list[int] = []
        for act in acts:
            if any(self._touches(first, last) for first, last in act.ranges):
                continue
            is_behind = not self._firsts or act.ranges[0][0] > self._firsts[-1]
            self._ranges += [(first, last, len(self.acts)) for first, last in act.ranges]
            if not is_behind:
                self._ranges.sort()
            self._firsts = [first for first, *_ in self._ranges]
            self.acts.append(act)

    def _touches(self, first: int, last: int) -> bool:
        at = bisect_right(self._firsts, last)
        return at > 0 and self._ranges[at - 1][1] >= first

    def act_of(self, number: int) -> DropAct | None:
        at = bisect_right(self._firsts, number)
        if at and self._ranges[at - 1][1] >= number:
            return self.acts[self._ranges[at - 1][2]]
        return None


class Going:
    """Goes through the lines of a log, and says what of them is not as it was told. ``covered``: of all of
    the log's acts."""

    def __init__(self, covered: Covered) -> None:
        self._covered = covered
        self._taken: dict[int, tuple[int, Any]] = {act.number: (0, sha256()) for act in covered.acts}
        self.has_bodies = False
        """Something that went says still what it said."""

    def wrong_with(self, number: int, line: str, leaf: bytes) -> str | None:
        """``leaf``: as it is in the tree."""
        stub, act = stub_in(line), self._covered.act_of(number)
        if act is None:
            said = "says nothing any more, and no act of retention tells that it went"
            return None if stub is None else said
        if stub is None:
            if not is_access(line):
                return "is said to have gone by retention, which is not for notices of its kind"
            self.has_bodies = True
        elif stub.number != number or stub.dropped != leaf.hex():
            return "is not what was sealed"
        count, digest = self._taken[act.number]
        id = _identified(line).id if stub is None else stub.id
        digest.update(_digested(number, id, leaf))
        self._taken[act.number] = (count + 1, digest)
        return None

    def at_end(self) -> Iterator[str]:
        for act in self._covered.acts:
            count, digest = self._taken[act.number]
            if (count, digest.hexdigest()) != (act.count, act.digest):
                when = f"on {act.at:%Y-%m-%d} (notice {act.number:,})"
                yield f"What went by retention {when} is not what it told of."


def is_access(line: str) -> bool:
    """Whether it tells of an access, and could go."""
    return _ACCESS in line and _identified_in(line, "access")


def _identified_in(line: str, kind: str) -> bool:
    try:
        return _identified(line).kind == kind
    except msgspec.DecodeError:
        return False


def without_bodies(lines: Iterable[bytes], covered: Covered) -> Iterator[bytes]:
    """Each with its end; those that went as stubs. What is not to go stays as it is."""
    for number, line in enumerate(lines, 1):
        text = line.decode(errors="replace").removesuffix("\n")
        if covered.act_of(number) is None or not line.endswith(b"\n") or not is_access(text):
            yield line
        else:
            yield stub_line(Stub(leaf_hash(line[:-1]).hex(), _identified(text).id, number)) + b"\n"
