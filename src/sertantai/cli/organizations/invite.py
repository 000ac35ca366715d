"""``sertantai organizations invite SLUG EMAIL``"""

from typing import Annotated

import msgspec
import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.organizations.doing import MemberRole, opened
from sertantai.cli.output import note, say
from sertantai.cli.running import run
from sertantai.process.data_directory import served_at
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock


def organizations_invite(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, or its UUID.")],
    email: Annotated[str, typer.Argument(help="For whom the link is; they need no account yet.")],
    role: Annotated[MemberRole, typer.Option(help="What they will be there.")] = MemberRole.MEMBER,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print a link with which somebody joins: once, within 7 days, with that address. No e-mail is sent."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    if settings.public_url is None:
        settings = msgspec.structs.replace(settings, public_url=served_at(settings.data_path))
    say(run(_link(settings, slug, email, role)))
    if settings.public_url is None:
        note(
            f"No server runs on {settings.data_path}: whether people reach one at this address is not known. "
            "SERTANTAI_PUBLIC_URL says where they do."
        )


async def _link(settings: Settings, slug: str, email: str, role: MemberRole) -> str:
    from sertantai.core.rights import Role
    from sertantai.organizations.directory import Directory
    from sertantai.organizations.invitation_rows import link_by_operator

    async with opened(settings) as (database, accounts):
        organization = await Directory(database).find(slug)
        return await link_by_operator(
            database, accounts.letters, SystemClock(), organization, email, Role(role.value)
        )
