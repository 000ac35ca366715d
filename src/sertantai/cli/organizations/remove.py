"""``sertantai organizations remove SLUG EMAIL``"""

from typing import Annotated

import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.organizations.doing import done, organization_and_user
from sertantai.cli.output import say
from sertantai.cli.running import run
from sertantai.process.settings import Settings


def organizations_remove(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, or its UUID.")],
    email: Annotated[str, typer.Argument(help="The address of a member.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """End a membership at once. What they put into the organisation's lists stays there."""
    say(run(_remove(settings_of(data_dir=data_dir, database_url=database_url), slug, email)))


async def _remove(settings: Settings, slug: str, email: str) -> str:
    from sertantai.organizations.operator import RemoveMember

    organization, user = await organization_and_user(settings, slug, email)
    finished = await done(settings, RemoveMember(organization, user.user_id))
    return f"{user.email} {user.user_id} is no longer in {finished.slug}"
