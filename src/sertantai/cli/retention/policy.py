"""``sertantai retention set``"""

from datetime import datetime
from typing import Annotated

import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say
from sertantai.cli.running import notices_of, opened_database, run
from sertantai.core.errors import InvalidInput
from sertantai.process.settings import Settings


def retention_set(
    about: Annotated[str, typer.Argument(metavar="CLASS", help="deeds or origins.")],
    reason: Annotated[str, typer.Option(help="Why: it is shown to anyone who asks in years to come.")],
    months: Annotated[int | None, typer.Option(help="Whole months beside the current one.")] = None,
    for_ever: Annotated[bool, typer.Option("--for-ever", help="Instead of so many months.")] = False,
    organization: Annotated[str | None, typer.Option(help="Of this organisation only: its slug.")] = None,
    action: Annotated[str | None, typer.Option(help="Of this action only, such as annotate.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Decide how long an action, or an organisation's origins, are kept. Less than now begins 14 days later.

    What is kept everywhere is a setting; what an organisation keeps of its deeds: `organizations retention`.
    """
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    try:
        at = run(_set(settings, about, organization, action, months, for_ever, reason))
    except InvalidInput as error:
        raise typer.BadParameter(error.message) from None
    say("it was so before" if at is None else f"in force from {at:%Y-%m-%d %H:%M} UTC")


async def _set(
    settings: Settings,
    about: str,
    organization: str | None,
    action: str | None,
    months: int | None,
    for_ever: bool,
    reason: str,
) -> datetime | None:
    from sertantai.retention.notices import tell_with
    from sertantai.retention.policies import Policies

    async with opened_database(settings) as database:
        policies = Policies(database, tell_with(notices_of(settings)))
        asked = await policies.asked(about, organization, action, months, for_ever=for_ever, reason=reason)
        return await policies.set(asked, None)
