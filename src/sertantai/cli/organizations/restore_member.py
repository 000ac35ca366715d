"""``sertantai organizations restore-member SLUG EMAIL``"""

from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import DatabaseUrl, DataDir, settings_of
from sertantai.cli.organizations.doing import done, organization_and_user
from sertantai.cli.output import say
from sertantai.cli.running import run
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.organizations.operator import Back


def organizations_restore_member(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, or its UUID.")],
    email: Annotated[str, typer.Argument(help="The address of somebody who left or was removed.")],
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Undo, for 30 days, that somebody left or was removed. They are what they were, and what was handed on
    by it goes back, unless it was changed since. Nobody is asked."""
    say(run(_take_back(settings_of(data_dir=data_dir, database_url=database_url), slug, email)))


async def _take_back(settings: Settings, slug: str, email: str) -> str:
    from sertantai.organizations.operator import TakeMemberBack

    organization, user = await organization_and_user(settings, slug, email)
    finished = await done(settings, TakeMemberBack(organization, user.user_id))
    assert finished.back is not None, "what came back is answered"
    said = f"{user.email} {user.user_id} is in {finished.slug} again: {finished.role}"
    return "\n".join([said, *_said(finished.back)])


def _said(back: "Back") -> list[str]:
    counted = {
        "granted again": back.lists,
        "no longer handed to somebody else": back.handed_back,
        "changed since, stay as they are": back.not_handed_back,
        "not granted again, are gone or their grant has ended": back.not_granted,
    }
    lines = [f"lists {words}: {count}" for words, count in counted.items() if count]
    return [*lines, f"teams gone: {back.teams_gone}"] if back.teams_gone else lines
