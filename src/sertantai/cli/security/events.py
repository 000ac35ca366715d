"""``sertantai security events``"""

from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say, say_json, say_table
from sertantai.cli.running import opened_database, run
from sertantai.core.errors import InvalidInput
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock

if TYPE_CHECKING:
    from sertantai.security.model import SecurityEvent


def security_events(
    kind: Annotated[str | None, typer.Option(help="Only this kind, such as sign_in_failed.")] = None,
    severity: Annotated[str | None, typer.Option(help="Only info, warning or danger.")] = None,
    user: Annotated[str | None, typer.Option(help="Only this person's: an e-mail address or an id.")] = None,
    ip: Annotated[str | None, typer.Option(help="Only from this address.")] = None,
    days: Annotated[int, typer.Option(help="How far back, in days.", min=1)] = 7,
    limit: Annotated[int, typer.Option(help="How many at most, the newest first.", min=1, max=100_000)] = 100,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """What may have to do with security, the newest first."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    try:
        found = run(_find(settings, (kind or "", severity or "", user or "", ip or "", days), limit))
    except InvalidInput as error:
        raise typer.BadParameter(error.message) from None
    if as_json:
        say_json(found)
    elif found:
        rows = [
            (e.at, e.severity, e.kind, e.times, e.email or e.user_id, e.ip, dict(e.details)) for e in found
        ]
        say_table(("time", "severity", "kind", "times", "user", "ip", "details"), rows)
    else:
        say("no events")


async def _find(
    settings: Settings, asked: tuple[str, str, str, str, int], limit: int
) -> "list[SecurityEvent]":
    from sertantai.security.asked import EventsAsked, filter_of
    from sertantai.security.store import SecurityEventStore

    now = SystemClock().now()
    async with opened_database(settings) as database:
        store = SecurityEventStore(database)
        return await store.newest(await filter_of(store, EventsAsked(*asked), now), now, limit)
