"""``sertantai retention run``"""

from typing import TYPE_CHECKING

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import opened_database, require_data_directory, run
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock

if TYPE_CHECKING:
    from sertantai.audit.retaining.acts import Act
    from sertantai.audit.retaining.leaving import SealedTrail


def retention_run(
    data_dir: DataDir = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Do now what is due, as it is done each night: a month at a time, until the first that fails."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    acts = run(_run(settings))
    if as_json:
        say_json(acts)
    elif not acts:
        say("nothing is due")
    for act in [] if as_json else acts:
        what = "dropped" if act.is_dropped else "rewritten"
        gone, changed = act.done.rows_gone, act.done.rows_changed
        say(f"{act.done.month[-7:].replace('_', '-')}: {what}, {gone:,} rows gone, {changed:,} changed")


def _sealed_trail(settings: Settings) -> "SealedTrail | None":
    from sertantai.audit.retaining.leaving import SealedTrail
    from sertantai.journal.chosen import journal_of
    from sertantai.sealing.blinds import Blinds
    from sertantai.sealing.files import TrailFiles
    from sertantai.sealing.keys import macs_in
    from sertantai.sealing.log import journals_of, newest_log
    from sertantai.sealing.notices import Notices

    journal = journal_of(settings)
    folder = newest_log(settings.data_path)
    report = journal.inspect() if journal.exists and folder.is_dir() else None
    if report is None:
        return None
    blinds = Blinds(folder)
    notices = Notices(macs_in(settings.data_path), blinds, SystemClock())
    return SealedTrail(TrailFiles(folder), {report.id, *journals_of(folder)}, notices, blinds)


async def _run(settings: Settings) -> "list[Act]":
    from sertantai.audit.retaining.acts import Retaining
    from sertantai.postgres.settled_time import SettledTime

    require_data_directory(settings)
    clock = SystemClock()
    async with opened_database(settings) as database:
        await SettledTime(database, clock).now()
        retaining = Retaining(database, settings, clock, _sealed_trail(settings))
        await retaining.take_settings()
        return await retaining.run()
