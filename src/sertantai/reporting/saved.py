"""Reports with names: a question, its parameters, and to whom its answer is sent, and when."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Final
from urllib.parse import parse_qsl
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, InvalidInput, NotFound
from sertantai.core.ids import UserId
from sertantai.core.spelling import compared, one_line
from sertantai.postgres import Connection, Database, Record, Role, plain_uuid
from sertantai.reporting import saved_sql as sql
from sertantai.reporting.asked import NAMES
from sertantai.reporting.schedules import SCHEDULES, next_after

NAME_CHARACTERS_MAX: Final = 100
QUERY_CHARACTERS_MAX: Final = 20_000
REPORTS_MAX: Final = 100
"""That somebody may have."""
RECIPIENTS_MAX: Final = 50
QUERY_FIELDS_MAX: Final = 100


class ReportNameTaken(Conflict):
    code = "report_name_taken"

    def __init__(self) -> None:
        super().__init__("You already have a report with this name.", field="name")


class TooManyReports(Conflict):
    code = "too_many_reports"

    def __init__(self) -> None:
        super().__init__(f"You have {REPORTS_MAX} saved reports, which is the maximum.")


class SavedReport(msgspec.Struct, frozen=True, kw_only=True):
    """``query``: what stands in the address behind the question. ``recipients``: whether they may see it is
    asked each time that it is sent. ``next_at`` None: it is not sent."""

    owner: UserId
    id: UUID
    name: str
    question: str
    query: str
    schedule: str
    zone: str
    recipients: tuple[UserId, ...]
    next_at: datetime | None = None
    sent_at: datetime | None = None
    last_error: str = ""

    @property
    def given(self) -> tuple[str, dict[str, str]]:
        """Whose trail (empty: the owner's own lists), and the parameters."""
        said = dict(parse_qsl(self.query, max_num_fields=QUERY_FIELDS_MAX))
        return said.get("organization", ""), {name: said[name] for name in NAMES if name in said}

    @property
    def days(self) -> tzinfo:
        return UTC if self.zone == "UTC" else ZoneInfo(self.zone)


class SavedReports:
    """All methods raise `DatabaseUnavailable`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def list(self, owner: UserId) -> list[SavedReport]:
        """The owner's, by name."""
        async with self._database.transaction(Role.APP, owner, readonly=True) as connection:
            return [saved_in(row) for row in await connection.fetch(sql.LIST_REPORTS, owner)]

    async def put(self, wanted: SavedReport) -> SavedReport:
        """Make one, or change it; again it is the same. Raises `InvalidInput`, `ReportNameTaken`,
        `TooManyReports`."""
        name = report_name(wanted.name)
        _check(wanted)
        now = self._clock.now()
        values = (wanted.question, wanted.query, wanted.schedule, wanted.zone, list(wanted.recipients))
        due = next_after(wanted.schedule, now, wanted.days)
        try:
            async with self._database.transaction(Role.APP, wanted.owner) as connection:
                await _check_free(connection, wanted.owner, wanted.id, name)
                row = await connection.fetchrow(
                    sql.PUT_REPORT, wanted.owner, wanted.id, name, *values, due, now, REPORTS_MAX
                )
        except Conflict:
            raise ReportNameTaken from None
        if row is None:
            raise TooManyReports
        return saved_in(row)

    async def delete(self, owner: UserId, id: UUID) -> None:
        """Raises `NotFound`."""
        async with self._database.transaction(Role.APP, owner) as connection:
            status = await connection.execute(sql.DELETE_REPORT, owner, id)
        if not status.endswith(" 1"):
            raise NotFound("This report does not exist.")


async def _check_free(connection: Connection, owner: UserId, id: UUID, name: str) -> None:
    """A name that reads like another's is taken; of two at the same moment both may stand."""
    for row in await connection.fetch(sql.LIST_REPORTS, owner):
        if row["id"] != id and compared(row["name"]) == compared(name):
            raise ReportNameTaken


def report_name(text: str) -> str:
    """Raises `InvalidInput` for what is no name."""
    name = one_line(text, "name")
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        raise InvalidInput(f"name: 1 to {NAME_CHARACTERS_MAX} characters.", field="name")
    return name


def _check(wanted: SavedReport) -> None:
    if wanted.schedule not in SCHEDULES:
        known = ", ".join(one for one in SCHEDULES if one)
        raise InvalidInput(f"schedule: {wanted.schedule[:20]!r} is none of {known}.", field="schedule")
    if len(wanted.query) > QUERY_CHARACTERS_MAX:
        raise InvalidInput(f"query: at most {QUERY_CHARACTERS_MAX:,} characters.", field="query")
    check_recipients(wanted.recipients)
    if wanted.schedule and not wanted.recipients:
        raise InvalidInput("recipients: somebody has to be sent it.", field="recipients")


def check_recipients(recipients: Sequence[UserId]) -> None:
    if len(recipients) > RECIPIENTS_MAX:
        raise InvalidInput(f"recipients: at most {RECIPIENTS_MAX}.", field="recipients")


def saved_in(row: Record) -> SavedReport:
    return SavedReport(
        owner=UserId(plain_uuid(row["user_id"])),
        id=plain_uuid(row["id"]),
        name=row["name"],
        question=row["question"],
        query=row["query"],
        schedule=row["schedule"],
        zone=row["zone"],
        recipients=tuple(UserId(plain_uuid(one)) for one in row["recipients"]),
        next_at=row["next_at"],
        sent_at=row["sent_at"],
        last_error=row["last_error"],
    )
