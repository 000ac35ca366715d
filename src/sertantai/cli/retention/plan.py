"""``sertantai retention plan``"""

from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say, say_json, say_table
from sertantai.cli.running import opened_database, run
from sertantai.core.errors import InvalidInput
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock

if TYPE_CHECKING:
    from sertantai.retention.plan import Plan


def retention_plan(
    on: Annotated[str | None, typer.Option(help="As it would be on this day, such as 2027-03-01.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """What would go, by which policy, and what a hold keeps. Nothing is done."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    try:
        plan = run(_plan(settings, on))
    except InvalidInput as error:
        raise typer.BadParameter(error.message) from None
    if as_json:
        said = {"on": plan.on, "going": plan.going, "rows": plan.rows, "held": plan.held}
        say_json({**said, "can_no_longer_be_asked": plan.can_no_longer_be_asked})
        return
    if not plan.going:
        say(f"{plan.on:%Y-%m-%d}: nothing goes.")
        return
    rows = [
        (
            one.month,
            one.about,
            one.act,
            one.organization or one.organization_id,
            one.by,
            f"{one.rows:,}",
            f"{one.held:,}",
            f"{one.bytes / 1e6:,.1f} MB",
        )
        for one in plan.going
    ]
    say_table(("month", "class", "act", "organisation", "policy", "rows", "held", "size"), rows)
    say(f"{plan.rows:,} rows; {plan.held:,} are held.")
    if plan.can_no_longer_be_asked:
        say("What can then no longer be asked:")
    for line in plan.can_no_longer_be_asked:
        say(f"- {line}")


async def _plan(settings: Settings, on: str | None) -> "Plan":
    from sertantai.retention.plan import parse_day, plan_on

    moment = None if on is None else parse_day(on, SystemClock().now(), "--on")
    async with opened_database(settings) as database:
        return await plan_on(database, moment)
