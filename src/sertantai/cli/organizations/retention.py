"""``sertantai organizations retention SLUG [MONTHS]``"""

from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.organizations.doing import done
from sertantai.cli.output import say, say_json
from sertantai.cli.running import opened_database, require_journal, run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.organizations.model import Kept


def organizations_retention(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, or its UUID.")],
    months: Annotated[
        int | None, typer.Argument(help="Whole months, 12 or more; 0: as the site's.", show_default=False)
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Show, or decide, how long an organisation's trail is kept. A shorter time begins 14 days later."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    kept = run(_shown(settings, slug) if months is None else _decided(settings, slug, months))
    if as_json:
        say_json(kept)
    else:
        say(_told(slug, kept))


async def _shown(settings: Settings, slug: str) -> "Kept":
    from sertantai.organizations.directory import Directory
    from sertantai.organizations.shown import kept_of
    from sertantai.process.system_clock import SystemClock

    require_journal(settings)
    async with opened_database(settings) as database:
        directory = Directory(database)
        retention = await directory.retention(await directory.find(slug))
    return kept_of(retention, settings.audit_retention_months, SystemClock().now())


async def _decided(settings: Settings, slug: str, months: int) -> "Kept":
    from sertantai.organizations.directory import Directory
    from sertantai.organizations.operator import KeepTrail
    from sertantai.organizations.settings import retention_months

    months = retention_months(months)
    require_journal(settings)
    async with opened_database(settings) as database:
        organization = await Directory(database).find(slug)
    kept = (await done(settings, KeepTrail(organization, months))).kept
    assert kept is not None, "it was about that"
    return kept


def _told(slug: str, kept: "Kept") -> str:
    now = f"{slug}: its trail is kept {_for(kept.months, kept.site_months)}"
    if kept.next_months is None or kept.next_from is None:
        return now
    return f"{now}; from {kept.next_from:%Y-%m-%d %H:%M} UTC {_for(kept.next_months, kept.site_months)}"


def _for(months: int, site_months: int) -> str:
    if months:
        return f"for {months} months"
    return f"as the site's: {f'for {site_months} months' if site_months else 'for ever'}"
