"""``sertantai records generate``"""

from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import progress_bar, say, say_json
from sertantai.cli.records.shown import wait_until_shown
from sertantai.cli.running import notices_of, opened_database, run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.records.importing.importing import ImportReport


def records_generate(
    count: Annotated[int, typer.Option(min=1, max=20_000_000, help="How many laws.")],
    seed: Annotated[int, typer.Option(help="The same seed makes the same register.")] = 1,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Add a synthetic register, for load tests."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    report = run(_generate(settings, count, seed))
    if as_json:
        say_json(report)
    else:
        say(
            f"inserted {report.inserted}, updated {report.updated}, unchanged {report.unchanged}, "
            f"rejected {report.rejected}"
        )


async def _generate(settings: Settings, count: int, seed: int) -> "ImportReport":
    from sertantai.records.importing.generating import generate_register
    from sertantai.records.importing.importing import Progress

    async with opened_database(settings) as database:
        with progress_bar(f"Making {count:,} laws") as advance:

            def show(progress: Progress) -> None:
                advance(progress.rows, count)

            report = await generate_register(database, count, seed, show, notices_of(settings))
        await wait_until_shown(database, report.revision)
        return report
