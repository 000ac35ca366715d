"""What the operator does to organizations, in their own name: nobody's right is asked.

A server that runs has the journal to itself, so a command puts what it wants into PostgreSQL, and the server
does it and answers there. Without a server the command does it itself.
"""

import asyncio
from datetime import timedelta
from typing import Any, Final, Protocol, TypeAlias, assert_never
from uuid import UUID

import msgspec

from sertantai.core.clock import Clock
from sertantai.core.errors import Conflict, InvalidInput, NotFound, SertantaiError, Unavailable
from sertantai.core.ids import GroupId, OwnerId, UserId
from sertantai.core.operations import ChangeMember, Expel, Origin
from sertantai.core.rights import Role
from sertantai.engine.engine import Engine
from sertantai.engine.errors import KeptElsewhere, MemberNotFound
from sertantai.organizations import operator_sql as sql
from sertantai.organizations.going.leaving import leave_all_to
from sertantai.organizations.going.returning import Returned, Returning
from sertantai.organizations.model import Kept
from sertantai.organizations.organizations import Organizations, by_itself
from sertantai.organizations.shown import kept_in
from sertantai.postgres import Database
from sertantai.postgres import Role as DatabaseRole
from sertantai.process.background import RegularTurns
from sertantai.process.logs import logger
from sertantai.process.new_ids import new_id

log = logger(__name__)

POLL_INTERVAL_S: Final = 0.5
TAKEN_TOGETHER_MAX: Final = 20
GOOD_FOR: Final = timedelta(minutes=1)
"""What was asked for before then nobody waits for any more."""
ANSWER_WAIT_S: Final = 30.0
ANSWER_POLL_S: Final = 0.1


class Create(msgspec.Struct, frozen=True, tag="create"):
    name: str
    slug: str | None
    founder: UserId
    founder_name: str


class AdmitMember(msgspec.Struct, frozen=True, tag="admit"):
    organization: OwnerId
    member: UserId
    role: Role
    name: str


class RemoveMember(msgspec.Struct, frozen=True, tag="remove"):
    """``to``: who gets what they leave, lists that only they manage and laws that they answer for."""

    organization: OwnerId
    member: UserId
    to: UserId | None = None


class TakeMemberBack(msgspec.Struct, frozen=True, tag="take_back"):
    organization: OwnerId
    member: UserId


class MoveList(msgspec.Struct, frozen=True, tag="move_list"):
    """A list of ``person``, by its name or UUID, goes to the organization; ``back``: from there to them."""

    organization: OwnerId
    person: UserId
    list: str
    with_history: bool
    back: bool


class CopyList(msgspec.Struct, frozen=True, tag="copy_list"):
    """A list, by its name or UUID, is copied in the name of ``person``: of the organization, or theirs
    (``from_person``), into the organization, or into theirs (``to_person``)."""

    organization: OwnerId
    person: UserId
    list: str
    name: str | None = None
    from_person: bool = False
    to_person: bool = False
    notes: bool = True
    tags: bool = True
    order: bool = True


class KeepTrail(msgspec.Struct, frozen=True, tag="keep_trail"):
    """For so many months; 0: as the site's."""

    organization: OwnerId
    months: int


class Invite(msgspec.Struct, frozen=True, tag="invite"):
    """By a link that whoever asks has made: only the hash of its secret is told here."""

    organization: OwnerId
    email: str
    role: Role
    token_hash: bytes


Work: TypeAlias = (
    Invite | Create | AdmitMember | RemoveMember | TakeMemberBack | MoveList | CopyList | KeepTrail
)


class MovedList(msgspec.Struct, frozen=True):
    """With the name that it has where it is by now."""

    id: GroupId
    name: str


class Moves(Protocol):
    """How lists are handed over and copied; lists are another room's."""

    async def move(self, work: MoveList) -> MovedList: ...

    async def copy(self, work: CopyList) -> MovedList: ...


class Inviting(Protocol):
    """How somebody is invited; accounts and their secrets are another room's."""

    async def invite(self, organization: OwnerId, email: str, role: Role, token_hash: bytes) -> None: ...


class Back(msgspec.Struct, frozen=True):
    """Of who was taken back: how many lists they were granted again, how many went back that had been handed
    to others, and of how many lists and teams that could not be, as it was changed since."""

    lists: int
    handed_back: int
    not_handed_back: int
    not_granted: int
    teams_gone: int


class Done(msgspec.Struct, frozen=True):
    """The organization, as it is now; ``role``: of the member that it was about, if they still are one;
    ``list``: the one that it was about; ``kept``: for how long its trail is, if it was about that;
    ``back``: what came back with a member."""

    id: OwnerId
    slug: str
    name: str
    role: str | None = None
    list: MovedList | None = None
    kept: Kept | None = None
    back: Back | None = None


class _Answer(msgspec.Struct, frozen=True):
    done: Done | None = None
    refused: str = ""
    is_usage: bool = False


class Operator:
    def __init__(
        self,
        organizations: Organizations,
        engine: Engine,
        moves: Moves,
        returning: Returning,
        inviting: Inviting,
    ) -> None:
        self._inviting = inviting
        self._returning = returning
        self._organizations = organizations
        self._engine = engine
        self._moves = moves

    async def do(self, work: Work) -> Done:
        """Raises what members would be refused with, too: `Conflict`, `InvalidInput`, `NotFound`."""
        moved: MovedList | None = None
        returned: Returned | None = None
        member: UserId | None
        match work:
            case Create():
                organization, member = await self._create(work), work.founder
            case AdmitMember():
                await self._admit(work)
                organization, member = work.organization, work.member
            case RemoveMember():
                await self._remove(work)
                organization, member = work.organization, work.member
            case TakeMemberBack():
                returned = await self._returning.by_operator(work.organization, work.member)
                organization, member = work.organization, work.member
            case Invite(organization=organization):
                await self._inviting.invite(organization, work.email, work.role, work.token_hash)
                member = None
            case MoveList():
                moved = await self._moves.move(work)
                organization, member = work.organization, work.person
            case CopyList():
                moved = await self._moves.copy(work)
                organization, member = work.organization, work.person
            case KeepTrail(organization=organization, months=months):
                await self._organizations.keep_trail(by_itself(organization), organization, months)
                member = None
            case _:
                assert_never(work)
        access = (await self._engine.state(organization)).access
        if access is None:
            raise NotFound("This organisation does not exist.", field="organization")
        if member is None:
            kept = kept_in(access, self._organizations.site_retention_months, self._engine.clock.now())
            return Done(organization, access.slug, access.name, kept=kept)
        found = access.members.get(member)
        role = None if found is None else found.role.value
        back = None if returned is None else _back(returned)
        return Done(organization, access.slug, access.name, role, moved, back=back)

    async def _create(self, work: Create) -> OwnerId:
        by = Origin(work.founder, source="system")
        made = await self._organizations.make(by, work.founder_name, work.name, work.slug, by_operator=True)
        return made.organization

    async def _admit(self, work: AdmitMember) -> None:
        organization, is_owner = work.organization, work.role is Role.OWNER
        await self._organizations.require_room_for(work.member)
        await self._organizations.admit(
            organization,
            by_itself(organization),
            work.member,
            role=Role.ADMIN if is_owner else work.role,
            name=work.name,
            given_by=UserId(organization),
            way="operator",
        )
        if is_owner:  # members only offer ownership; where no owner is left, the operator makes one
            await self._organizations.perform(
                ChangeMember, by_itself(organization), organization, member=work.member, role=Role.OWNER
            )

    async def _remove(self, work: RemoveMember) -> None:
        state = await self._engine.state(work.organization)
        access = state.access
        if access is None or work.member not in access.members:
            raise MemberNotFound
        by = by_itself(work.organization)
        if work.to is None:
            await self._organizations.perform(Expel, by, work.organization, member=work.member)
        else:
            now = self._engine.clock.now()
            await leave_all_to(self._organizations, self._engine, state, by, work.member, work.to, now)


def _back(returned: Returned) -> Back:
    what = returned.what
    not_granted = len({*what.lists_gone, *what.ended, *what.full})
    return Back(len(what.lists), len(what.handed_back), len(what.kept), not_granted, len(what.teams_gone))


class OperatorRequests(RegularTurns):
    """The server's part: does what commands have asked for, and answers them."""

    task_name = "operator-requests"
    first_after_s = every_s = retry_s = POLL_INTERVAL_S

    def __init__(self, database: Database, operator: Operator, clock: Clock) -> None:
        self._database = database
        self._operator = operator
        self._clock = clock

    async def turn(self) -> None:
        now = self._clock.now()
        async with self._database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
            if not await connection.fetchval(sql.ARE_WAITING, now - GOOD_FOR):
                return
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            rows = await connection.fetch(sql.TAKE, now, now - GOOD_FOR, TAKEN_TOGETHER_MAX)
        for row in rows:
            await self._answer(row["id"], row["work"])

    async def _answer(self, id: UUID, work: Any) -> None:
        try:
            done = await self._operator.do(msgspec.convert(work, Work))
        except KeptElsewhere:
            async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
                await connection.execute(sql.LEAVE, id)  # for the server that keeps that organization
            return
        except SertantaiError as error:
            answer = _Answer(None, error.message, isinstance(error, InvalidInput))
        else:
            answer = _Answer(done)
            log.info("operator_request_done", organization=str(done.id), work=str(work.get("type")))
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            await connection.execute(sql.ANSWER, id, self._clock.now(), msgspec.to_builtins(answer))


async def ask_server(database: Database, clock: Clock, work: Work) -> Done:
    """What the running server answers. Raises `Conflict` or `InvalidInput` as it did, `Unavailable` where
    none answers."""
    id = new_id()
    async with database.transaction(DatabaseRole.ACCOUNTS) as connection:
        await connection.execute(sql.DELETE_OLD, clock.now() - 60 * GOOD_FOR)
        await connection.execute(sql.ASK, id, clock.now(), msgspec.to_builtins(work))
    try:
        async with asyncio.timeout(ANSWER_WAIT_S):
            while True:
                async with database.transaction(DatabaseRole.ACCOUNTS, readonly=True) as connection:
                    found = await connection.fetchval(sql.FIND_ANSWER, id)
                if found is not None:
                    break
                await asyncio.sleep(ANSWER_POLL_S)  # another process writes it
    except TimeoutError:
        async with database.transaction(DatabaseRole.ACCOUNTS) as connection:
            withdrawn = await connection.fetchval(sql.WITHDRAW, id)
        told = (
            "Nothing was changed."
            if withdrawn
            else "Whether it was done is not known: look before you ask again."
        )
        raise Unavailable(f"The server has not answered in {ANSWER_WAIT_S:.0f} seconds. {told}") from None
    answer = msgspec.convert(found, _Answer)
    if answer.done is None:
        raise InvalidInput(answer.refused) if answer.is_usage else Conflict(answer.refused)
    return answer.done
