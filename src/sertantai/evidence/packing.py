"""The form of evidence packs, version 1: from entries, a log and a statement to the bytes of one. Pure.

Two steps, as the statement seals what the first one makes, and is sealed itself before the second:
`sealed_files` and `statement_body`, then `pack`. What each file is, `verify.py` says by checking it.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from itertools import pairwise
from typing import Any, Final, Protocol
from uuid import UUID

import msgspec

from sertantai.core.sealing.canonical import canonical
from sertantai.core.sealing.entries import (
    ChangeEntry,
    NoticeEntry,
    Row,
    RowsRoot,
    in_order,
    microseconds,
    row_bytes,
)
from sertantai.core.sealing.notes import Head, Key, Note, parse_head, parse_note, signed
from sertantai.core.sealing.proofs import multiproof
from sertantai.core.sealing.tree import Node, consistency_proof, leaf_hash, node_hash
from sertantai.evidence.zip_file import zip_of

VERSION: Final = 1
HEAD_NAME: Final = re.compile(r"heads/[0-9]+\.txt")


class Log(Protocol):
    """What a pack needs of the sealed log; `sealing.files.TrailFiles` is one."""

    def node(self, level: int, index: int) -> bytes:
        """See `core.sealing.tree.Node`."""


class Opening(msgspec.Struct, frozen=True, array_like=True, order=True):
    """``place``: where the commitment is: `named`, `origin`, `rows/N` or `body/KEY`. ``salt`` in hex."""

    place: str
    salt: str
    field: str
    value: str


class Line(msgspec.Struct, frozen=True):
    """An entry at its place in the log. ``rows``: all that it has, in any order, where it holds only their
    root; ``shown``: numbers, in their order, of those that are shown (None: all)."""

    index: int
    entry: ChangeEntry | NoticeEntry
    opened: tuple[Opening, ...] = ()
    rows: Sequence[Row] = ()
    shown: Sequence[int] | None = None


class Identity(msgspec.Struct, frozen=True):
    """Who an id was. ``index``: of the entry that sealed the name; None: it is as we have it now."""

    id: UUID
    index: int | None
    name: str


class About(msgspec.Struct, frozen=True):
    """What the pack is about. ``owner``: whose list it is, the organization, the person; ``last``: number and
    hash of the history's last entry, None where there is no history of it; ``count``: laws in the list."""

    kind: str
    of: str
    owner: UUID | None
    last: tuple[int, str] | None
    count: int | None
    since: datetime | None = None
    until: datetime | None = None


def sealed_files(
    lines: Sequence[Line],
    identities: Sequence[Identity],
    keys: Sequence[Key],
    heads: Sequence[str],
    beside: Mapping[str, bytes],
) -> dict[str, bytes]:
    """All files that the manifest names. ``heads``: earlier ones, as signed notes; ``beside``: report,
    README, verifiers."""
    return {
        **beside,
        "entries.ndjson": b"".join(_line(line) + b"\n" for line in lines),
        "identities.ndjson": b"".join(canonical(msgspec.to_builtins(one)) + b"\n" for one in identities),
        "keys.txt": "".join(f"{key}\n" for key in keys).encode(),
        **{f"heads/{head_of(note).size}.txt": known_only(note, keys).encode() for note in heads},
    }


def manifest_of(files: Mapping[str, bytes]) -> bytes:
    return canonical({"files": {name: sha256(files[name]).hexdigest() for name in files}, "v": VERSION})


def statement_body(about: About, manifest: bytes, lines: Sequence[Line], asked: str | None) -> dict[str, Any]:
    """What the notice of kind `statement` says. ``asked``: the commitment to whom it is for."""
    number, last = about.last or (None, None)
    return {
        "about": about.kind,
        "asked": asked,
        "count": about.count,
        "entries": len(lines),
        "hash": last,
        "manifest": sha256(manifest).hexdigest(),
        "number": number,
        "of": about.of,
        "since": None if about.since is None else microseconds(about.since),
        "until": None if about.until is None else microseconds(about.until),
    }


def pack(
    log: Log,
    head: str,
    files: Mapping[str, bytes],
    lines: Sequence[Line],
    statement: Line,
    keys: Sequence[Key],
) -> bytes:
    """``files``: those of `sealed_files`; ``head``: the signed note of a tree that holds the statement."""
    size = head_of(head).size
    heads = sorted(
        head_of(content.decode()).size for name, content in files.items() if HEAD_NAME.fullmatch(name)
    )
    steps = [
        {"first": first, "nodes": _hex(consistency_proof(log.node, first, second)), "second": second}
        for first, second in pairwise([*heads, size])
    ]
    indexes = [line.index for line in lines]
    proof = multiproof(log.node, indexes, size) if indexes else []
    said = {
        "entry": _builtins(statement.entry),
        "index": statement.index,
        "nodes": _hex(multiproof(log.node, [statement.index], size)),
        "opened": msgspec.to_builtins(sorted(statement.opened)),
    }
    return zip_of(
        {
            **files,
            "consistency.json": canonical(steps),
            "head.txt": known_only(head, keys).encode(),
            "manifest.json": manifest_of(files),
            "proof.json": canonical({"nodes": _hex(proof), "size": size}),
            "statement.json": canonical(said),
        }
    )


def head_of(note: str) -> Head:
    return parse_head(parse_note(note).text)


def known_only(note: str, keys: Sequence[Key]) -> str:
    """Without signatures that nobody can check who has the pack."""
    parsed: Note = parse_note(note)
    known = {(key.name, key.hash) for key in keys}
    return signed(parsed.text, [one for one in parsed.signatures if (one.name, one.key_hash) in known])


def _line(line: Line) -> bytes:
    rows = None
    if isinstance(line.entry, ChangeEntry) and isinstance(line.entry.rows, RowsRoot):
        rows = _shown(in_order(line.rows), line.shown)
    return canonical(
        {
            "entry": _builtins(line.entry),
            "index": line.index,
            "opened": msgspec.to_builtins(sorted(line.opened)),
            "rows": rows,
        }
    )


def _shown(rows: Sequence[Row], chosen: Sequence[int] | None) -> dict[str, Any] | None:
    numbers = range(len(rows)) if chosen is None else sorted(chosen)
    if not numbers:
        return None
    node = node_over([leaf_hash(row_bytes(row)) for row in rows])
    return {
        "at": [[number, msgspec.to_builtins(rows[number])] for number in numbers],
        "nodes": _hex(multiproof(node, numbers, len(rows))),
    }


def node_over(leaves: Sequence[bytes]) -> Node:
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        below = levels[-1]
        levels.append([node_hash(below[at], below[at + 1]) for at in range(0, len(below) - 1, 2)])
    return lambda level, index: levels[level][index]


def _builtins(entry: ChangeEntry | NoticeEntry) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(entry)
    return found


def _hex(hashes: Sequence[bytes]) -> list[str]:
    return [one.hex() for one in hashes]
