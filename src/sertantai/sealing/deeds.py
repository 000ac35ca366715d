"""An operation, as its rows in the trail tell it, and the entry of the sealed log that it makes. Pure.

Whoever seals has it from memory (`sync.seals`), whoever checks from PostgreSQL's rows (`audit.sealed_rows`):
both are the same deed, or somebody changed something.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from ipaddress import ip_address
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.ids import GroupId, JournalId, OperationId, OwnerId, Position, UserId
from sertantai.core.sealing.canonical import free_text
from sertantai.core.sealing.commitments import committed
from sertantai.core.sealing.entries import (
    BEFORE_ALL,
    CHANGE,
    VERSION,
    ChangeEntry,
    Link,
    Row,
    change_bytes,
    microseconds,
    rows_of,
)
from sertantai.core.sealing.tree import leaf_hash
from sertantai.sealing.blinds import Blind, Class
from sertantai.sealing.files import PLACE

NOT_SEALED: Final = ("selected_at", "selected_by")
"""Of a list that moved: when and by whom a law was ticked, which the former owner's entries say."""
MOVED: Final = ("handed_over_from", "handed_over_to")
REDACTED: Final = "redacted"
ORIGIN: Final = "origin"
ChainKey = tuple[UUID, UUID]
Keys = Mapping[Blind, bytes]


class SealedBatch(msgspec.Struct, frozen=True):
    """``position`` and ``part``: of the first leaf. ``chains``: the histories' newest links afterwards.
    ``entries``: what the leaves are the hashes of, a line each."""

    position: Position
    part: int
    places: bytes
    leaves: bytes
    chains: Mapping[ChainKey, Link]
    entries: bytes = b""


class Deed(msgspec.Struct, frozen=True):
    """An operation, or a part of one, as its rows in the trail tell it. A row's second field is the law's
    number and name, or `OF_THE_LIST`; its third what was said with it."""

    journal: JournalId
    position: Position
    part: int
    id: OperationId
    owner: OwnerId
    actor: UserId
    list: GroupId | None
    list_name: str
    at: datetime
    session: str | None
    ip: str | None
    user_agent: str | None
    source: str
    undoes: str | None
    count: int | None
    rows: Sequence[tuple[str, int, str, Mapping[str, Any]]]


def month_of(at: datetime) -> int:
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.year * 100 + utc.month


def blinds_of(deed: Deed) -> tuple[Blind, Blind]:
    """The keys of what it hides: from where, of the actor, and what was written, of the owner."""
    return _blinds_of(deed.actor, deed.owner, month_of(deed.at))


@lru_cache(maxsize=10_000)
def _blinds_of(actor: UUID, owner: UUID, month: int) -> tuple[Blind, Blind]:
    return Blind(actor, month, Class.ORIGIN), Blind(owner, month, Class.CONTENT)


def sealed(deeds: Sequence[Deed], keys: Keys, chains: Mapping[ChainKey, Link]) -> SealedBatch:
    """``chains``: of each history's newest entry the number and hash; a history that is missing begins."""
    newest = dict(chains)
    leaves, lines = [], []
    for deed in deeds:
        entry = entry_of(deed, keys, newest)
        line = change_bytes(entry)
        leaf = leaf_hash(line)
        lines.append(line)
        leaves.append(leaf)
        (of_list, of_owner), previous = entry.chain, leaf.hex()  # as `advance` does, and each tick waits for
        if of_list is not None and deed.list is not None:
            newest[deed.owner, deed.list] = Link(of_list.number, previous)
        newest[deed.owner, deed.owner] = Link(of_owner.number, previous)
    places = b"".join(PLACE.pack(deed.position, deed.part) for deed in deeds)
    first = deeds[0]
    return SealedBatch(first.position, first.part, places, b"".join(leaves), newest, b"\n".join(lines))


def chains_of(deed: Deed) -> list[ChainKey]:
    """The histories that it is an entry of: the list's, if it is about one, and the owner's."""
    of_owner = (deed.owner, deed.owner)
    return [of_owner] if deed.list is None else [(deed.owner, deed.list), of_owner]


def advance(newest: dict[ChainKey, Link], deed: Deed, leaf: bytes) -> None:
    previous = leaf.hex()
    for key in chains_of(deed):
        newest[key] = Link(newest.get(key, BEFORE_ALL).number + 1, previous)


def entry_of(
    deed: Deed, keys: Keys, newest: Mapping[ChainKey, Link], opaque: Mapping[str, str] | None = None
) -> ChangeEntry:
    """``opaque``: commitments, by field, of what is not there any more. What is there counts itself."""
    opaque = opaque or {}
    of_origin, of_content = blinds_of(deed)
    origin_key, content_key = keys.get(of_origin), keys.get(of_content)
    rows = [row for row, _ in rows_in(deed, content_key, opaque)]
    from_where = origin_text(deed)
    of_owner = newest.get((deed.owner, deed.owner), BEFORE_ALL)
    of_list = None if deed.list is None else newest.get((deed.owner, deed.list), BEFORE_ALL)
    return ChangeEntry(
        at=microseconds(deed.at),
        by=deed.actor,
        chain=(None if of_list is None else _after(of_list), _after(of_owner)),
        count=deed.count,
        journal=deed.journal,
        kind=CHANGE,
        list=deed.list,
        named=_named(deed, content_key) if deed.list_name else opaque.get("named"),
        op=deed.id,
        origin=opaque.get(ORIGIN) if from_where is None else _origin(deed, origin_key, from_where),
        owner=deed.owner,
        part=deed.part,
        pos=deed.position,
        rows=rows_of(rows),
        source=deed.source,
        undoes=deed.undoes,
        v=VERSION,
    )


def _after(link: Link) -> Link:
    return Link(link.number + 1, link.previous)


def rows_in(deed: Deed, content_key: bytes | None, opaque: Mapping[str, str]) -> list[tuple[Row, str | None]]:
    """Each row as it is sealed, with what was said in it, as far as that is there."""
    rows = []
    for action, record, name, said in deed.rows:
        text, content = content_of(deed, said), None
        if said and is_redacted(said):
            text, content = None, opaque.get(f"content/{record}/{action}")
        elif text is not None and content_key is not None:
            content = committed(content_key, f"content/{record}", str(deed.id), text)
        rows.append((Row(action, record, name, content), text))
    return rows


def hidden_in(deed: Deed, keys: Keys) -> dict[str, str]:
    """Every commitment of its entry, by field, as long as there are what it is of and the key."""
    origin_key, content_key = (keys.get(blind) for blind in blinds_of(deed))
    found = {ORIGIN: _origin(deed, origin_key, origin_text(deed)), "named": _named(deed, content_key)}
    rows = rows_in(deed, content_key, {})
    found |= {f"content/{row.record}/{row.action}": row.content for row, _ in rows}
    return {field: commitment for field, commitment in found.items() if commitment is not None}


def is_redacted(said: Mapping[str, Any]) -> bool:
    """Whether the database says of a row that what people wrote was taken out of it."""
    return REDACTED in said


def content_of(deed: Deed, said: Mapping[str, Any]) -> str | None:
    """What a row says beside what the entry says in clear, as text; None: nothing."""
    if not said or (len(said) == 1 and said.get("source") == deed.source):  # of a large change each row
        return None
    clear = {"source": deed.source, "undoes": deed.undoes}
    not_sealed = NOT_SEALED if any(key in said for key in MOVED) else ()
    left = {
        key: value
        for key, value in said.items()
        if key not in not_sealed and not (key in clear and clear[key] == value)
    }
    return free_text(left) if left else None


def _named(deed: Deed, key: bytes | None) -> str | None:
    if deed.list is None or not deed.list_name or key is None:
        return None
    return _committed_often(key, "named", deed.list, deed.list_name)


def origin_text(deed: Deed) -> str | None:
    """From where, as text; None: nothing is known of it."""
    if deed.session is None and deed.ip is None and deed.user_agent is None:
        return None
    return _origin_text(deed.session, deed.ip, deed.user_agent)


@lru_cache(maxsize=10_000)
def _origin_text(session: str | None, ip: str | None, user_agent: str | None) -> str:
    address = None if ip is None else str(ip_address(ip))
    return free_text({"browser": user_agent, "ip": address, "session": session})


def _origin(deed: Deed, key: bytes | None, text: str | None) -> str | None:
    return None if text is None or key is None else _committed_often(key, ORIGIN, deed.actor, text)


def origin_commitment(
    key: bytes, actor: UUID, session: str | None, ip: object, user_agent: str | None
) -> str:
    """What was sealed of from where, before it goes. ``ip``: as PostgreSQL has it."""
    text = _origin_text(session, None if ip is None else str(ip), user_agent)
    return _committed_often(key, ORIGIN, actor, text)


@lru_cache(maxsize=10_000)
def _committed_often(key: bytes, field: str, subject: UUID, text: str) -> str:
    """The same for all that is done in a session, or in a list."""
    return committed(key, field, str(subject), text)
