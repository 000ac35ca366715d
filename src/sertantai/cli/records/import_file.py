"""``sertantai records import FILE``"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import note, progress_bar, say, say_json
from sertantai.cli.records.shown import wait_until_shown
from sertantai.cli.running import notices_of, opened_database, run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.records.importing.importing import ImportReport

REFUSED_ROWS_SHOWN = 5
EXIT_REJECTED = 3


def records_import(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV, CSV.GZ, JSON or NDJSON.")
    ],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Insert or update laws by name; never delete. A running server sees them at once."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    report = run(_import(settings, file))
    if as_json:
        say_json(report)
    else:
        _tell(report)
    if report.rejected:
        raise typer.Exit(EXIT_REJECTED)


async def _import(settings: Settings, file: Path) -> "ImportReport":
    from sertantai.records.importing.importing import Progress, import_file

    async with opened_database(settings, may_make=True) as database:
        with progress_bar(f"Importing {file.name}") as advance:

            def show(progress: Progress) -> None:
                advance(progress.bytes_read, progress.bytes_total)

            report = await import_file(database, file, show, notices_of(settings))
        await wait_until_shown(database, report.revision)
        return report


def _tell(report: "ImportReport") -> None:
    if report.unknown_columns:
        note(f"Unknown columns, kept in extra: {', '.join(report.unknown_columns)}.")
    if report.ignored_columns:
        note(f"Columns the register keeps itself, ignored: {', '.join(report.ignored_columns)}.")
    for refused_row in report.refused_rows[:REFUSED_ROWS_SHOWN]:
        note(f"line {refused_row.line}: {refused_row.reason}")
    if report.rejected_file:
        note(f"All rejected rows, with line and reason: {report.rejected_file}")
    say(
        f"inserted {report.inserted}, updated {report.updated}, unchanged {report.unchanged}, "
        f"rejected {report.rejected}"
    )
