"""People as an organization's directory has them: what it says of them, beside what they are in the log."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.access_state import AccessState, Member
from sertantai.core.email_keys import email_key
from sertantai.core.ids import TeamId, UserId
from sertantai.core.rights import Role
from sertantai.organizations.provisioning.meta import meta_of
from sertantai.postgres import Record

USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"


class Being(StrEnum):
    """What somebody is to a directory."""

    MEMBER = "member"
    INVITED = "invited"
    """By the directory, and has not come yet."""
    PUT_OUT = "put_out"
    """By the directory, which may let them in again as they were."""
    AWAY = "away"
    """Nobody who was asked: not invited any more, or gone by themselves, or removed by a colleague."""


class Person(msgspec.Struct, frozen=True):
    """``user_id`` None: nobody is known yet who would be them. ``kept``: whether the directory has said
    something of them."""

    id: UUID
    user_id: UserId | None
    being: Being
    user_name: str
    email_key: str
    external_id: str | None
    attributes: Mapping[str, Any]
    role: Role
    teams: frozenset[TeamId]
    created_at: datetime
    updated_at: datetime
    kept: bool = True

    @property
    def is_active(self) -> bool:
        return self.being in (Being.MEMBER, Being.INVITED)


class Leavings(msgspec.Struct, frozen=True):
    """When people ceased to be members, the last time: by their account, and by the key of its address."""

    of_user: Mapping[UserId, datetime]
    of_address: Mapping[str, datetime]

    def since(self, row: Record) -> bool:
        """Whether whom the row is about has been a member, and gone, since it was saved."""
        found = self.of_user.get(row["user_id"]) or self.of_address.get(row["email_key"])
        return found is not None and found > row["updated_at"]


def of_member(id: UserId, member: Member, address: str) -> Person:
    """Of whom the directory has said nothing yet."""
    return Person(
        id,
        id,
        Being.MEMBER,
        address,
        email_key(address) or "",
        None,
        {"displayName": member.name},
        member.role,
        member.teams,
        member.joined_at,
        member.joined_at,
        kept=False,
    )


def of_row(row: Record, access: AccessState, come: Mapping[str, UserId], left: Leavings) -> Person:
    """``come``: members by the key of their address: who was invited may be one by now."""
    user_id = row["user_id"] or come.get(row["email_key"])
    member = None if user_id is None else access.members.get(user_id)
    role, teams = Role(row["role"]), frozenset(TeamId(team) for team in row["teams"])
    if member is not None:
        role, teams = member.role, member.teams
    return Person(
        row["id"],
        user_id,
        Being.MEMBER if member is not None else _of_no_member(row, left),
        row["user_name"],
        row["email_key"],
        row["external_id"],
        row["attributes"],
        role,
        teams & access.teams.keys(),
        row["created_at"],
        row["updated_at"],
    )


def _of_no_member(row: Record, left: Leavings) -> Being:
    """What was saved of them, unless it has passed: a member then has gone, by themselves or by a colleague,
    and so has whoever came by another way in between."""
    then = Being(row["standing"])
    return Being.AWAY if then is Being.MEMBER or left.since(row) else then


def resource(person: Person, access: AccessState) -> dict[str, Any]:
    """As SCIM has it, without where it is."""
    said = person.attributes
    found: dict[str, Any] = {
        "schemas": [USER],
        "id": str(person.id),
        "userName": person.user_name,
        "active": person.is_active,
        "roles": [{"value": person.role.value, "primary": True}],
        "groups": [
            {"value": str(team), "display": access.teams[team], "type": "direct"}
            for team in sorted(person.teams)
        ],
        "emails": said.get("emails") or [{"value": person.user_name, "type": "work", "primary": True}],
        "meta": meta_of("User", person.created_at, person.updated_at),
    }
    for name in ("name", "displayName"):
        if said.get(name):
            found[name] = said[name]
    if person.external_id is not None:
        found["externalId"] = person.external_id
    return found
