"""What a directory wants of users and groups, as it was sent or patched: checked, and kept as it is here.

What is not known of a resource is passed over, and so is what is not known of a part of one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from sertantai.core.email_addresses import parse_email
from sertantai.core.email_keys import email_key
from sertantai.core.errors import InvalidInput
from sertantai.core.rights import Role
from sertantai.core.spelling import one_line
from sertantai.organizations.display_names import name_of_address
from sertantai.organizations.organizations import NAME_CHARACTERS_MAX
from sertantai.organizations.provisioning.errors import ScimInvalid

ATTRIBUTES_BYTES_MAX: Final = 8 * 1024
TEXT_CHARACTERS_MAX: Final = 500
EMAILS_MAX: Final = 20
OF_USERS: Final = {
    name.lower(): name
    for name in ("userName", "externalId", "active", "displayName", "name", "emails", "roles")
}
OF_GROUPS: Final = {name.lower(): name for name in ("displayName", "externalId", "members")}
"""By their names in small letters, as resources have them."""
_OF_NAME: Final = ("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix")
_EMAILS: Final = "emails"
_OF_EMAIL: Final = ("value", "display", "type")


class WantedUser(msgspec.Struct, frozen=True):
    """What a directory wants of somebody. ``active``, ``role`` None: it says nothing of that. ``attributes``:
    what is only kept."""

    user_name: str
    email: str
    email_key: str
    external_id: str | None
    active: bool | None
    role: Role | None
    attributes: Mapping[str, Any]

    @property
    def name(self) -> str:
        """What colleagues are shown."""
        return shown_name(self.attributes, self.email)


class WantedTeam(msgspec.Struct, frozen=True):
    """``members``: ids of users, as they were sent."""

    name: str
    external_id: str | None
    members: Sequence[str]


def wanted_user(given: Mapping[str, Any]) -> WantedUser:
    """Raises `ScimInvalid`."""
    said = _known(given, OF_USERS)
    user_name = _text(said.get("userName"), "userName")
    if not user_name:
        raise ScimInvalid("userName: it is missing.", field="userName")
    kept = {
        "name": _name(said.get("name")),
        "displayName": _text(said.get("displayName"), "displayName"),
        "emails": _emails(said.get("emails")),
    }
    attributes = {name: value for name, value in kept.items() if value}
    if len(msgspec.json.encode(attributes)) > ATTRIBUTES_BYTES_MAX:
        raise ScimInvalid(f"At most {ATTRIBUTES_BYTES_MAX:,} bytes are kept of somebody.")
    address = _address(user_name, kept["emails"])
    active = said.get("active")
    return WantedUser(
        user_name,
        address,
        email_key(address) or "",
        _text(said.get("externalId"), "externalId") or None,
        None if active is None else as_boolean(active, "active"),
        _role(said.get("roles")),
        attributes,
    )


def wanted_team(given: Mapping[str, Any]) -> WantedTeam:
    """Raises `ScimInvalid`."""
    said = _known(given, OF_GROUPS)
    name, members = _text(said.get("displayName"), "displayName"), said.get("members") or []
    if not 0 < len(name) <= NAME_CHARACTERS_MAX:
        raise ScimInvalid(f"displayName: 1 to {NAME_CHARACTERS_MAX} characters.", field="displayName")
    if not isinstance(members, list) or not all(isinstance(one, Mapping) for one in members):
        raise ScimInvalid("members: a list of objects.", field="members")
    external = _text(said.get("externalId"), "externalId") or None
    return WantedTeam(name, external, [str(one.get("value")) for one in members])


def shown_name(attributes: Mapping[str, Any], address: str) -> str:
    """What colleagues are shown of whom a directory says so; else what the address looks like."""
    parts = attributes.get("name", {})
    both = " ".join(str(parts[key]) for key in ("givenName", "familyName") if parts.get(key))
    text = str(attributes.get("displayName") or parts.get("formatted") or both)
    return text[:NAME_CHARACTERS_MAX].strip() or name_of_address(address)


def as_boolean(value: Any, field: str) -> bool:
    """Also as a text, which one directory sends."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise ScimInvalid(f"{field}: it is neither true nor false.", field=field)


def _known(given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names[key.lower()]: value for key, value in given.items() if key.lower() in names}


def _name(given: Any) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ScimInvalid("name: an object.", field="name")
    return _texts(given, _OF_NAME, "name")


def _emails(given: Any) -> list[dict[str, Any]]:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        raise ScimInvalid(f"{_EMAILS}: a list of objects.", field=_EMAILS)
    if len(given) > EMAILS_MAX:
        raise ScimInvalid(f"{_EMAILS}: at most {EMAILS_MAX}.", field=_EMAILS)
    return [found for one in given if (found := _email(one))]


def _email(given: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {**_texts(given, _OF_EMAIL, "emails")}
    primary = _small(given).get("primary")
    if primary is not None:
        found["primary"] = as_boolean(primary, "emails")
    return found


def _texts(given: Mapping[str, Any], names: Sequence[str], field: str) -> dict[str, str]:
    said = _small(given)
    found = {name: _text(said.get(name.lower()), field) for name in names}
    return {name: text for name, text in found.items() if text}


def _small(given: Mapping[str, Any]) -> dict[str, Any]:
    """By names in small letters: they are compared without regard to case."""
    return {key.lower(): value for key, value in given.items()}


def _address(user_name: str, emails: Any) -> str:
    """The primary address, else the first; else the name, if it is one. Raises `ScimInvalid`."""
    ordered = sorted(emails, key=lambda one: not one.get("primary"))
    for text in (*(one.get("value", "") for one in ordered), user_name):
        if "@" in text:
            try:
                return parse_email(text)
            except InvalidInput as error:
                raise ScimInvalid(f"emails: {error.message}", field="emails") from None
    raise ScimInvalid("userName: neither it nor emails has an e-mail address.", field="userName")


def _role(roles: Any) -> Role | None:
    """The last that is said."""
    if roles is not None and not isinstance(roles, list):
        raise ScimInvalid("roles: a list.", field="roles")
    values = [one.get("value") if isinstance(one, Mapping) else one for one in roles or ()]
    found = [str(value).lower() for value in values if value]
    if not found:
        return None
    if found[-1] not in set(Role):
        raise ScimInvalid(f"roles: {found[-1][:40]!r} is none of admin, member, viewer.", field="roles")
    return Role(found[-1])


def _text(value: Any, field: str) -> str:
    """One line that can be kept; nothing: empty."""
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > TEXT_CHARACTERS_MAX:
        raise ScimInvalid(f"{field}: a text of at most {TEXT_CHARACTERS_MAX} characters.", field=field)
    try:
        return one_line(value, field)
    except InvalidInput as error:
        raise ScimInvalid(error.message, field=field) from None
