"""``sertantai organizations members SLUG``"""

from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say_json, say_table
from sertantai.cli.running import opened_database, require_data_directory, run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.organizations.model import ListedMember


def organizations_members(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, or its UUID.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Who is in an organisation, as what; as far as PostgreSQL has caught up."""
    found = run(_members(settings_of(data_dir=data_dir, database_url=database_url), slug))
    if as_json:
        say_json(found)
    else:
        rows = [(one.email, one.name, one.role, one.joined_at, one.suspended, one.id) for one in found]
        say_table(("email", "name", "role", "joined", "suspended", "id"), rows)


async def _members(settings: Settings, slug: str) -> "list[ListedMember]":
    from sertantai.organizations.directory import Directory

    require_data_directory(settings)
    async with opened_database(settings) as database:
        directory = Directory(database)
        return await directory.members(await directory.find(slug))
