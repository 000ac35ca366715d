"""What the commands of organizations share: by whom it is done, and who is meant."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import TYPE_CHECKING

from sertantai.cli.accounts import opened_accounts_on, user_named
from sertantai.cli.running import opened_database, require_journal
from sertantai.core.ids import OwnerId
from sertantai.process.data_directory import DataDirectoryBusy
from sertantai.process.settings import Settings
from sertantai.process.system_clock import SystemClock

if TYPE_CHECKING:
    from sertantai.accounts.model import User
    from sertantai.accounts.service import Accounts
    from sertantai.organizations.operator import Done, Work
    from sertantai.postgres import Database


class MemberRole(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple["Database", "Accounts"]]:
    """Database and accounts; raises `DataDirectoryMissing` where there is nothing yet."""
    require_journal(settings)
    async with opened_database(settings) as database, opened_accounts_on(settings, database) as accounts:
        yield database, accounts


async def done(settings: Settings, work: "Work") -> "Done":
    """By the running server, or here where there is none."""
    from sertantai.backend import Backend
    from sertantai.lists.between.by_operator import MovesByOperator
    from sertantai.lists.between.copying import Copying
    from sertantai.lists.between.handing_over import HandingOver
    from sertantai.organizations.going.returning import Returning
    from sertantai.organizations.invitation_rows import InvitationsByOperator
    from sertantai.organizations.operator import Operator, ask_server
    from sertantai.organizations.settings import WaysSaid

    try:
        async with Backend(settings) as backend:
            handing = HandingOver(backend.engine, backend.effects, backend.clock)
            moves = MovesByOperator(backend.engine, handing, Copying(backend.engine, backend.clock))
            returning = Returning(backend.database, backend.engine, backend.organizations, backend.clock)
            said = WaysSaid(backend.engine, backend.clock)
            inviting = InvitationsByOperator(backend.database, said, backend.clock)
            operator = Operator(backend.organizations, backend.engine, moves, returning, inviting)
            finished = await operator.do(work)
            await backend.engine.flush()
            return finished
    except DataDirectoryBusy as busy:
        if busy.holder is None or busy.holder.purpose != "serve":
            raise
    async with opened_database(settings) as database:
        return await ask_server(database, SystemClock(), work)


async def moved(
    settings: Settings, slug: str, email: str, list_: str, *, with_history: bool, back: bool
) -> tuple["Done", "User"]:
    """Between a person and an organization; as themselves, so that a member's rights are asked."""
    from sertantai.core.storable import require_storable
    from sertantai.organizations.operator import MoveList

    require_storable(list_, "list", bytes_max=1_000)  # more than a name can have
    organization, user = await organization_and_user(settings, slug, email)
    return await done(settings, MoveList(organization, user.user_id, list_, with_history, back)), user


def said_of_move(finished: "Done", user: "User", *, back: bool) -> dict[str, object]:
    """As JSON has it: the list, and whose it is by now."""
    assert finished.list is not None, "each move answers with its list"
    owner = {"email": user.email} if back else {"organization": finished.slug}
    return {"id": finished.list.id, "name": finished.list.name, "owner": owner}


async def organization_and_user(settings: Settings, slug: str, email: str) -> tuple[OwnerId, "User"]:
    """Raises `NotFound`."""
    from sertantai.organizations.directory import Directory

    async with opened(settings) as (database, accounts):
        return await Directory(database).find(slug), await user_named(accounts, email)
