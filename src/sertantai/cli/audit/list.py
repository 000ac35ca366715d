"""``sertantai audit list``"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say
from sertantai.cli.running import notices_of, opened_database, run
from sertantai.core.errors import InvalidInput
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.audit.reports import OwnedEntry


def audit_list(
    user: Annotated[str | None, typer.Option(help="Only this person's: an e-mail address or an id.")] = None,
    since: Annotated[str | None, typer.Option(help="From this time on, such as 2026-01-31.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """The audit trail, oldest first."""
    from sertantai.audit.queries import parse_moment

    settings = settings_of(data_dir=data_dir, database_url=database_url)
    try:
        start = parse_moment(since, "--since") if since else None
    except InvalidInput as error:
        raise typer.BadParameter(error.message) from None
    run(_list(settings, user, start, as_json))


async def _list(settings: Settings, user: str | None, since: datetime | None, as_json: bool) -> None:
    from sertantai.audit.reports import find_owner, whole_trail
    from sertantai.postgres import Role
    from sertantai.sealing.notices import Kind

    async with opened_database(settings) as database:
        owner = await find_owner(database, user) if user else None
        body: dict[str, Any] = {"what": "history", "way": "operator"}
        if (notices := notices_of(settings)) is not None:
            async with database.transaction(Role.SYNC) as connection:
                await notices.tell(connection, Kind.ACCESS, subject=owner, body=body)
        written = 0
        async for owned in whole_trail(database, owner, since):
            if as_json:
                say(("[" if written == 0 else ",") + msgspec.json.encode(_flat(owned)).decode())
            else:
                say(_line(owned))
            written += 1
        if as_json:
            say("]" if written else "[]")


def _flat(owned: "OwnedEntry") -> dict[str, object]:
    return {"user_id": owned.owner, **msgspec.structs.asdict(owned.entry)}


def _line(owned: "OwnedEntry") -> str:
    entry = owned.entry
    record = entry.record.name if entry.record else "-"
    group = entry.group.name if entry.group else "-"
    at = entry.at.isoformat(sep=" ", timespec="milliseconds")
    because = f"  because: {entry.reason}" if entry.reason else ""
    return f"{at}  {owned.owner}  {entry.action:<13}  {record}  in {group}  ({entry.source}){because}"
