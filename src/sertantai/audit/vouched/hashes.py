"""What was sealed of a value that is gone, kept as a hash: it counts only where the value is gone, by an act
of retention or erasure that the sealed log tells of, and that covers it.

The act's notice says how many hashes it left, and a hash over them. What was told before notices said so is
taken as far as they go; whatever stands in an ended log was accepted as it was found.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.audit.vouched.told import Telling, Told, told_of
from sertantai.postgres import Connection
from sertantai.sealing.deeds import ORIGIN, REDACTED, Deed, is_redacted
from sertantai.sealing.files import TrailFiles
from sertantai.sealing.keys import RowMacs
from sertantai.sealing.notices import Kind

PREFETCH_ROWS: Final = 2_000
ACTS: Final = (Kind.RETENTION, Kind.ERASURE)
TELLING: Final = (*ACTS, Kind.BALANCE)
STAYS: Final = frozenset(
    {
        *("source", "undoes", "purged", "restored", "copied", "copied_from", "restricted", "four_eyes"),
        *("exceptions", "handed_over_to", "handed_over_from", "with_history", "suggestion", "accepted"),
        *("laws", "ticks", "unticks", "left", REDACTED),
    }
)
"""What a row still says of its operation once what people wrote is taken out of it, as the database does."""
Pause = Callable[[int], Awaitable[None]]
Left = tuple[int, str]
"""How many hashes an act left, and a hash over them."""


class Hash(NamedTuple):
    commitment: str
    act: UUID


class Act(msgspec.Struct):
    """``left``: as it was told; None: it was done before that was told. ``as_found``: by whoever found it
    later."""

    said: str
    kind: str
    subject: UUID | None
    months: set[str]
    left: Left | None = None
    as_found: bool = False


class Acts:
    def __init__(self, telling: Telling, carried_upto: int = 0) -> None:
        """``carried_upto``: the last position of what a log took over, as it was, from an ended one."""
        self._carried_upto = carried_upto
        self.all: dict[str, Act] = {}
        for told in telling.notices:
            self._add(told)
        self._erased = {act.subject for act in self.all.values() if act.kind == Kind.ERASURE}

    def _add(self, told: Told) -> None:
        act, body = told.body.get("act"), told.body
        for found, count, digest in body.get("kept", {}).get("opaque", ()):
            said = f"an act that was found on {told.at:%Y-%m-%d} ({found})"
            one = self.all.setdefault(found, Act(said, told.kind, None, set()))
            one.as_found = one.as_found or one.left is None
            one.left = (count, digest)
        if act is None or told.kind not in ACTS:
            return
        said = f"the act of {told.kind} of {told.at:%Y-%m-%d} ({act})"
        one = self.all.setdefault(act, Act(said, told.kind, told.subject, set()))
        one.months |= {str(body[name]) for name in ("month", "of") if name in body}
        if "opaque" in body:
            one.left = (body["opaque"][0], body["opaque"][1])

    def why_not(self, deed: Deed, hashes: Mapping[str, Hash]) -> str | None:
        """What of it is said to be gone, or is hidden, that no act covers; None: nothing."""
        if deed.position <= self._carried_upto:
            return None
        for field, kept in hashes.items():
            act = self.all.get(str(kept.act))
            if act is None or not _covers(act, deed, field):
                return f"has a hash in place of {_called(field)} that no act of retention or erasure left"
        for _, _, law, said in deed.rows:
            if not is_redacted(said):
                continue
            of = f" of {law}" if law else ""
            if deed.owner not in self._erased:
                return f"says{of} that what people wrote is gone, and no erasure of its owner was told of"
            if not STAYS.issuperset(said):
                return f"says{of} more than an erasure leaves"
        return None


class Covering:
    """Whether acts cover what rows say is gone. What was told is read when it is first needed, and again
    where it does not cover something that a later moment has: there may be another act by then."""

    def __init__(
        self,
        files: TrailFiles,
        journals: Collection[UUID | None],
        macs: RowMacs | None,
        carried_upto: int,
    ) -> None:
        """``macs``: see `told_of`; ``carried_upto``: see `Acts`."""
        self._of = (files, journals, TELLING, macs)
        self._carried_upto = carried_upto
        self._acts: Acts | None = None
        self._connection: Connection | None = None

    def begin(self, connection: Connection) -> None:
        """Rows are read with this one from now on."""
        self._connection = connection

    async def why_not(self, deed: Deed, hashes: Mapping[str, Hash]) -> str | None:
        """See `Acts.why_not`."""
        if not hashes and not any(is_redacted(row[3]) for row in deed.rows):
            return None
        why = None if self._acts is None else self._acts.why_not(deed, hashes)
        if self._connection is not None and (self._acts is None or why is not None):
            telling = await told_of(self._connection, *self._of)
            self._acts = await asyncio.to_thread(Acts, telling, self._carried_upto)
            self._connection = None  # all that its moment has was read
            why = self._acts.why_not(deed, hashes)
        return why


def _covers(act: Act, deed: Deed, field: str) -> bool:
    if act.kind == Kind.RETENTION:
        return field == ORIGIN and f"{deed.at:%Y-%m}" in act.months
    return act.subject == deed.owner or (field == ORIGIN and act.subject == deed.actor)


def _called(field: str) -> str:
    return {ORIGIN: "from where", "named": "the name of its list"}.get(field, "what people wrote")


async def hashes_of(connection: Connection, deed: Deed) -> Mapping[str, Hash]:
    """By field."""
    rows = await connection.fetch(sql.OPAQUE_OF, deed.journal, deed.position, deed.part)
    return {row["field"]: Hash(bytes(row["commitment"]).hex(), row["notice"]) for row in rows}


def commitments(hashes: Mapping[str, Hash]) -> Mapping[str, str]:
    return {field: one.commitment for field, one in hashes.items()}


async def left_by(connection: Connection, act: UUID) -> Left:
    """What the transaction of an act has written."""
    async for _, left in _lefts(connection, sql.OPAQUE_BY_ACT, act):
        return left
    return 0, ""


async def differing_hashes(
    connection: Connection, acts: Acts, pause: Pause | None
) -> tuple[list[str], list[str]]:
    """Sentences: of what differs, and of what cannot be shown. An act of which nothing is left went with a
    database that was restored from before it."""
    differing, unshown = [], []
    async for act, left in _lefts(connection, sql.OPAQUE_BY_ACTS, pause=pause):
        told = acts.all.get(str(act))
        if told is None:
            differing.append(
                f"{left[0]:,} values of the trail are said to have gone by an act ({act}) that the "
                "sealed log does not tell of."
            )
            continue
        if told.left is None or told.as_found:
            unshown.append(
                f"Of {told.said} the log was not told yet which {left[0]:,} values it took: that it took no "
                "others cannot be shown."
            )
        if told.left is not None and told.left != left:
            differing.append(
                f"What is kept of {told.said} is not what was sealed: it left {told.left[0]:,} hashes of "
                f"values that went, and there are {left[0]:,}."
            )
    return differing, unshown


async def all_left(connection: Connection) -> list[tuple[UUID, Left]]:
    """By every act."""
    return [one async for one in _lefts(connection, sql.OPAQUE_BY_ACTS)]


async def _lefts(
    connection: Connection,
    statement: str,
    *asked: UUID,
    pause: Pause | None = None,
) -> AsyncIterator[tuple[UUID, Left]]:
    act: UUID | None = None
    count, digest = 0, sha256()
    async for row in connection.cursor(statement, *asked, prefetch=PREFETCH_ROWS):
        if act is not None and row["notice"] != act:
            yield act, (count, digest.hexdigest())
            count, digest = 0, sha256()
        act, count = row["notice"], count + 1
        digest.update(_line(row))
        if pause is not None:
            await pause(1)
    if act is not None:
        yield act, (count, digest.hexdigest())


def _line(row: Any) -> bytes:
    """One row cannot be read as two: only the field's length differs, and it ends with a zero."""
    place = row["position"].to_bytes(8, "big", signed=True) + row["part"].to_bytes(4, "big", signed=True)
    return bytes(row["journal_id"].bytes + place + row["field"].encode() + b"\0" + bytes(row["commitment"]))
