"""What a list held at a moment, by whom and why; what differs; and which of it is to be looked at again."""

import sys
from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from pyroaring import BitMap

from sertantai.audit.moments import held_at
from sertantai.core.audit_words import ADDING, REMOVING
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import GroupId, OwnerId
from sertantai.core.notes import RESPONSIBLE, REVIEW_ON, REVIEWED_AT
from sertantai.core.responsible import user_id
from sertantai.files.report_rows import Row
from sertantai.postgres import Connection, Record
from sertantai.postgres.arrays import records_as_text
from sertantai.reporting import sql
from sertantai.reporting.asked import Asked
from sertantai.reporting.identities import Decision, identities
from sertantai.reporting.paging import Pages, name_in, named, who
from sertantai.reporting.sight import Sight
from sertantai.reporting.wording import SOURCES

CHUNK_LAWS: Final = 500
"""Laws that the trail is asked about at a time."""
DUE_DAYS: Final = 30
FIRST_DAY: Final = "0000-00-00"
LAST_DAY: Final = "9999-99-99"
LOWEST: Final = UUID(int=0)


class Decided(NamedTuple):
    """Of some laws: what they are called, what brought them in or took them out last, and their notes."""

    laws: list[Record]
    last: Mapping[int, Record]
    notes: Mapping[int, str | None]


def owner_of(sight: Sight) -> OwnerId:
    """Raises `InvalidInput`: a list is somebody's."""
    if sight.owner is None:
        raise InvalidInput("This question is about the lists of one person or organisation.", field="list")
    return sight.owner


async def held(sight: Sight, group: GroupId, moment: datetime, *, waits: bool = False) -> BitMap:
    """Raises `BeforeTheTrail`."""
    owner = owner_of(sight)

    async def read(connection: Connection) -> BitMap:
        return await held_at(connection, owner, group, moment)

    return await sight.reading(read, waits)


async def in_order(sight: Sight, records: BitMap) -> list[int]:
    """By name, as every report has them."""
    wanted = await records_as_text(records)

    async def read(connection: Connection) -> bytes:
        return await connection.fetchval(sql.LAW_NUMBERS, wanted) or b""

    return numbers(await sight.reading(read))


def numbers(sent: bytes) -> list[int]:
    """Four bytes each, as PostgreSQL sends them."""
    found = array("I", sent)
    if sys.byteorder == "little":
        found.byteswap()
    return found.tolist()


def in_pieces(found: Sequence[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(found), size):
        yield list(found[start : start + size])


async def decided(
    sight: Sight, group: GroupId, laws: Sequence[int], moment: datetime, actions: Sequence[str]
) -> Decided:
    owner = owner_of(sight)
    await sight.still()

    async def read(connection: Connection) -> Decided:
        named_laws = await connection.fetch(sql.LAWS, laws)
        asked = (owner, group, [law["id"] for law in named_laws], moment)
        last = await connection.fetch(sql.BROUGHT_IN, *asked, list(actions))
        by_law = {row["record_no"]: row for row in last}
        notes = {
            row["record_no"]: row["note"] or None
            for row in await connection.fetch(sql.NOTED, *asked)
            if row["record_no"] not in by_law or row["position"] >= by_law[row["record_no"]]["position"]
        }
        return Decided(named_laws, by_law, notes)

    return await sight.reading(read)


class OfApplicable:
    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        group = sight.list_named(asked.list).id
        found = await in_order(sight, await held(sight, group, asked.at, waits=True))
        for piece in in_pieces(found, min(chunk, CHUNK_LAWS)):
            known = await decided(sight, group, piece, asked.at, ADDING)
            decisions = [(who(row), row["at"]) for row in known.last.values()]
            names = await named(sight, [person for person, _ in decisions])
            were = await identities(sight, decisions)
            yield [_applicable(law, known, names, were) for law in known.laws]

    async def total(self, sight: Sight, asked: Asked) -> int:
        return len(await held(sight, sight.list_named(asked.list).id, asked.at))


def _applicable(law: Record, known: Decided, names: Mapping[Any, str], were: Mapping[Decision, str]) -> Row:
    last = known.last.get(law["record_no"])
    first = (law["name"], law["title_en"], law["family"])
    if last is None:  # it came in before the trail begins, or as another's
        return *first, None, None, None, None, None, known.notes.get(law["record_no"]), None
    how = SOURCES.get(last["source"], last["source"])
    note = known.notes.get(law["record_no"])
    by = (name_in(names, who(last)), were.get((who(last), last["at"])))
    return *first, last["at"], *by, how, last["reason"], note, str(last["operation_id"] or "")


class OfDifferences:
    """Of one list between two days; or of two lists on one day, whose changes are those of either."""

    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        for words, group, records, moment, actions in await self._sides(sight, asked):
            found = await in_order(sight, records)
            for piece in in_pieces(found, min(chunk, CHUNK_LAWS)):
                known = await decided(sight, group, piece, moment, actions)
                names = await named(sight, map(who, known.last.values()))
                yield [_difference(law, words, known, names) for law in known.laws]

    async def total(self, sight: Sight, asked: Asked) -> int:
        return sum(len(records) for _, _, records, _, _ in await self._sides(sight, asked))

    async def _sides(self, sight: Sight, asked: Asked) -> list[Any]:
        one = sight.list_named(asked.list)
        before = await held(sight, one.id, asked.at, waits=True)
        if asked.other is None:
            after = await held(sight, one.id, asked.then)
            return [
                ("added", one.id, after - before, asked.then, ADDING),
                ("removed", one.id, before - after, asked.then, REMOVING),
            ]
        other = sight.list_named(asked.other, "other")
        there = await held(sight, other.id, asked.at)
        return [
            (f"only in {one.name}", one.id, before - there, asked.at, ADDING),
            (f"only in {other.name}", other.id, there - before, asked.at, ADDING),
        ]


def _difference(law: Record, words: str, known: Decided, names: Mapping[Any, str]) -> Row:
    last = known.last.get(law["record_no"])
    first = (law["name"], law["title_en"], law["family"], words)
    if last is None:
        return *first, None, None, None
    how = SOURCES.get(last["source"], last["source"])
    return *first, last["at"], name_in(names, who(last)), how


class OfReviews:
    """As the rows in PostgreSQL are: what was done a moment ago may still be on its way there."""

    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        owner, today = owner_of(sight), asked.now.astimezone(asked.zone).date()
        first, until = _days(asked, today)
        after: tuple[str, str, UUID] = (FIRST_DAY, "", LOWEST)
        is_first = True
        while True:
            await sight.still()
            arguments = (owner, sight.groups(asked), asked.family, first, until, *after, chunk)

            async def read(connection: Connection, arguments: tuple[Any, ...] = arguments) -> list[Record]:
                return await connection.fetch(sql.REVIEWS, *arguments)

            rows = await sight.reading(read, is_first)
            if not rows:
                return
            names = await named(sight, [user_id(row["metadata"].get(RESPONSIBLE)) for row in rows])
            yield [_review(sight, row, names, today) for row in rows]
            last = rows[-1]
            after, is_first = (last["metadata"][REVIEW_ON], last["name"], last["group_id"]), False


def _days(asked: Asked, today: date) -> tuple[str, str]:
    if asked.state == "overdue":
        return FIRST_DAY, today.isoformat()
    if asked.state == "due":
        return today.isoformat(), (today + timedelta(days=DUE_DAYS + 1)).isoformat()
    return FIRST_DAY, LAST_DAY


def _review(sight: Sight, row: Record, names: Mapping[Any, str], today: date) -> Row:
    said = row["metadata"]
    person = user_id(said.get(RESPONSIBLE))
    listed = sight.list_name(row["group_id"], row["group_name"])
    due = _day(said.get(REVIEW_ON))
    late = None if due is None else max(0, (today - due).days)
    who_answers = None if person is None else name_in(names, person)
    first = (row["name"], row["title_en"], row["family"], listed, who_answers)
    return *first, due, late, _moment(said.get(REVIEWED_AT)), said.get("note")


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        return None


def _moment(text: Any) -> datetime | None:
    try:
        return None if text is None else datetime.fromisoformat(str(text))
    except ValueError:
        return None


APPLICABLE: Final = OfApplicable()
DIFFERENCES: Final = OfDifferences()
REVIEWS: Final = OfReviews()
