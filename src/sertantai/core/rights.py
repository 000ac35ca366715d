"""What may be done in an organization, and what each role and each level of a list gives.

What is built in stands here, what people decide (who has which role, who is granted which list) in the state
of their organization (`access_state`). Rights are a union; nothing is taken away on a list. The one exception
is what a member is denied by name.
"""

from enum import IntEnum, StrEnum
from typing import Final


class Right(StrEnum):
    """A closed list: what is asked of the door, what members are given or denied, what a refusal names."""

    READ = "list_read"
    SUGGEST = "list_suggest"
    TICK = "list_tick"
    NOTE = "list_note"
    REVIEW = "list_review"
    APPROVE = "list_approve"
    MANAGE = "list_manage"
    SHARE = "list_share"
    EXPORT = "list_export"
    UNDO = "undo_own"
    UNDO_OTHERS = "undo_others"
    CREATE = "list_create"
    LINK = "link_create"
    AUDIT = "audit_read"
    AUDIT_PERSONAL = "audit_personal"
    MEMBERS = "members_read"
    MEMBERS_ADDRESSES = "members_addresses"
    INVITE = "members_invite"
    MEMBERS_MANAGE = "members_manage"
    TEAMS = "teams_manage"
    SETTINGS = "org_settings"
    SSO = "sso_manage"
    DOMAINS = "domains_manage"
    RETENTION = "retention_manage"
    EXPORT_ALL = "org_export"
    TRANSFER = "ownership_transfer"
    END = "org_delete"

    __hash__ = str.__hash__  # the one of enumerations is written in Python, and each tick is asked for


Rights = frozenset[Right]
NONE: Final[Rights] = frozenset()
ALL_RIGHTS: Final[Rights] = frozenset(Right)
"""What a person may do with lists of their own."""


class Role(StrEnum):
    """What a member is."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"
    VIEWER = "viewer"

    __hash__ = str.__hash__

    @property
    def rank(self) -> int:
        return _RANKS[self]


class Level(IntEnum):
    """What somebody may do with one list; each holds those before it."""

    VIEW = 1
    SUGGEST = 2
    EDIT = 3
    MANAGE = 4

    __hash__ = int.__hash__

    @property
    def word(self) -> str:
        return self.name.lower()


LEVELS: Final = {level.word: level for level in Level}

_RANKS: Final = {Role.VIEWER: 1, Role.MEMBER: 2, Role.ADMIN: 3, Role.OWNER: 4}

_VIEW: Final = frozenset({Right.READ, Right.AUDIT})
_SUGGEST: Final = _VIEW | {Right.SUGGEST}
_EDIT: Final = _SUGGEST | {Right.TICK, Right.NOTE, Right.REVIEW, Right.UNDO}
_MANAGE: Final = _EDIT | {Right.APPROVE, Right.MANAGE, Right.SHARE, Right.UNDO_OTHERS}
OF_LEVEL: Final[dict[Level, Rights]] = {
    Level.VIEW: _VIEW,
    Level.SUGGEST: _SUGGEST,
    Level.EDIT: _EDIT,
    Level.MANAGE: _MANAGE,
}
OF_LISTS: Final[Rights] = _MANAGE | {Right.EXPORT, Right.LINK}
"""What means something only of a list that one may see."""

OWNER_ONLY: Final[Rights] = frozenset({Right.RETENTION, Right.TRANSFER, Right.END})
"""Given to nobody else, by whomever."""
_ADMINS_WHEN_ALLOWED: Final = frozenset(
    {Right.LINK, Right.AUDIT_PERSONAL, Right.SSO, Right.DOMAINS, Right.EXPORT_ALL}
)
OF_ROLE: Final[dict[Role, Rights]] = {
    Role.OWNER: ALL_RIGHTS,
    Role.ADMIN: ALL_RIGHTS - OWNER_ONLY - _ADMINS_WHEN_ALLOWED,
    Role.MEMBER: frozenset({Right.MEMBERS, Right.CREATE, Right.EXPORT}),
    Role.VIEWER: frozenset({Right.MEMBERS}),
}
"""Without what the level of a list adds."""

OPEN_TO: Final[dict[Role, Level]] = {
    Role.OWNER: Level.MANAGE,
    Role.ADMIN: Level.MANAGE,
    Role.MEMBER: Level.EDIT,
    Role.VIEWER: Level.VIEW,
}
"""The level that a role has in a list that is open to the organization; owners and admins have it in all."""

TOGETHER: Final[dict[tuple[Role, Level | None], Rights]] = {
    **{(role, None): OF_ROLE[role] - OF_LISTS for role in Role},
    **{(role, level): OF_ROLE[role] | OF_LEVEL[level] for role in Role for level in Level},
}
"""What a role and a level give; no level: outside of any list, or of one that may not be seen."""

OF_ROLE_WITH_LISTS: Final[dict[Role, Rights]] = {role: TOGETHER[role, OPEN_TO[role]] for role in Role}
"""What a role has where a list is open."""

ALONE: Final[Rights] = frozenset({Right.TICK, Right.UNDO, Right.UNDO_OTHERS})
"""What nobody may do where two are needed for it: one suggests, another accepts."""

ENDING: Final[Rights] = frozenset(
    {
        Right.READ,
        Right.EXPORT,
        Right.AUDIT,
        Right.AUDIT_PERSONAL,
        Right.MEMBERS,
        Right.MEMBERS_ADDRESSES,
        Right.EXPORT_ALL,
        Right.END,
    }
)
"""What is left while an organization waits for its end: everything can be read and taken along."""
