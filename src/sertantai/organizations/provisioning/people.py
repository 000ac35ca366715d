"""People as an organization's directory has them: what it says of them, beside what they are in the log."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from sertantai.core.access_state import AccessState, Member
from sertantai.core.email_addresses import parse_email
from sertantai.core.email_keys import email_key
from sertantai.core.errors import InvalidInput
from sertantai.core.ids import TeamId, UserId
from sertantai.core.rights import Role
from sertantai.organizations.display_names import name_of_address
from sertantai.organizations.organizations import NAME_CHARACTERS_MAX
from sertantai.organizations.provisioning.errors import ScimInvalid
from sertantai.postgres import Record

USER: Final = "urn:ietf:params:scim:schemas:core:2.0:User"
ATTRIBUTES_BYTES_MAX: Final = 8 * 1024
TEXT_CHARACTERS_MAX: Final = 500
_ASIDE: Final = ("name", "displayName", "emails")
"""What is kept as it was said."""
KNOWN: Final = {
    name.lower(): name
    for name in ("userName", "externalId", "active", "displayName", "name", "emails", "roles")
}


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


class WantedUser(msgspec.Struct, frozen=True):
    """What a directory wants of somebody. ``role`` None: it says none."""

    user_name: str
    email: str
    email_key: str
    external_id: str | None
    active: bool
    role: Role | None
    attributes: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What colleagues are shown."""
        return _display_name(self.attributes) or name_of_address(self.email)


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
        "meta": {
            "resourceType": "User",
            "created": person.created_at.isoformat().replace("+00:00", "Z"),
            "lastModified": person.updated_at.isoformat().replace("+00:00", "Z"),
        },
    }
    for name in ("name", "displayName"):
        if said.get(name):
            found[name] = said[name]
    if person.external_id is not None:
        found["externalId"] = person.external_id
    return found


def wanted(given: Mapping[str, Any], before: Person | None) -> WantedUser:
    """What a resource wants, as it was sent or patched. Raises `ScimInvalid`."""
    named = {KNOWN[key.lower()]: value for key, value in given.items() if key.lower() in KNOWN}
    user_name = _text(named.get("userName"), "userName")
    if not user_name:
        raise ScimInvalid("userName: it is missing.", field="userName")
    attributes = {key: named[key] for key in _ASIDE if named.get(key)}
    if len(msgspec.json.encode(attributes)) > ATTRIBUTES_BYTES_MAX:
        raise ScimInvalid(f"At most {ATTRIBUTES_BYTES_MAX:,} bytes are kept of somebody.")
    address = _address(user_name, named.get("emails"))
    if "active" in named and named["active"] is not None:
        active = as_boolean(named["active"], "active")
    else:
        active = True if before is None else before.active
    return WantedUser(
        user_name,
        address,
        email_key(address) or "",
        _text(named.get("externalId"), "externalId") or None,
        active,
        _role(named.get("roles")),
        attributes,
    )


def as_boolean(value: Any, field: str) -> bool:
    """Also as a text, which one directory sends."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ScimInvalid(f"{field}: it is neither true nor false.", field=field)


def _address(user_name: str, emails: Any) -> str:
    """The primary address, else the first; else the name, if it is one. Raises `ScimInvalid`."""
    given = [one for one in emails if isinstance(one, Mapping)] if isinstance(emails, list) else []
    given.sort(key=lambda one: str(one.get("primary")).lower() != "true")
    for text in (*(one.get("value") for one in given), user_name):
        if isinstance(text, str) and "@" in text:
            try:
                return parse_email(text)
            except InvalidInput as error:
                raise ScimInvalid(f"emails: {error.message}", field="emails") from None
    raise ScimInvalid("userName: neither it nor emails has an e-mail address.", field="userName")


def _role(roles: Any) -> Role | None:
    """The last that is said; never one of an owner."""
    values = [one.get("value") if isinstance(one, Mapping) else one for one in roles or ()]
    found = [str(value).lower() for value in values if value]
    if not found:
        return None
    if found[-1] not in set(Role):
        raise ScimInvalid(f"roles: {found[-1][:40]!r} is none of admin, member, viewer.", field="roles")
    return Role(found[-1])


def _display_name(said: Mapping[str, Any]) -> str:
    name = said.get("name")
    parts: Mapping[str, Any] = name if isinstance(name, Mapping) else {}
    both = " ".join(str(parts[key]) for key in ("givenName", "familyName") if parts.get(key))
    text = str(said.get("displayName") or parts.get("formatted") or both)
    return " ".join(text.split())[:NAME_CHARACTERS_MAX]


def _text(value: Any, field: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > TEXT_CHARACTERS_MAX or not value.isprintable():
        raise ScimInvalid(f"{field}: a text of at most {TEXT_CHARACTERS_MAX} characters.", field=field)
    return value.strip()
