"""``sertantai audit accept``"""

from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say
from sertantai.cli.running import opened_database, require_journal, run
from sertantai.core.errors import InvalidInput, NotFound
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.postgres import Database
    from sertantai.sealing.accepted import Accepted


def audit_accept(
    reason: Annotated[
        str, typer.Option(prompt="Why is it accepted", help="Kept, shown, and sealed as a hash.")
    ],
    by: Annotated[str | None, typer.Option(help="Who accepts it: an e-mail address or an id.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Accept in words that the history is not what was sealed: this log ends, and the next begins with the
    history as it is now. The server must be stopped."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    require_journal(settings)
    try:
        accepted = run(_accept(settings, reason, by))
    except InvalidInput as error:
        if error.field != "reason":
            raise
        raise typer.BadParameter(error.message, param_hint="--reason") from None
    if accepted is None:
        say("nothing differs from what was sealed")
        return
    for said in accepted.said:
        say(f"accepted: {said}")
    if accepted.differences > len(accepted.said):
        say(f"accepted: {accepted.differences - len(accepted.said):,} more")
    say(f"The log has ended. {accepted.origin} begins with the history as it is now. Its key:")
    say(accepted.key)
    say("Start the server, and give the new key and a new head to everybody who kept the old ones.")


async def _accept(settings: Settings, reason: str, by: str | None) -> "Accepted | None":
    from sertantai.audit.guarding.accepting import accept
    from sertantai.audit.reports import find_owner
    from sertantai.journal.chosen import journal_of
    from sertantai.process.data_directory import DataDirectory, DataDirectoryBusy, serving
    from sertantai.process.system_clock import SystemClock

    if (server := serving(settings.data_path)) is not None:
        raise DataDirectoryBusy(settings.data_path, server)
    held = DataDirectory(settings.data_path, purpose="command") if settings.database_url else None
    if held is not None:
        held.lock()
    try:
        async with opened_database(settings) as database:
            journal = journal_of(settings).inspect()
            if journal is None:
                raise NotFound("Nothing is sealed in this data directory yet.")
            who = None if by is None else await find_owner(database, by)
            accepted = await accept(database, settings.data_path, journal.id, reason, who, SystemClock())
            if accepted is not None:
                await _record(database, accepted)
            return accepted
    finally:
        if held is not None:
            held.unlock()


async def _record(database: "Database", accepted: "Accepted") -> None:
    from sertantai.core.security_events import SecurityEventKind as Kind
    from sertantai.process.new_ids import new_id
    from sertantai.security.model import SecurityEvent, severity_of
    from sertantai.security.store import SecurityEventStore

    details = {"differences": accepted.differences, "log": accepted.origin, "reason": accepted.reason}
    kind = Kind.TRAIL_ACCEPTED
    event = SecurityEvent(new_id(), accepted.at, kind.value, severity_of(kind).value, details=details)
    await SecurityEventStore(database).add([event])
