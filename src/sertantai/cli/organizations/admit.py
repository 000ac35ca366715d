"""``sertantai organizations admit SLUG EMAIL``"""

from typing import Annotated

import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.organizations.doing import MemberRole, done, organization_and_user
from sertantai.cli.output import say
from sertantai.cli.running import run
from sertantai.process.settings import Settings


def organizations_admit(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, or its UUID.")],
    email: Annotated[str, typer.Argument(help="The address of somebody who has an account.")],
    role: Annotated[MemberRole, typer.Option(help="What they are there.")] = MemberRole.MEMBER,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make somebody a member at once. A member stays what they are, unless it is said to be an owner."""
    say(run(_admit(settings_of(data_dir=data_dir, database_url=database_url), slug, email, role)))


async def _admit(settings: Settings, slug: str, email: str, role: MemberRole) -> str:
    from sertantai.core.rights import Role
    from sertantai.organizations.display_names import name_of_address
    from sertantai.organizations.operator import AdmitMember

    organization, user = await organization_and_user(settings, slug, email)
    name = name_of_address(user.email or "")
    finished = await done(settings, AdmitMember(organization, user.user_id, Role(role.value), name))
    return f"{user.email} {user.user_id} is in {finished.slug}: {finished.role}"
