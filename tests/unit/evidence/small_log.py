"""A log in memory, sealed as the synchroniser seals, and packs of one of its lists."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from sertantai.core.sealing.canonical import free_text
from sertantai.core.sealing.commitments import commitment, salt_of
from sertantai.core.sealing.entries import (
    BEFORE_ALL,
    CHANGE,
    VERSION,
    ChangeEntry,
    Link,
    NoticeEntry,
    Row,
    change_bytes,
    in_order,
    microseconds,
    notice_bytes,
    rows_of,
)
from sertantai.core.sealing.notes import COSIGNATURE, ED25519, Head, Key, Signature, cosigned_text, signed
from sertantai.core.sealing.tree import Frontier, leaf_hash, node_hash
from sertantai.evidence.packing import (
    About,
    Identity,
    Line,
    Opening,
    manifest_of,
    pack,
    sealed_files,
    statement_body,
)

ORIGIN = "example.org/trail/1"
JOURNAL, ANN, BEN, LIST, OTHER = (UUID(int=number) for number in (1, 2, 3, 4, 5))
START = microseconds(datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
BLIND = bytes(range(32))


class Signer:
    def __init__(self, name: str, kind: int, seed: int) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.key = Key(name, kind, self._private.public_key().public_bytes_raw())

    def sign(self, text: str, time: int = 0) -> Signature:
        if self.key.kind == COSIGNATURE:
            made = time.to_bytes(8, "big") + self._private.sign(cosigned_text(time, text))
        else:
            made = self._private.sign(text.encode())
        return Signature(self.key.name, self.key.hash, made)


class SmallLog:
    """Its leaves, and a head after each."""

    def __init__(self, signers: Sequence[Signer] = (), origin: str = ORIGIN) -> None:
        self.origin = origin
        self.signers = list(signers) or [Signer(origin, ED25519, 1)]
        self.leaves: list[bytes] = []
        self.entries: list[ChangeEntry | NoticeEntry] = []
        self.heads: list[str] = []
        self.ever: list[Key] = []
        self.at = START
        self._frontier = Frontier()
        self._chains: dict[tuple[UUID, UUID], Link] = {}
        self._counts: dict[UUID, int] = {}
        self._last_notice = BEFORE_ALL
        self._levels: list[list[bytes]] = [[]]

    @property
    def keys(self) -> list[Key]:
        return self.ever or [signer.key for signer in self.signers]

    def node(self, level: int, index: int) -> bytes:
        while level >= len(self._levels):
            self._levels.append([])
        row = self._levels[level]
        while len(row) <= index:
            at = len(row)
            row.append(
                self.leaves[at]
                if level == 0
                else node_hash(self.node(level - 1, 2 * at), self.node(level - 1, 2 * at + 1))
            )
        return row[index]

    def change(
        self,
        rows: Sequence[tuple[str, int, Mapping[str, Any] | None]],
        group: UUID | None = LIST,
        *,
        owner: UUID = ANN,
        by: UUID = ANN,
        **other: Any,
    ) -> Line:
        """``rows``: action, law, what was said with it."""
        number, operation = len(self.leaves), UUID(int=1000 + len(self.leaves))
        made: list[tuple[Row, Opening | None]] = []
        for action, record, said in rows:
            opening = self.opening(f"content/{record}", operation, said) if said else None
            sealed = None if opening is None else commitment(opening.salt, opening.field, opening.value)
            made.append((Row(action, record, f"UK_uksi_2002_{record}" if record else "", sealed), opening))
            self._counts[group or owner] = self._counts.get(group or owner, 0) + (
                (action in ("select", "bulk_select")) - (action in ("deselect", "bulk_deselect", "clear_all"))
            )
        places = {row: f"rows/{at}" for at, row in enumerate(in_order([row for row, _ in made]))}
        opened = [msgspec.structs.replace(one, place=places[row]) for row, one in made if one is not None]
        origin = self.opening("origin", by, {"ip": "192.0.2.1"})
        named = self.opening("named", group or owner, "Site Leeds")
        opened.append(named)
        keys = [(owner, group)] if group is not None else []
        links = [self._next(key) for key in [*keys, (owner, owner)]]
        fields: dict[str, Any] = {
            "at": self.at,
            "by": by,
            "chain": (links[0] if group is not None else None, links[-1]),
            "count": None if group is None else self._counts[group],
            "journal": JOURNAL,
            "kind": CHANGE,
            "list": group,
            "named": commitment(named.salt, named.field, named.value),
            "op": operation,
            "origin": commitment(origin.salt, origin.field, origin.value),
            "owner": owner,
            "part": 0,
            "pos": number * 10,
            "rows": rows_of([row for row, _ in made]),
            "source": "hand",
            "undoes": None,
            "v": VERSION,
        }
        entry = ChangeEntry(**(fields | other))
        leaf = leaf_hash(change_bytes(entry))
        for key, link in zip([*keys, (owner, owner)], links, strict=True):
            self._chains[key] = Link(link.number, leaf.hex())
        self._append(entry, leaf)
        return Line(number, entry, tuple(opened), tuple(row for row, _ in made))

    def notice(
        self, kind: str, body: dict[str, Any], subject: UUID | None = None, by: UUID | None = None
    ) -> Line:
        number = self._last_notice.number + 1
        previous, id = self._last_notice.previous, UUID(int=9000 + number)
        entry = NoticeEntry(self.at, body, by, id, kind, number, previous, subject, VERSION)
        leaf = leaf_hash(notice_bytes(entry))
        self._last_notice = Link(number, leaf.hex())
        self._append(entry, leaf)
        return Line(len(self.leaves) - 1, entry)

    def opening(self, field: str, subject: UUID, value: Any) -> Opening:
        return Opening(field, salt_of(BLIND, field, str(subject)), field, free_text(value))

    def history_end(self, owner: UUID = ANN, group: UUID = LIST) -> tuple[int, str] | None:
        link = self._chains.get((owner, group))
        return None if link is None else (link.number, link.previous)

    def count(self, group: UUID = LIST) -> int:
        return self._counts.get(group, 0)

    def _next(self, key: tuple[UUID, UUID]) -> Link:
        link = self._chains.get(key, BEFORE_ALL)
        return Link(link.number + 1, link.previous)

    def _append(self, entry: ChangeEntry | NoticeEntry, leaf: bytes) -> None:
        self.entries.append(entry)
        self.leaves.append(leaf)
        self._frontier.append(leaf)
        self.at += 60_000_000
        head = Head(self.origin, self._frontier.size, self._frontier.root()).text
        self.heads.append(signed(head, [one.sign(head, self.at // 1_000_000) for one in self.signers]))


BESIDE = {
    "README.txt": b"read me\n",
    "report.html": b"<!doctype html>\n",
    "verify.html": b"<!doctype html>\n<title>v</title>\n",
    "verify.py": b"pass\n",
}


def small_log(**other: Any) -> tuple[SmallLog, list[Line]]:
    """Eight entries of Ann's list among others, one of them of twenty laws, two with what somebody wrote."""
    log = SmallLog(**other)
    lines = [log.change([("create_group", 0, {"name": "Site Leeds"})])]
    log.change([("select", 7, None)], OTHER)
    lines.append(log.change([("select", 1, None)]))
    lines.append(log.change([("annotate", 1, {"changes": {"note": "Applies: we store solvents."}})]))
    lines.append(log.change([("bulk_select", record, None) for record in range(10, 30)], by=BEN))
    log.notice("access", {"what": "export"}, LIST, BEN)
    lines.append(log.change([("deselect", 12, {"reason": "No boiler any more."})]))
    log.change([("deselect", 7, None)], OTHER)
    lines.append(log.change([("select", 40, None), ("select", 41, None)]))
    return log, lines


def packed(
    log: SmallLog,
    lines: Sequence[Line],
    identities: Sequence[Identity] = (Identity(ANN, None, "Ann"), Identity(BEN, None, "Ben")),
    *,
    heads: Sequence[int] = (2, 5),
    beside: Mapping[str, bytes] = BESIDE,
    **about: Any,
) -> bytes:
    """The pack, with its statement told in the log. ``heads``: sizes of earlier ones that it holds."""
    told: dict[str, Any] = {
        "kind": "list",
        "of": str(LIST),
        "owner": ANN,
        "last": log.history_end(),
        "count": log.count(),
    } | about
    what = About(**told)
    files = sealed_files(lines, identities, log.keys, [log.heads[size - 1] for size in heads], beside)
    asked = log.opening("asked", ANN, "Health and Safety Executive")
    sealed = commitment(asked.salt, asked.field, asked.value)
    statement = log.notice(
        "statement", statement_body(what, manifest_of(files), lines, sealed), what.owner, BEN
    )
    statement = msgspec.structs.replace(
        statement, opened=(msgspec.structs.replace(asked, place="body/asked"),)
    )
    return pack(log, log.heads[-1], files, lines, statement, log.keys)


def empty_head(log: SmallLog, root: bytes) -> bytes:
    """A signed head of it that says that nothing was in it."""
    text = Head(log.origin, 0, root).text
    return signed(text, [one.sign(text) for one in log.signers]).encode()
