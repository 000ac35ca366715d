"""``sertantai organizations copy SLUG EMAIL LIST``"""

from typing import TYPE_CHECKING, Annotated

import typer

from sertantai.cli.options import AsJson, DatabaseUrl, DataDir, settings_of
from sertantai.cli.organizations.doing import done, organization_and_user, said_of_move
from sertantai.cli.output import say, say_json
from sertantai.cli.running import run
from sertantai.core.errors import InvalidInput
from sertantai.process.settings import Settings

if TYPE_CHECKING:
    from sertantai.accounts.model import User
    from sertantai.organizations.operator import Done


def organizations_copy(
    slug: Annotated[str, typer.Argument(help="Its name in addresses, or its UUID.")],
    email: Annotated[str, typer.Argument(help="The address of a member.")],
    list_: Annotated[str, typer.Argument(metavar="LIST", help="The list: its name or UUID.")],
    name: Annotated[
        str | None, typer.Option(help="Of the copy; else that of the list, numbered where it is taken.")
    ] = None,
    from_person: Annotated[
        bool, typer.Option("--from-person", help="The list is the member's own, not the organisation's.")
    ] = False,
    to_person: Annotated[
        bool, typer.Option("--to-person", help="The copy is to be the member's own.")
    ] = False,
    notes: Annotated[bool, typer.Option(help="Notes go into the copy.")] = True,
    tags: Annotated[bool, typer.Option(help="Tags go into the copy.")] = True,
    order: Annotated[bool, typer.Option(help="The order of the laws goes into the copy.")] = True,
    data_dir: DataDir = None,
    database_url: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a list as a copy of another, in the name of a member, if they may."""
    settings = settings_of(data_dir=data_dir, database_url=database_url)
    if from_person and to_person:
        raise InvalidInput(
            "--to-person: the copy of an own list goes into the organisation.", field="to_person"
        )
    chosen = {"notes": notes, "tags": tags, "order": order}
    sides = {"from_person": from_person, "to_person": to_person}
    finished, user = run(_copied(settings, slug, email, list_, name, chosen | sides))
    said = said_of_move(finished, user, back=to_person)
    if as_json:
        say_json(said)
    else:
        say(f"{said['name']} {said['id']} is a new list of {user.email if to_person else finished.slug}")


async def _copied(
    settings: Settings, slug: str, email: str, list_: str, name: str | None, wanted: dict[str, bool]
) -> tuple["Done", "User"]:
    from sertantai.core.storable import require_storable
    from sertantai.organizations.operator import CopyList

    require_storable([list_, name], "list", bytes_max=2_000)  # more than names can have
    organization, user = await organization_and_user(settings, slug, email)
    work = CopyList(organization, user.user_id, list_, name, **wanted)
    return await done(settings, work), user
