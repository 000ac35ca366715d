"""``sertantai journal accept``"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say
from sertantai.cli.running import events_of, opened_database, require_data_directory, run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.journal.damage import Damage


def journal_accept(
    reason: Annotated[str, typer.Option(prompt="Why is it accepted", help="Recorded as a security event.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Accept what the journal has lost, in words: pages, health and doctor then say no more of it."""
    from sertantai.journal.chosen import journal_of

    if not reason.strip():
        raise typer.BadParameter("Give a reason.")
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    require_data_directory(settings)
    journal = journal_of(settings)
    damages = journal.damages()
    if not damages:
        say("nothing was found wrong with the journal")
        return
    run(_record(settings, damages, reason))
    journal.accept(reason, [damage.id for damage in damages])
    for damage in damages:
        say(f"accepted: {damage.text}")


async def _record(settings: Settings, damages: "Sequence[Damage]", reason: str) -> None:
    from sertantai.core.security_events import SecurityEventKind as Kind
    from sertantai.process.new_ids import new_id
    from sertantai.process.system_clock import SystemClock
    from sertantai.security.model import SecurityEvent, severity_of

    kind, now = Kind.JOURNAL_ACCEPTED, SystemClock().now()
    events = [
        SecurityEvent(
            new_id(),
            now,
            kind.value,
            severity_of(kind).value,
            details={"damage": damage.text[:2_000], "reason": reason[:1_000]},
        )
        for damage in damages
    ]
    async with opened_database(settings) as database:
        await events_of(settings, database).add(events)
