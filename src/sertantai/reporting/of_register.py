"""What of the register a list covers, and how long it took to decide about a law that changed."""

from datetime import datetime
from typing import Final

from sertantai.core.audit_words import ADDING
from sertantai.core.bitmaps import sent
from sertantai.core.ids import GroupId
from sertantai.files.report_rows import Row
from sertantai.postgres import Connection, Record
from sertantai.postgres.arrays import records_as_text
from sertantai.records.relevance import NOT_IN_FORCE
from sertantai.reporting import sql
from sertantai.reporting.asked import Asked
from sertantai.reporting.of_lists import CHUNK_LAWS, held, in_pieces, numbers, owner_of
from sertantai.reporting.paging import Names, Pages, name_in, named, who
from sertantai.reporting.sight import ListSeen, Sight
from sertantai.reporting.wording import done

UNNAMED: Final = "Not stated"
HIGHEST_NO: Final = 2**31 - 1


class OfCoverage:
    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        rows = [_coverage(row) for row in await self._rows(sight, asked)]
        for start in range(0, len(rows), chunk):
            yield rows[start : start + chunk]

    async def total(self, sight: Sight, asked: Asked) -> int:
        return len(await self._rows(sight, asked))

    async def _rows(self, sight: Sight, asked: Asked) -> list[Record]:
        considered = await _considered(sight, asked)

        async def read(connection: Connection) -> list[Record]:
            return await connection.fetch(sql.COVERAGE[asked.by], *considered, NOT_IN_FORCE)

        return await sight.reading(read)


async def _considered(sight: Sight, asked: Asked) -> tuple[str, str, datetime]:
    """What the list held at that moment, what it ever had held by then, and when that was."""
    owner, group = owner_of(sight), sight.list_named(asked.list).id
    then = await held(sight, group, asked.at, waits=True)

    async def read(connection: Connection) -> bytes:
        return await connection.fetchval(sql.EVER_IN, owner, group, asked.at, list(ADDING)) or b""

    ever = sent(await sight.reading(read))
    return await records_as_text(then), await records_as_text(ever | then), asked.at


class OfNeverConsidered:
    """By name: which laws they are is asked once, what they were called of some at a time."""

    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        for piece in in_pieces(await self._numbers(sight, asked), min(chunk, CHUNK_LAWS)):
            await sight.still()

            async def read(connection: Connection, piece: list[int] = piece) -> list[Record]:
                return await connection.fetch(sql.LAWS_THEN, piece, asked.at)

            yield [tuple(row) for row in await sight.reading(read)]

    async def total(self, sight: Sight, asked: Asked) -> int:
        return len(await self._numbers(sight, asked))

    async def _numbers(self, sight: Sight, asked: Asked) -> list[int]:
        arguments = (*await _considered(sight, asked), NOT_IN_FORCE, asked.family, asked.type)

        async def read(connection: Connection) -> bytes:
            return await connection.fetchval(sql.NEVER_CONSIDERED, *arguments) or b""

        return numbers(await sight.reading(read))


def _coverage(row: Record) -> Row:
    in_force = row["in_force"]
    share = round(100 * row["held_in_force"] / in_force) if in_force else None
    return row["name"] or UNNAMED, in_force, row["held"], row["considered"], row["never"], share


class OfResponse:
    """List by list: of each the laws that it holds now."""

    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        for seen in _lists(sight, asked):
            laws = await records_as_text(await held(sight, seen.id, asked.now))
            keyset: tuple[datetime, int] = (asked.until, 0)
            while True:
                await sight.still()
                rows = await self._rows(sight, asked, seen.id, laws, keyset, chunk)
                names = await named(sight, [who(row) for row in rows if row["decided_at"] is not None])
                if rows:
                    yield [_response(row, seen, names) for row in rows]
                if len(rows) < chunk:
                    break
                keyset = (rows[-1]["at"], rows[-1]["record_no"])

    async def _rows(
        self,
        sight: Sight,
        asked: Asked,
        group: GroupId,
        laws: str,
        keyset: tuple[datetime, int],
        chunk: int,
    ) -> list[Record]:
        owner = owner_of(sight)

        async def read(connection: Connection) -> list[Record]:
            span = (asked.since, asked.until)
            return await connection.fetch(
                sql.RESPONSE, owner, group, *span, laws, asked.family, *keyset, chunk
            )

        return await sight.reading(read)


def _lists(sight: Sight, asked: Asked) -> list[ListSeen]:
    if asked.list is not None:
        return [sight.list_named(asked.list)]
    return sorted(sight.lists.values(), key=lambda one: (one.name.casefold(), one.id.int))


def _response(row: Record, seen: ListSeen, names: Names) -> Row:
    first = (row["at"], row["name"], row["title_en"], ", ".join(row["fields"]), seen.name)
    if row["decided_at"] is None:
        return *first, None, None, None, None
    days = (row["decided_at"] - row["at"]).days
    return *first, row["decided_at"], days, name_in(names, who(row)), done(row["action"], {})


COVERAGE: Final = OfCoverage()
NEVER_CONSIDERED: Final = OfNeverConsidered()
RESPONSE: Final = OfResponse()
