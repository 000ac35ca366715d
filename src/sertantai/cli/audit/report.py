"""``sertantai audit report``"""

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import opened_database, run
from sertantai.core.errors import InvalidInput
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.core.ids import OwnerId, UserId
    from sertantai.core.state import OwnerState
    from sertantai.postgres import Database
    from sertantai.reporting.sight import ListSeen, Sight


def audit_report(
    question: Annotated[
        str | None, typer.Argument(help="Its key or number; `--list` lists them.", show_default=False)
    ] = None,
    questions: Annotated[bool, typer.Option("--list", help="List the questions and stop.")] = False,
    user: Annotated[
        str | None, typer.Option(help="Of this person's lists: an e-mail address or an id.")
    ] = None,
    organization: Annotated[
        str | None, typer.Option(help="Of this organisation's: its address or UUID.")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--with", help="A parameter, such as `period=last-quarter`; repeated."),
    ] = None,
    form: Annotated[str, typer.Option("--format", help="csv, json, ndjson, xlsx, parquet or pdf.")] = "csv",
    output: Annotated[
        Path | None, typer.Option(help="The file; without it, to standard output.", show_default=False)
    ] = None,
    zone: Annotated[str, typer.Option(help="In which zone days begin, such as Europe/London.")] = "UTC",
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Put a question to the trail. Without --user and --organization it is about everybody's."""
    if questions or question is None:
        _list_questions(as_json=as_json)
        return
    from sertantai.files.report_files import require_format

    if user is not None and organization is not None:
        raise InvalidInput("Either a person or an organisation, not both.")
    require_format(form)
    if output is None and form in ("xlsx", "parquet", "pdf") and sys.stdout.isatty():
        raise InvalidInput(f"--output: a file for {form}, which is not for a terminal.", field="output")
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    said = dict(_pair(one) for one in parameter or [])
    rows = run(_write(settings, question, said, user, organization, form, output, zone))
    if output is not None:
        say(f"{rows} bytes in {output}")


def _list_questions(*, as_json: bool) -> None:
    from sertantai.reporting.questions import ALL

    if as_json:
        facts = [
            {"key": one.key, "number": one.number, "title": one.title, "takes": one.takes} for one in ALL
        ]
        say_json({"questions": facts})
        return
    for one in ALL:
        say(f"{one.number:>2}  {one.key:<14} {one.title}")
        say(f"      {', '.join(one.takes)}")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise InvalidInput(f"--with: {text[:60]!r} is not such as period=last-quarter.", field="with")
    return name, value


async def _write(
    settings: Settings,
    question: str,
    said: dict[str, str],
    user: str | None,
    organization: str | None,
    form: str,
    output: Path | None,
    zone: str,
) -> int:
    from sertantai.http.pages.time_zone import name_of, zone_named
    from sertantai.reporting.asked import asked_of, require_all
    from sertantai.reporting.questions import question_named
    from sertantai.reporting.report import Report

    wanted, days = question_named(question), zone_named(zone)
    if name_of(days) != zone:
        raise InvalidInput(f"--zone: {zone[:40]!r} is not a zone such as Europe/London.", field="zone")
    require_all(wanted, said)
    now = datetime.now(UTC)
    asked = asked_of(wanted, said, now, days)
    async with opened_database(settings) as database:
        sight = await _sight(database, user, organization)
        size = 0
        async with _opened(output) as write:
            async for piece in Report(sight, asked, now).file(form):
                size += len(piece)
                write(piece)
        return size


@asynccontextmanager
async def _opened(output: Path | None) -> AsyncIterator[Callable[[bytes], Any]]:
    """A file that stands under its name once it is whole."""
    if output is None:
        yield sys.stdout.buffer.write
        return
    waiting = output.with_name(f"{output.name}.part")
    try:
        with waiting.open("wb") as file:  # nobody else waits for this loop
            yield file.write
        waiting.replace(output)
    finally:
        waiting.unlink(missing_ok=True)


async def _sight(database: "Database", user: str | None, organization: str | None) -> "Sight":
    """As the auditor, who sees all: of one owner, or of everybody."""
    from sertantai.audit.reports import find_owner
    from sertantai.audit.rights_then import access_at
    from sertantai.core.ids import UserId
    from sertantai.organizations.directory import Directory
    from sertantai.postgres import Connection, Role
    from sertantai.reporting.of_events import ALL_OF_THEM
    from sertantai.reporting.sight import Sight

    owner: OwnerId | None = None
    if user is not None:
        owner = await find_owner(database, user)
    elif organization is not None:
        owner = await Directory(database).find(organization)

    async def reading(read: Callable[[Connection], Awaitable[Any]], _waits: bool = False, /) -> Any:
        async with database.transaction(Role.AUDITOR, readonly=True) as connection:
            return await read(connection)

    async def rights_then(moment: datetime) -> "OwnerState | None":
        assert owner is not None
        of = owner

        async def read(connection: Connection) -> "OwnerState | None":
            return await access_at(connection, of, moment)

        found: OwnerState | None = await reading(read)
        return found

    async def still() -> None:
        """An operator's right does not end."""

    return Sight(
        owner=owner,
        whose=user or organization or "Everybody",
        lists={} if owner is None else await _lists(reading, owner),
        whole=True,
        personal=True,
        reading=reading,
        auditing=reading,
        names=_names(reading, owner),
        still=still,
        rights_then=rights_then if organization is not None else None,
        events_of=ALL_OF_THEM if owner is None else UserId(owner),
    )


async def _lists(reading: Any, owner: "OwnerId") -> "dict[Any, ListSeen]":
    from sertantai.core.ids import GroupId
    from sertantai.reporting import sql
    from sertantai.reporting.sight import ListSeen, shown_name

    rows = await reading(lambda connection: connection.fetch(sql.LISTS_OF, owner))
    return {
        GroupId(UUID(int=row["id"].int)): ListSeen(
            GroupId(UUID(int=row["id"].int)),
            shown_name(row["name"], is_default=row["is_default"]),
            row["is_default"],
        )
        for row in rows
    }


def _names(
    reading: Any, owner: "OwnerId | None"
) -> "Callable[[Collection[UserId]], Awaitable[Mapping[UserId, str]]]":
    from sertantai.core.ids import UserId
    from sertantai.reporting import sql

    async def names(people: "Collection[UserId]") -> "Mapping[UserId, str]":
        rows = await reading(lambda connection: connection.fetch(sql.NAMES_OF, list(people), owner))
        return {UserId(UUID(int=row["id"].int)): row["name"] for row in rows if row["name"]}

    return names
