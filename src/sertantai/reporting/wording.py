"""What the trail's words are called in a report. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sertantai.core.audit_words import (
    ADMIT,
    ANNOTATE,
    BULK_DESELECT,
    BULK_SELECT,
    CHANGE_MEMBER,
    CLEAR_ALL,
    CREATE_GROUP,
    DECIDE,
    DELETE_GROUP,
    DESCRIBE,
    DESELECT,
    END_ORGANIZATION,
    EXPEL,
    EXPORT_LIST,
    GRANT,
    HAND_OVER,
    JOIN_TEAM,
    LOOK_IN,
    OFFER_OWNERSHIP,
    SELECT,
    SET_TEAM,
    SUGGEST,
    TAKE_BACK,
    TAKE_OVER,
    TAKE_OWNERSHIP,
    UPDATE_GROUP,
    WITHDRAW,
)
from sertantai.core.sharing.ways_in import without_addresses

DONE: Final[Mapping[str, str]] = {
    SELECT: "Ticked",
    BULK_SELECT: "Ticked",
    DESELECT: "Unticked",
    BULK_DESELECT: "Unticked",
    CLEAR_ALL: "Unticked, list cleared",
    ANNOTATE: "Changed note, tags or review",
    CREATE_GROUP: "Created the list",
    UPDATE_GROUP: "Changed the list",
    DELETE_GROUP: "Deleted the list",
    TAKE_OVER: "Took the list over",
    HAND_OVER: "Handed the list over",
    ADMIT: "Admitted a member",
    CHANGE_MEMBER: "Changed a member",
    EXPEL: "Removed a member",
    TAKE_BACK: "Took a member back",
    OFFER_OWNERSHIP: "Offered ownership",
    TAKE_OWNERSHIP: "Took ownership",
    SET_TEAM: "Changed a team",
    JOIN_TEAM: "Changed who is in a team",
    GRANT: "Changed who may use the list",
    DESCRIBE: "Changed settings",
    SUGGEST: "Suggested a change",
    DECIDE: "Decided a suggestion",
    WITHDRAW: "Withdrew a suggestion",
    END_ORGANIZATION: "Ended the organisation",
    LOOK_IN: "Administrator looked in",
    EXPORT_LIST: "Exported the list",
}
SOURCES: Final[Mapping[str, str]] = {
    "hand": "by hand",
    "filter": "by filter",
    "import": "by import",
    "undo": "by undo",
    "merge": "from another list",
    "system": "by itself",
    "salvage": "after damage",
}
NOTICES: Final[Mapping[str, str]] = {
    "list": "List",
    "person": "Person",
    "rejected": "Change that was refused",
    "access": "Access",
    "events": "Security events",
    "register": "Register imported",
    "policy": "How long things are stored",
    "hold": "Legal hold",
    "retention": "History dropped",
    "erasure": "Erasure of a person",
    "balance": "List as found",
    "statement": "Evidence issued",
    "reviewed": "History reviewed",
    "key": "Signing key",
    "restore": "Restored from a backup",
    "checked": "Checked",
}
LINKS: Final = {"made": "Created a link", "opened": "A link was opened", "revoked": "Revoked a link"}
ABOUT: Final = ("member", "grantee", "looker")
"""Where the trail names whom something was done to."""
_UNSAID: Final = frozenset({*ABOUT, "source", "undoes", "look", "right_of", "position", "left", "version"})
DETAILS_CHARACTERS_MAX: Final = 1_000


def done(action: str, said: Mapping[str, Any]) -> str:
    link = said.get("link")
    if isinstance(link, dict) and link.get("did") in LINKS:
        return LINKS[link["did"]]
    if said.get("purged"):
        return "Erased the deleted list"
    if said.get("restored"):
        return "Restored the list"
    return DONE.get(action, action)


def done_in_operation(
    list_action: str | None, record_action: str | None, added: int, removed: int, *, is_undo: bool
) -> str:
    if list_action is not None:
        return DONE.get(list_action, list_action)
    if is_undo:
        return "Undid a change"
    if added and removed:
        return "Ticked and unticked"
    return DONE.get(record_action or "", record_action or "")


def details(said: Mapping[str, Any], *, personal: bool) -> str | None:
    """What else it says, as ``role: admin; level: edit``; without addresses unless one may see them."""
    shown = dict(said) if personal else without_addresses(dict(said))
    parts = [f"{name}: {_plain(value)}" for name, value in shown.items() if name not in _UNSAID]
    text = "; ".join(parts)
    if len(text) > DETAILS_CHARACTERS_MAX:
        text = text[: DETAILS_CHARACTERS_MAX - 1] + "…"
    return text or None


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items()) or "none"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(_plain, value)) or "none"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def note_of(said: Mapping[str, Any]) -> str | None:
    """The note that a row speaks of: what it changed it to, or what went away with the law."""
    for name in ("changes", "dropped"):
        part = said.get(name)
        if isinstance(part, dict) and part.get("note"):
            return str(part["note"])
    return None


def reason_of(said: Mapping[str, Any]) -> str | None:
    reason = said.get("reason")
    return str(reason) if reason else None
