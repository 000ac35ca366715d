"""``sertantai organizations create NAME --owner EMAIL``"""

from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.organizations.doing import done, opened
from sertantai.cli.output import say, say_json
from sertantai.cli.running import run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.organizations.operator import Done


def organizations_create(
    name: Annotated[str, typer.Argument(help="What it is called.")],
    owner: Annotated[str, typer.Option(help="The e-mail address of its first owner, who has an account.")],
    slug: Annotated[str | None, typer.Option(help="Its name in addresses; else made of the name.")] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create an organisation."""
    made = run(_create(settings_of(data_dir=data_dir, database_url=database_url), name, owner, slug))
    if as_json:
        say_json({"id": made.id, "slug": made.slug, "name": made.name})
    else:
        say(f"{made.slug} {made.id}")


async def _create(settings: Settings, name: str, owner: str, slug: str | None) -> "Done":
    from sertantai.cli.accounts import user_named
    from sertantai.organizations.display_names import name_of_address
    from sertantai.organizations.operator import Create

    async with opened(settings) as (_database, accounts):
        founder = await user_named(accounts, owner)
    return await done(settings, Create(name, slug, founder.user_id, name_of_address(founder.email or "")))
