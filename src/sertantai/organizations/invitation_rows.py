"""What is kept of invitations, and how many there may be. Their secrets are kept as hashes only."""

import secrets
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

import msgspec

from sertantai.accounts.keys.token_hashes import digest
from sertantai.accounts.mail.letters import Letters
from sertantai.core.access_state import AccessState, rights_in
from sertantai.core.clock import Clock
from sertantai.core.email_addresses import parse_email
from sertantai.core.email_keys import email_key
from sertantai.core.errors import Conflict, InvalidInput, RateLimited
from sertantai.core.ids import OwnerId, TeamId, UserId
from sertantai.core.operations import Origin
from sertantai.core.rights import Right, Role
from sertantai.core.sharing.ways_in import INVITATION_PREFIX, has_token
from sertantai.engine.engine import Engine
from sertantai.organizations import invitations_sql as sql
from sertantai.organizations.domain_names import parse_domain
from sertantai.organizations.errors import OrganizationNotFound
from sertantai.organizations.memberships import settled
from sertantai.organizations.settings import WaysSaid
from sertantai.postgres import Connection, Database, Record
from sertantai.postgres import Role as DatabaseRole
from sertantai.process.new_ids import new_id

PATH: Final = "/invitations/accept"
LIFETIME: Final = timedelta(days=7)
KEPT: Final = timedelta(days=90)
TOKEN_BYTES: Final = 32
USES_MAX: Final = 1_000
DOMAINS_MAX: Final = 20
TEAMS_OF_INVITATION_MAX: Final = 50
INVITATIONS_OPEN_MAX: Final = 1_000
SENT_PER_HOUR_MAX: Final = 200
"""By one organization. Mail that strangers cause must not be many."""
SENT_PER_ADDRESS_MAX: Final = 5
"""By one organization to one address, in a day."""


class Invitation(msgspec.Struct, frozen=True):
    """As the organization sees it. ``email`` null: by a link, for ``uses_max`` people, whose confirmed
    address ends with one of ``domains``, if there are any."""

    id: UUID
    email: str | None
    role: str
    teams: list[UUID]
    expires_at: datetime
    invited_at: datetime
    invited_by: UserId
    uses_max: int
    used: int
    domains: list[str]
    as_before: bool = False


class NewInvitation(msgspec.Struct, frozen=True):
    """``email`` None: a link. ``right_of``, ``directory_token``: where a directory invites, by whose right,
    and with which of its tokens. ``as_before``: who has left within 30 days is what they were by it, and not
    what is said here."""

    role: Role = Role.MEMBER
    email: str | None = None
    teams: tuple[TeamId, ...] = ()
    uses: int = 1
    domains: tuple[str, ...] = ()
    right_of: UserId | None = None
    directory_token: UUID | None = None
    as_before: bool = False


def new_secret() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)


async def save(
    connection: Connection,
    now: datetime,
    organization: OwnerId,
    by: Origin,
    wanted: NewInvitation,
    token_hash: bytes,
    said: WaysSaid,
) -> Invitation:
    """As part of a transaction; one after the other in one organization. An address that is invited already
    gets a new secret. The organization's log is told of it: where it cannot be, nothing is made.

    Raises `Conflict`, `RateLimited` for too many.
    """
    if await connection.fetchval(sql.LOCK, organization) is None:
        raise OrganizationNotFound
    await connection.execute(sql.DELETE_OLD, organization, now - KEPT)
    await require_room(connection, now, organization, wanted.email, is_new=True)
    key = None if wanted.email is None else email_key(wanted.email)
    before = None if key is None else await connection.fetchrow(sql.FIND_SENT, organization, key)
    row = await connection.fetchrow(
        sql.SAVE,
        organization,
        new_id(),
        wanted.email,
        key,
        list(wanted.domains),
        wanted.role.value,
        list(wanted.teams),
        token_hash,
        wanted.uses,
        by.actor,
        now,
        now + LIFETIME,
        wanted.right_of,
        wanted.directory_token,
        wanted.as_before,
    )
    assert row is not None, "it is inserted, or updated"
    made = invitation_of(row)
    was = None if before is None else invitation_of(before)
    await tell(said, by, organization, was, made, right_of=wanted.right_of)
    return made


async def tell(
    said: WaysSaid,
    by: Origin,
    organization: OwnerId,
    before: Invitation | None,
    after: Invitation | None,
    *,
    right_of: UserId | None = None,
    is_sent: bool = True,
) -> None:
    """What is done to one, in the organization's log and before it is done; its secret is not among it.
    ``right_of``: for whom a directory does it; not ``is_sent``: another is not sent. Raises as
    `WaysSaid.say`."""
    one = after or before
    assert one is not None, "it was, or is"
    now = None if after is None else {**_told(after), **({} if is_sent else {"sent": False})}
    if now is not None and right_of is not None:
        now["right_of"] = str(right_of)
    was = None if before is None else _told(before)
    await said.say(by, organization, f"{INVITATION_PREFIX}{one.id}", was, now, is_kept=False)


def _told(one: Invitation) -> dict[str, Any]:
    to: dict[str, Any] = {"email": one.email}
    if one.email is None:
        to = {"uses": one.uses_max, "domains": one.domains}
    before = {"as_before": True} if one.as_before else {}
    return {**to, "role": one.role, "teams": [str(team) for team in one.teams], **before}


async def require_room(
    connection: Connection, now: datetime, organization: OwnerId, email: str | None, *, is_new: bool
) -> None:
    """Raises `Conflict` and `RateLimited`."""
    key = None if email is None else email_key(email)
    an_hour, a_day = timedelta(hours=1), timedelta(days=1)
    counts = await connection.fetchrow(sql.COUNTS, organization, now, now - an_hour, now - a_day, key)
    assert counts is not None, "counts are always there"
    if is_new and counts["open"] >= INVITATIONS_OPEN_MAX:
        raise Conflict(f"There are {INVITATIONS_OPEN_MAX:,} open invitations, which is the maximum.")
    if email is not None and counts["sent_to_address"] >= SENT_PER_ADDRESS_MAX:
        raise RateLimited(
            f"This address was invited {SENT_PER_ADDRESS_MAX} times in a day. Nothing was sent.",
            field="email",
            retry_after_s=3600,
        )
    if email is not None and counts["sent_in_hour"] >= SENT_PER_HOUR_MAX:
        raise RateLimited(
            f"The organisation has sent {SENT_PER_HOUR_MAX} invitations in an hour. Nothing was sent.",
            retry_after_s=600,
        )


class InvitationsByOperator:
    """In an organization's own name, for the operator to hand over: no mail is written."""

    def __init__(self, database: Database, said: WaysSaid, clock: Clock) -> None:
        self._database = database
        self._said = said
        self._clock = clock

    async def invite(self, organization: OwnerId, email: str, role: Role, token_hash: bytes) -> None:
        wanted, by = checked_by_operator(email, role), Origin(UserId(organization), source="system")
        async with self._database.transaction(DatabaseRole.ACCOUNTS) as connection:
            await save(connection, self._clock.now(), organization, by, wanted, token_hash, self._said)


def checked_by_operator(email: str, role: Role) -> NewInvitation:
    if role is Role.OWNER:
        raise InvalidInput("role: an owner is not invited; ownership is offered.", field="role")
    return checked(NewInvitation(role, email))


def link_of(letters: Letters, token: str) -> str:
    return letters.url(path_of_secret(token))


def path_of_secret(token: str) -> str:
    """Of the page that shows an invitation."""
    return f"{PATH}?token={quote(token)}"


def checked(wanted: NewInvitation) -> NewInvitation:
    if len(wanted.teams) > TEAMS_OF_INVITATION_MAX:
        raise InvalidInput(f"teams: at most {TEAMS_OF_INVITATION_MAX}.", field="teams")
    if wanted.email is not None:
        if wanted.domains or wanted.uses != 1:
            raise InvalidInput("email: an invitation by e-mail is for one person, once.", field="email")
        return msgspec.structs.replace(wanted, email=parse_email(wanted.email))
    if not 1 <= wanted.uses <= USES_MAX:
        raise InvalidInput(f"uses: 1 to {USES_MAX:,}.", field="uses")
    if len(wanted.domains) > DOMAINS_MAX:
        raise InvalidInput(f"domains: at most {DOMAINS_MAX}.", field="domains")
    return msgspec.structs.replace(
        wanted, domains=tuple(dict.fromkeys(parse_domain(one, "domains") for one in wanted.domains))
    )


def invitation_of(row: Record) -> Invitation:
    return Invitation(
        row["id"],
        row["email"],
        row["role"],
        list(row["teams"]),
        row["expires_at"],
        row["invited_at"],
        row["invited_by"],
        row["uses_max"],
        row["used"],
        list(row["domains"]),
        row["as_before"],
    )


async def spend(
    database: Database, engine: Engine, organization: OwnerId, secret: str, now: datetime, by: UserId
) -> bool:
    """Whether it was good for them, and is used by that. Who was removed meanwhile PostgreSQL must know of
    before it is asked. Raises `Unavailable`."""
    await settled(engine, organization)
    async with database.transaction(DatabaseRole.ACCOUNTS) as connection:
        return await connection.fetchval(sql.SPEND, digest(secret), now, by) is not None


def is_backed(row: Record, access: AccessState) -> bool:
    """Whether whoever invites may still do so; of a directory, whether its token is good and its maker still
    there who made it. The operator invites in the organization's own name."""
    if row["directory_token"] is not None:
        maker = access.members.get(row["right_of"])
        if (
            maker is None
            or maker.joined_at > row["invited_at"]
            or not has_token(access, row["directory_token"])
        ):
            return False
    elif row["invited_by"] == row["organization_id"]:
        return True
    return Right.INVITE in rights_in(access, row["right_of"] or row["invited_by"])
