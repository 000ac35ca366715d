"""Where histories begin that lost their beginning, and what stands in its place: which laws each list held,
what members might do, the last entries that went. All of it is told to the log, as hashes, when it is
written.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

import msgspec

from sertantai.audit import seals_sql as sql
from sertantai.audit.vouched.told import Telling
from sertantai.core.sealing.entries import time_of
from sertantai.postgres import Connection
from sertantai.sealing.files import NOTICE, TrailFiles
from sertantai.sealing.notices import Kind

PLACES_AT_ONCE: Final = 10_000
TELLING: Final = (Kind.BALANCE, Kind.RETENTION, Kind.RESTORE)


class Cut(NamedTuple):
    """Of one owner. ``since``: their trail is complete from then on. ``lists``, ``floors``: hashes. None:
    there is nothing."""

    position: int | None
    since: str | None
    lists: str | None
    floors: str | None


class Kept(NamedTuple):
    """What members of an organization might do up to a position: a hash of it."""

    position: int
    digest: str


class AllKept(NamedTuple):
    """``reach``: since when the trail of whoever has no cut of their own is complete."""

    reach: str | None
    cuts: Mapping[UUID, Cut]
    rights: Mapping[UUID, Kept]


class _Said(NamedTuple):
    value: Any
    at: datetime
    ordinal: int
    as_found: bool


class CutsTold:
    """All that was told of each, the newest last."""

    def __init__(self, telling: Telling, *, has_ended_log: bool) -> None:
        """``has_ended_log``: what was found when another log ended was accepted as it was."""
        self.is_alone = telling.is_alone
        self.has_ended_log = has_ended_log
        self.cuts: dict[UUID, list[_Said]] = {}
        self.rights: dict[UUID, list[_Said]] = {}
        self.reach: list[_Said] = []
        self.gone: list[tuple[int, int]] = []
        self._restored = -1
        for ordinal, told in enumerate(telling.notices):
            if told.kind == Kind.RESTORE:
                self._restored = ordinal
            self.gone += [(first, last) for first, last in told.body.get("gone", ())]
            for body, as_found in ((told.body, False), (told.body.get("kept", {}), True)):
                for owner, *cut in body.get("cuts", ()):
                    said = _Said(Cut(*cut), told.at, ordinal, as_found)
                    self.cuts.setdefault(UUID(owner), []).append(said)
                for owner, *kept in body.get("rights", ()):
                    said = _Said(Kept(*kept), told.at, ordinal, as_found)
                    self.rights.setdefault(UUID(owner), []).append(said)
                if "reach" in body:
                    self.reach.append(_Said(body["reach"], told.at, ordinal, as_found))

    def may_be_older(self, said: _Said) -> bool:
        """Whether a database that was restored may have what was told before; of several servers nobody knows
        who told last."""
        return self._restored > said.ordinal or not self.is_alone


async def all_kept(connection: Connection) -> AllKept:
    reach = await connection.fetchval(sql.REACH)
    rights = await connection.fetch(sql.RIGHTS_KEPT)
    return AllKept(
        None if reach is None else reach.isoformat(),
        await cuts_of(connection, None),
        {row["user_id"]: kept_as(row["position"], row["state"]) for row in rights},
    )


async def cuts_of(connection: Connection, owners: Sequence[UUID] | None) -> Mapping[UUID, Cut]:
    """None: of everybody."""
    rows = await connection.fetch(sql.CUTS_OF, owners)
    return await asyncio.to_thread(dict, map(_cut, rows))


def _cut(row: Any) -> tuple[UUID, Cut]:
    since = None if row["reaches_back_to"] is None else row["reaches_back_to"].isoformat()
    return row["user_id"], Cut(row["position"], since, row["lists"], row["floors"])


def kept_as(position: int, state: bytes) -> Kept:
    return Kept(position, sha256(state).hexdigest())


def rows_told(values: Iterable[tuple[UUID, Cut | Kept]]) -> list[list[Any]]:
    """As they stand in a notice."""
    return [[str(owner), *value] for owner, value in values]


class Finding(msgspec.Struct, frozen=True):
    said: str
    is_fault: bool
    owner: UUID | None = None


def differing_cuts(
    stored: AllKept, told: CutsTold, files: TrailFiles, there: Collection[UUID]
) -> list[Finding]:
    """``there``: accounts and organizations that are there still, of all that were told of."""
    first = _first_position(files)
    found = []
    for owner in sorted(stored.cuts.keys() | told.cuts.keys()):
        cut = stored.cuts.get(owner)
        of = f"the beginning of the history of user {owner}"
        if cut is None or (cut.position is None and cut.lists is None):
            newest = told.cuts[owner][-1] if owner in told.cuts else None
            if newest is not None and owner in there and not told.may_be_older(newest):
                found.append(Finding(f"What was kept of {of} is gone.", True, owner))
            continue
        said = f"{of}, cut up to {_day(cut.since)} (operation {cut.position}),"
        is_known = _is_supported(cut, told, files, first)
        found += _held(cut, told.cuts.get(owner, ()), told, said, is_known, owner)
    for owner in sorted(stored.rights.keys() | told.rights.keys()):
        kept = stored.rights.get(owner)
        of = f"what members of the organisation {owner} might do"
        if kept is not None:
            said = f"{of} up to operation {kept.position}"
            found += _held(kept, told.rights.get(owner, ()), told, said, owner in stored.cuts, owner)
        elif owner in there and not told.may_be_older(told.rights[owner][-1]):
            found.append(Finding(f"What was kept of {of} is gone.", True, owner))
    said = f"the beginning of everybody's history, cut up to {_day(stored.reach)},"
    if stored.reach is not None or told.reach:
        found += _held(stored.reach, told.reach, told, said, is_known=_began_after(files, stored.reach))
    return found


def _held(
    value: Any,
    history: Sequence[_Said],
    told: CutsTold,
    of: str,
    is_known: bool,
    owner: UUID | None = None,
) -> list[Finding]:
    """``is_known``: the log shows that something was cut there before it was told what."""
    if not history:
        if told.reach or not is_known:
            return [Finding(f"The sealed log does not tell of {of} which the database has.", True, owner)]
        return [_unshown(of, owner)]
    newest = history[-1]
    if value != newest.value:
        older = [one for one in history if one.value == value]
        if older and told.may_be_older(newest):
            return []
        return [Finding(f"What is kept of {of} is not what was sealed on {newest.at:%Y-%m-%d}.", True, owner)]
    if not newest.as_found or told.has_ended_log or value is None:
        return []
    if not is_known:
        return [Finding(f"Nothing in the sealed log shows why there is {of} as was found.", True, owner)]
    return [_unshown(of, owner)]


def _unshown(of: str, owner: UUID | None) -> Finding:
    return Finding(f"Of {of} the log was not told yet what it held: that cannot be shown.", False, owner)


def _is_supported(cut: Cut, told: CutsTold, files: TrailFiles, first: int | None) -> bool:
    """What was told to be gone reaches up to there, or nothing was sealed yet."""
    if cut.position is None or not told.is_alone:
        return cut.lists is None or not told.is_alone
    if first is None or cut.position < first:
        return True
    index = files.index_of(cut.position, 0)
    return index is not None and any(begin <= index <= end for begin, end in told.gone)


def _first_position(files: TrailFiles) -> int | None:
    size = files.size
    for begin in range(0, size, PLACES_AT_ONCE):
        for position, part in files.places(begin, min(size, begin + PLACES_AT_ONCE)):
            if part != NOTICE:
                return position
    return None


def _began_after(files: TrailFiles, reach: str | None) -> bool:
    line = next(files.notice_lines(), None)
    if line is None or reach is None:
        return True
    return time_of(msgspec.json.decode(line)["at"]) >= datetime.fromisoformat(reach)


def _day(at: str | None) -> str:
    return "no day" if at is None else at[:10]
