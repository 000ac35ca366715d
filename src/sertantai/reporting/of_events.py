"""What the security log answers: sign-ins, failures, second factors, tokens, sessions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from sertantai.core.errors import Forbidden
from sertantai.core.ids import UserId
from sertantai.files.report_rows import Row
from sertantai.postgres import Record
from sertantai.reporting import sql
from sertantai.reporting.asked import Asked
from sertantai.reporting.paging import Names, Pages, counted, newest_first
from sertantai.reporting.sight import Sight

ALL_OF_THEM: Final = "all"


class OfEvents:
    """Read as the auditor, who alone sees the log: whose events they are is said by the sight, never by
    whoever asks."""

    async def pages(self, sight: Sight, asked: Asked, chunk: int) -> Pages:
        audited, lead = _audited(sight), _lead(sight, asked)
        statement = sql.EVENTS[0]
        pages = newest_first(
            audited, asked, statement, (asked.kind,), _row, chunk, people=_person, before=lead
        )
        async for page in pages:
            yield page

    async def counts(self, sight: Sight, asked: Asked, edges: Sequence[datetime]) -> list[int]:
        lead = _lead(sight, asked)
        return await counted(_audited(sight), asked, sql.EVENTS[1], (asked.kind,), edges, before=lead)


def _lead(sight: Sight, asked: Asked) -> tuple[Any, ...]:
    if sight.events_of is None:
        raise Forbidden("Sign-ins are shown to the person themselves, and to administrators of the site.")
    return (None if sight.events_of == ALL_OF_THEM else sight.events_of), asked.since


def _audited(sight: Sight) -> Sight:
    return replace(sight, reading=sight.auditing)


def _person(row: Record) -> tuple[UUID | None]:
    return (row["user_id"],)


def _row(row: Record, names: Names) -> Row:
    person = None if row["user_id"] is None else names.get(UserId(UUID(int=row["user_id"].int)))
    said = str(row["kind"]).replace("_", " ").capitalize()
    return row["at"], said, row["severity"], person, row["times"], row["ip"]


EVENTS: Final = OfEvents()
