"""What roles, levels of a list and rights are called for people; and what a refusal for want of one says."""

from typing import Final

from sertantai.core.errors import DatabaseUnavailable, PermissionNeeded, SertantaiError
from sertantai.core.rights import Level, Right, Role
from sertantai.web.parts.forms import DATABASE_AWAY

ROLES: Final[dict[Role, str]] = {
    Role.OWNER: "Owner",
    Role.ADMIN: "Admin",
    Role.MEMBER: "Member",
    Role.VIEWER: "Viewer",
}
ROLES_MEAN: Final[dict[Role, str]] = {
    Role.OWNER: "can do everything",
    Role.ADMIN: "manages lists, members and teams",
    Role.MEMBER: "ticks in open lists and creates lists",
    Role.VIEWER: "reads open lists",
}
LEVELS: Final[dict[Level, str]] = {
    Level.VIEW: "View",
    Level.SUGGEST: "Suggest",
    Level.EDIT: "Edit",
    Level.MANAGE: "Manage",
}
RIGHTS: Final[dict[Right, str]] = {
    Right.READ: "Read lists",
    Right.SUGGEST: "Suggest ticks",
    Right.TICK: "Tick and untick laws",
    Right.NOTE: "Write notes and tags",
    Right.REVIEW: "Say that a law still applies",
    Right.APPROVE: "Accept suggestions",
    Right.MANAGE: "Rename, clear and delete lists",
    Right.SHARE: "Say who sees a list",
    Right.EXPORT: "Export lists",
    Right.UNDO: "Undo your own changes",
    Right.UNDO_OTHERS: "Undo other people's changes",
    Right.CREATE: "Create lists",
    Right.LINK: "Create public links",
    Right.AUDIT: "Read the history",
    Right.AUDIT_PERSONAL: "See addresses and devices in the history",
    Right.MEMBERS: "See who the members are",
    Right.MEMBERS_ADDRESSES: "See members' e-mail addresses",
    Right.INVITE: "Invite people",
    Right.MEMBERS_MANAGE: "Change and remove members",
    Right.TEAMS: "Manage teams",
    Right.SETTINGS: "Change settings",
    Right.SSO: "Manage single sign-on",
    Right.DOMAINS: "Manage domains",
    Right.RETENTION: "Decide how long the history is kept",
    Right.EXPORT_ALL: "Export the whole organisation",
    Right.TRANSFER: "Hand over ownership",
    Right.END: "End the organisation",
}


def refusal(error: SertantaiError) -> str:
    """What a page says of it; of a missing right in words, with who can give it."""
    if isinstance(error, DatabaseUnavailable):
        return DATABASE_AWAY
    if not isinstance(error, PermissionNeeded):
        return error.message
    whom = f" Ask {' or '.join(error.ask)}." if error.ask else ""
    return f"You need the permission “{RIGHTS[Right(error.permission)]}” for this.{whom}"
