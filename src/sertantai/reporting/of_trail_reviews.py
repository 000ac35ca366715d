"""Whether the history itself was reviewed: who said so, when, and for which time."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sertantai.files.report_rows import Row
from sertantai.postgres import Connection, Record
from sertantai.reporting import sql
from sertantai.reporting.asked import Asked
from sertantai.reporting.paging import Make, Names, Pages, counted, name_in, named, newest_first, who
from sertantai.reporting.sight import Sight

ALL_LISTS: Final = "All lists"
NEVER: Final = "Nobody has said yet that they reviewed the history itself."


class OfTrailReviews:
    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        statement, narrowed = _statements(sight)[0], (asked.person,)
        async for page in newest_first(sight, asked, statement, narrowed, _row(sight), chunk):
            yield page

    async def counts(self, sight: Sight, asked: Asked, edges: Sequence[datetime]) -> list[int]:
        return await counted(sight, asked, _statements(sight)[1], (asked.person,), edges)


async def last_in_words(sight: Sight, asked: Asked) -> str:
    """Who reviewed the history last, of what is asked for; or that nobody did."""
    if sight.owner is None:
        return ""

    async def read(connection: Connection) -> Record | None:
        return await connection.fetchrow(sql.LAST_TRAIL_REVIEW, sight.owner, sight.groups(asked))

    found = await sight.reading(read)
    if found is None:
        return NEVER
    names = await named(sight, [who(found)])
    listed = "" if found["group_id"] is None else f" of {sight.list_name(found['group_id'], None)}"
    return (
        f"The history itself{listed} was reviewed last on {_said(found['at'].astimezone(asked.zone).date())} "
        f"by {name_in(names, who(found))}, from {_said(found['since'])} to {_said(found['until'])}."
    )


def _said(value: date) -> str:
    return f"{value.day} {value:%B %Y}"


def _statements(sight: Sight) -> tuple[str, ...]:
    return sql.TRAIL_REVIEWS if sight.owner is not None else sql.TRAIL_REVIEWS_OF_EVERYBODY


def _row(sight: Sight) -> Make:
    def make(row: Record, names: Names) -> Row:
        listed: Any = ALL_LISTS if row["group_id"] is None else sight.list_name(row["group_id"], None)
        return row["at"], listed, name_in(names, who(row)), row["since"], row["until"], row["note"] or None

    return make


TRAIL_REVIEWS: Final = OfTrailReviews()
