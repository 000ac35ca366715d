"""A question that was put: its rows, as many as are shown or all of them, its picture, and how it ends."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final

import msgspec

from sertantai.audit import sql as audit_sql
from sertantai.audit.moments import in_words
from sertantai.files.report_files import report_file
from sertantai.files.report_rows import Column, ReportHead, Row
from sertantai.postgres import Connection, Record
from sertantai.reporting import charts, sql
from sertantai.reporting.answers import ANSWERS, OVER_TIME, TOTALLED
from sertantai.reporting.asked import Asked
from sertantai.reporting.of_trail_reviews import last_in_words
from sertantai.reporting.paging import COUNTED_ROWS_MAX
from sertantai.reporting.questions import Chart
from sertantai.reporting.rows import Digest, Ending
from sertantai.reporting.sight import Sight

CHUNK_ROWS: Final = 1_000
"""Asked for at a time."""
PIECE_ROWS: Final = 50
"""Handed on at a time: to write one takes some 30 µs."""
ROWS_SHOWN_MAX: Final = 200
"""On a page and in an answer of the API; files have all."""


class Shown(msgspec.Struct, frozen=True):
    """What a page shows. ``total`` None: more than are shown, and nobody counted them. ``is_counted``: else
    ``total`` is the least that there are."""

    columns: tuple[Column, ...]
    rows: list[Row]
    total: int | None
    is_counted: bool
    chart: str
    ending: Ending
    counts: tuple[int, ...] = ()
    """How many in each span of the picture, where it has any."""


class Report:
    """All methods raise `DatabaseUnavailable`, `BeforeTheTrail` for a day whose trail is gone, what the door
    raises once a right has ended, and `InvalidInput` for a parameter."""

    def __init__(self, sight: Sight, asked: Asked, made_at: datetime, head: str = "") -> None:
        self.sight = sight
        self.asked = asked
        self.question = asked.question
        self._made_at = made_at
        self._head = head
        self._answer = ANSWERS[self.question.key]
        self._places = [
            place
            for place, column in enumerate(self.question.columns)
            if sight.personal or not column.personal
        ]

    @property
    def columns(self) -> tuple[Column, ...]:
        return tuple(self.question.columns[place] for place in self._places)

    async def pages(self, chunk: int = CHUNK_ROWS) -> AsyncIterator[list[Row]]:
        """All rows, a few at a time: whatever is done with those, others have their turns between them."""
        async for page in self._answer.pages(self.sight, self.asked, chunk):
            for start in range(0, len(page), PIECE_ROWS):
                await asyncio.sleep(
                    0
                )  # of a file each piece begins a turn anew, so `breathe` sees short ones
                piece = page[start : start + PIECE_ROWS]
                yield [tuple(row[place] for place in self._places) for row in piece]

    async def shown(self) -> Shown:
        """The first rows, how many there are, and the picture."""
        rows: list[Row] = []
        async for page in self.pages(ROWS_SHOWN_MAX + 1):
            rows += page
            if len(rows) > ROWS_SHOWN_MAX:
                break
        whole = len(rows) <= ROWS_SHOWN_MAX
        del rows[ROWS_SHOWN_MAX:]
        digest = Digest()
        digest.add(rows)
        chart = await self.chart(rows)
        total, is_counted = (len(rows), True) if whole else await self._counted(chart.total)
        ending = await self._ending(digest, whole=whole)
        return Shown(self.columns, rows, total, is_counted, chart.svg, ending, chart.counts)

    async def _counted(self, charted: int | None) -> tuple[int | None, bool]:
        if charted is not None:
            return charted, charted <= COUNTED_ROWS_MAX
        counted = TOTALLED.get(self.question.key)
        total = None if counted is None else await counted.total(self.sight, self.asked)
        return total, total is not None

    async def chart(self, rows: list[Row]) -> "Drawn":
        over_time = OVER_TIME.get(self.question.key)
        zone, ends = self.asked.zone, min(self.asked.until, self.asked.now)
        begins = max(self.asked.since, await self._reaches_back_to() or self.asked.since)
        if self.question.chart is Chart.SHARES:
            values = [(str(row[0]), int(str(row[-1] or 0))) for row in rows]
            return Drawn(charts.shares(values) if values else "", None)
        if over_time is None or begins >= ends:
            return Drawn("", None)
        if self.question.chart is Chart.HOURS:
            starts = await asyncio.to_thread(charts.hours_between, begins, ends, zone)
            counts = await over_time.counts(self.sight, self.asked, starts)
            drawn = await asyncio.to_thread(charts.hours, starts, counts[1:], zone)
            return Drawn(drawn, sum(counts))
        spans = charts.spans_of(begins, ends, zone)
        counts = await over_time.counts(self.sight, self.asked, [span.begins for span in spans])
        return Drawn(charts.bars(spans, counts[1:]), sum(counts), tuple(counts[1:]))

    async def file(self, format_: str) -> AsyncIterator[bytes]:
        """All of it. The first piece comes once the first rows are read, so what is refused is refused
        before."""
        digest = Digest()
        chart = await self.chart([]) if format_ == "pdf" and self.question.chart is not Chart.SHARES else None
        ending = await self._ending(digest, whole=True)

        async def counted() -> AsyncIterator[list[Row]]:
            async for page in self.pages():
                digest.add(page)
                yield page

        def end() -> Ending:
            return msgspec.structs.replace(ending, rows=digest.rows, sha256=digest.text)

        head = self.head("" if chart is None else chart.svg)
        async for piece in report_file(counted(), format_, head, lambda: end().end):
            yield piece

    def head(self, chart: str = "") -> ReportHead:
        lead = (self.question.answers, self.question.leaves_out)
        return ReportHead(self.question.title, self.sight.whose, lead, self.columns, self._made_at, chart)

    async def _ending(self, digest: Digest, *, whole: bool) -> Ending:
        return Ending(
            question=self.question.key,
            title=self.question.title,
            about=self.sight.whose,
            since=self.asked.since if self.asked.has_period else None,
            until=min(self.asked.until, self.asked.now) if self.asked.has_period else self.asked.at,
            made_at=self._made_at,
            rows=digest.rows,
            sha256=digest.text,
            whole=whole,
            head=self._head,
            notes=await self._notes(),
        )

    async def _notes(self) -> tuple[str, ...]:
        """What of the time is gone, and whether something is still to come."""
        reaches = await self._reaches_back_to()
        said: list[str] = []
        if self.asked.has_period and reaches is not None and self.asked.since < reaches:
            gone = f"The trail of before {in_words(reaches)} was dropped: nothing of then is in here."
            said.append(f"{gone} {await self._certificates(reaches)}".strip())
        if self.question.key == "access" and (looks := await self._looks_dropped()):
            said.append(looks)
        if said:
            return tuple(said)
        if self.question.key == "reviews" and (last := await last_in_words(self.sight, self.asked)):
            return (last,)
        return ()

    async def _certificates(self, reaches: datetime) -> str:
        """Which certificates say under which policy months of this report went; nothing: none does."""
        months = (f"{self.asked.since:%Y-%m}", f"{reaches:%Y-%m}")

        async def read(connection: Connection) -> list[int]:
            return [row["year"] for row in await connection.fetch(sql.CERTIFIED, *months)]

        years = await self.sight.auditing(read)
        if not years:
            return ""
        said = " and ".join(map(str, years))
        return f"Under which policy says the certificate of {said} (sertantai retention report --year)."

    async def _looks_dropped(self) -> str:
        """What retention of the class *access* took of this time, whoever's it was; nothing: nothing."""
        span = (self.asked.since, min(self.asked.until, self.asked.now))

        async def read(connection: Connection) -> Record | None:
            return await connection.fetchrow(sql.LOOKS_DROPPED, *span)

        row = await self.sight.auditing(read)
        if row is None or row["upto"] is None:
            return ""
        years = " and ".join(map(str, row["years"]))
        return (
            f"Who looked at what up to {in_words(row['upto'])} was dropped by retention, unless held. "
            f"Under which policy says the certificate of {years} (sertantai retention report --year)."
        )

    async def _reaches_back_to(self) -> datetime | None:
        """None: to its beginning, which of everybody is not known."""
        owner = self.sight.owner
        if owner is None:
            return None

        async def read(connection: Connection) -> datetime | None:
            found: datetime | None = await connection.fetchval(audit_sql.REACHES_BACK_TO, owner)
            return found

        return await self.sight.reading(read)


class Drawn(msgspec.Struct, frozen=True):
    """``total``: how many rows were counted for it."""

    svg: str
    total: int | None
    counts: tuple[int, ...] = ()
