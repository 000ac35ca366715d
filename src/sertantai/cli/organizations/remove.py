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
    to: Annotated[
        str | None,
        typer.Option(
            help="Who gets the lists that only they manage, and the laws they answer for: a member's address."
        ),
    ] = None,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """End a membership at once. What they put into the organisation's lists stays there; without --to nobody
    answers any more for the laws that they answered for."""
    say(run(_remove(settings_of(data_dir=data_dir, database_url=database_url), slug, email, to)))


async def _remove(settings: Settings, slug: str, email: str, to: str | None) -> str:
    from sertantai.organizations.operator import RemoveMember

    organization, user = await organization_and_user(settings, slug, email)
    other = None if to is None else (await organization_and_user(settings, slug, to))[1].user_id
    finished = await done(settings, RemoveMember(organization, user.user_id, other))
    return f"{user.email} {user.user_id} is no longer in {finished.slug}"
