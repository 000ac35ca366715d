"""``sertantai retention report``"""

from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say, say_json
from sertantai.cli.running import opened_database, run
from sertantai.core.errors import InvalidInput
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock

if TYPE_CHECKING:
    from sertantai.retention.report import Certificate


def retention_report(
    year: Annotated[int, typer.Option(help="The year, in UTC.")],
    as_html: Annotated[
        bool, typer.Option("--html", help="A page of its own, to be kept or printed.")
    ] = False,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """A certificate of what was removed in a year, under which policy, and of what was held."""
    from sertantai.retention import report

    settings = settings_of(data_dir=data_dir, database_url=database_url)
    try:
        found = run(_report(settings, year))
    except InvalidInput as error:
        raise typer.BadParameter(error.message) from None
    if as_json:
        say_json(found)
    else:
        say(report.as_html(found) if as_html else report.as_text(found))


async def _report(settings: Settings, year: int) -> "Certificate":
    from sertantai.retention.report import certificate

    async with opened_database(settings) as database:
        return await certificate(database, year, SystemClock().now())
