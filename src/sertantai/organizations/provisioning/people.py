"""People as an organization's directory has them: what it says of them, beside what they are in the log."""

from collections.abc import Mapping
from datetime import datetime
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


class Person(msgspec.Struct, frozen=True):
    """``user_id`` None: invited, and not come yet. ``kept``: whether the directory has said something of
    them; ``put_out``: it has deactivated them, and may let them in again as they were."""

    id: UUID
    user_id: UserId | None
    user_name: str
    email_key: str
    external_id: str | None
    attributes: Mapping[str, Any]
    active: bool
    role: Role
    teams: frozenset[TeamId]
    created_at: datetime
    updated_at: datetime
    provisioned: bool = False
    kept: bool = True
    put_out: bool = False


def of_member(id: UserId, member: Member, address: str) -> Person:
    """Of whom the directory has said nothing yet."""
    return Person(
        id,
        id,
        address,
        email_key(address) or "",
        None,
        {"displayName": member.name},
        True,
        member.role,
        member.teams,
        member.joined_at,
        member.joined_at,
        kept=False,
    )


def of_row(row: Record, access: AccessState, come: Mapping[str, UserId]) -> Person:
    """``come``: members by the key of their address: who was invited may be one by now."""
    user_id = row["user_id"] or come.get(row["email_key"])
    member = None if user_id is None else access.members.get(user_id)
    role, teams = Role(row["role"]), frozenset(TeamId(team) for team in row["teams"])
    active = row["active"] if user_id is None else member is not None
    if member is not None:
        role, teams = member.role, member.teams
    return Person(
        row["id"],
        user_id,
        row["user_name"],
        row["email_key"],
        row["external_id"],
        row["attributes"],
        active,
        role,
        teams & access.teams.keys(),
        row["created_at"],
        row["updated_at"],
        row["provisioned"],
        put_out=user_id is not None and member is None and not row["active"],
    )


def resource(person: Person, access: AccessState) -> dict[str, Any]:
    """As SCIM has it, without where it is."""
    said = person.attributes
    found: dict[str, Any] = {
        "schemas": [USER],
        "id": str(person.id),
        "userName": person.user_name,
        "active": person.active,
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
