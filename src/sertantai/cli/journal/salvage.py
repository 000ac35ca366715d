"""``sertantai journal salvage``"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import events_of, require_data_directory, require_journal, run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.backend import Backend
    from sertantai.engine.salvaging import BroughtBack
    from sertantai.journal.protocol import Salvage

SHOWN_MAX = 20


def journal_salvage(
    file: Annotated[
        Path | None, typer.Argument(help="A journal file; that of the data directory by default.")
    ] = None,
    apply: Annotated[
        bool,
        typer.Option("--apply", help="Apply again what PostgreSQL does not have. Stop the server first."),
    ] = False,
    over_newer_changes: Annotated[
        bool, typer.Option("--over-newer-changes", help="Even in lists that have changed since.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Say which operations of a damaged journal can be read, also behind a bad place.

    With --apply, those that were lost are done again: in their order, each once, however often it is asked.
    """
    from sertantai.journal.chosen import journal_in
    from sertantai.journal.damage import shown

    settings = settings_of(data_dir=data_dir, database_url=database_url)
    if file is None:
        require_data_directory(settings)
    found = journal_in(settings.data_path).salvage(file)
    if not apply:
        if as_json:
            say_json({"readable": found.ranges, "changed": found.changed})
        else:
            say(f"operations that can be read: {shown(found.ranges) or 'none'}")
            if found.changed:
                say(f"operations that somebody else has written, left out: {shown(found.changed)}")
        return
    require_journal(settings)
    came = run(_apply(settings, found, over_newer=over_newer_changes))
    if as_json:
        say_json(came)
        return
    say(f"operations applied again: {len(came.done):,}")
    if came.known:
        say(f"operations that had already been applied: {len(came.known):,}")
    for one in came.left_out[:SHOWN_MAX]:
        say(f"left out: operation {one.position:,} ({one.action}): {one.reason}")
    if len(came.left_out) > SHOWN_MAX:
        say(f"left out: {len(came.left_out) - SHOWN_MAX:,} more; see them with --json")


async def _apply(settings: Settings, found: "Salvage", *, over_newer: bool) -> "BroughtBack":
    from sertantai.backend import Backend
    from sertantai.engine.salvaging import bring_back, lost_of

    async with Backend(settings) as backend:
        lost = await lost_of(found.id, backend.journal.id, backend.journal_files, backend.database)
        came = await bring_back(
            backend.engine,
            backend.database,
            backend.effects.of,
            found.entries(lost),
            over_newer=over_newer,
        )
        await _record(settings, backend, str(found.id), came)
    return came


async def _record(settings: Settings, backend: "Backend", journal: str, came: "BroughtBack") -> None:
    from sertantai.core.security_events import SecurityEventKind as Kind
    from sertantai.process.new_ids import new_id
    from sertantai.security.model import SecurityEvent, severity_of

    kind = Kind.JOURNAL_SALVAGED
    counts = {"done": len(came.done), "known": len(came.known), "left_out": len(came.left_out)}
    event = SecurityEvent(
        new_id(),
        backend.clock.now(),
        kind.value,
        severity_of(kind).value,
        details={"journal": journal, **counts},
    )
    await events_of(settings, backend.database).add([event])
