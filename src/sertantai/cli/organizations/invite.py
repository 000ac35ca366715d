"""``sertantai organizations invite SLUG EMAIL``"""

from typing import Annotated

import msgspec
import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.organizations.doing import MemberRole, done, opened
from sertantai.cli.output import note, say
from sertantai.cli.running import run
from sertantai.process.data_directory import served_at
from sertantai.process.settings import Settings


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
    from sertantai.accounts.keys.token_hashes import digest
    from sertantai.core.rights import Role
    from sertantai.organizations.directory import Directory
    from sertantai.organizations.invitation_rows import checked_by_operator, link_of, new_secret
    from sertantai.organizations.operator import Invite

    secret = new_secret()
    async with opened(settings) as (database, accounts):
        organization = await Directory(database).find(slug)
        checked_by_operator(email, Role(role.value))
        link = link_of(accounts.letters, secret)
    await done(settings, Invite(organization, email, Role(role.value), digest(secret)))
    return link
