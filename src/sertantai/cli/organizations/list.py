"""``sertantai organizations list``"""

from typing import TYPE_CHECKING

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.output import say_json, say_table
from sertantai.cli.running import opened_database, require_data_directory, run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.organizations.model import Listed


def organizations_list(
    data_dir: DataDir = None, database_url: DatabaseUrl = None, as_json: AsJson = False
) -> None:
    """Every organisation, by its name in addresses."""
    found = run(_all(settings_of(data_dir=data_dir, database_url=database_url)))
    if as_json:
        say_json(found)
    else:
        rows = [(one.slug, one.name, one.members, one.created_at, one.ends_at, one.id) for one in found]
        say_table(("slug", "name", "members", "created", "ends", "id"), rows)


async def _all(settings: Settings) -> "list[Listed]":
    from sertantai.organizations.directory import Directory

    require_data_directory(settings)
    async with opened_database(settings) as database:
        return await Directory(database).all()
